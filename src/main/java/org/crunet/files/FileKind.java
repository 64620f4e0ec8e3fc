package org.crunet.files;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.EnumSet;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/** What a file is by its first bytes, where it is not what somebody takes it for; all readers tell it from here. */
public enum FileKind {
    /** Of TensorFlow, in several files; its numbers begin without a header, so that it is known by its name. */
    CHECKPOINT(
            ".*\\.ckpt.*\\.(?:index|meta)|.*\\.data-\\d{5}-of-\\d{5}",
            "a part of a checkpoint of TensorFlow", Fix.SAVE),
    /** Of no bytes. */
    EMPTY("", "empty", Fix.AGAIN),
    /** Of OpenVINO: what is computed; the weights are beside it. */
    OPENVINO("(?i)(?:\u00ef\u00bb\u00bf)?\\s*(?:<\\?xml[^>]*>\\s*)?<net[ >].*", "a network of OpenVINO", Fix.SAVE),
    /** What a server sends in place of a file. */
    PAGE(
            "(?i)(?:\u00ef\u00bb\u00bf)?\\s*<[!?a-z][^\0]{7,}",
            "a web page",
            "open the link in a browser, where a shared drive asks before it sends a large file, and download that"),
    /** What a repository has in place of a large file. */
    LFS_POINTER(
            "(?:\u00ef\u00bb\u00bf)?version https://(?:git-lfs|hawser)\\.github\\.com/spec/.*",
            "a pointer of Git LFS to the file",
            "run git lfs pull where it was cloned, or download the file itself"),
    /** The same of other programs. */
    POINTER(
            "(?:(?:\\.\\./)*(?:\\.git)?/?annex/objects/|# xet version |(?:md5: \\p{XDigit}{32}\\s+)?outs:\\s+- ).*",
            "a pointer of git-annex, Xet or DVC to the file",
            "fetch the file itself where it was cloned"),
    /** Of {@link Safetensors}, after the 8 bytes of its header's length. */
    SAFETENSORS(".{4}\0{4}\\{.*", "a safetensors file", "let its name end in .safetensors, and read it as one"),
    /** Of PyTorch, and zipped again by another program. */
    TORCH_ZIPPED(
            "PK\3\4.{4}\u0008\0.{18}[^/]{0,255}/data\\.pkl.*",
            "a checkpoint of PyTorch that was compressed", "unpack it, and zip it without compression (zip -0 -r)"),
    /** Of PyTorch, in a zip file. */
    TORCH_ZIP("PK\3\4.{26}[^/]{0,255}/data\\.pkl.*", Fix.TORCH, Fix.OF_TORCH),
    /** Of PyTorch before 1.6. */
    TORCH_LEGACY("\u0080.\u008a\nl\u00fc\u009cF\u00f9 j\u00a8P\u0019.*", Fix.TORCH, Fix.OF_TORCH),
    /** Arrays of MXNet. */
    MXNET("\u0012\1\0{14}.*", "a file of arrays that MXNet wrote", "read it by Mxnet.load or MxnetArrays.open"),
    /** Arrays of NumPy in a zip file. */
    NPZ("PK\3\4.{26}[^\0]{1,256}\\.npy.*", "a file of NumPy (npz)", Fix.SAVE),
    /** Of Keras from 3 on. */
    KERAS("PK\3\4.{26}(?:metadata|config)\\.json.*", "a model of Keras", Fix.SAVE),
    /** Any other zip file. */
    ZIP("PK[\3\5].*", "a zip file", Fix.UNPACK),
    /** Of gzip. */
    GZIP("\u001f\u008b.*", "compressed by gzip", Fix.UNPACK),
    /** Of bzip2. */
    BZIP2("BZh\\d1AY.*", "compressed by bzip2", Fix.UNPACK),
    /** Of xz. */
    XZ("\u00fd7zXZ\0.*", "compressed by xz", Fix.UNPACK),
    /** Of zstd. */
    ZSTD("\\(\u00b5/\u00fd.*", "compressed by zstd", Fix.UNPACK),
    /** Of lz4. */
    LZ4("\4\"M\u0018.*", "compressed by lz4", Fix.UNPACK),
    /** Of xz, as it was before. */
    LZMA("]\0\0[\0-\u00ff]{2}(?:\0{8}|\u00ff{8}|.{4}\0{4}).*", "compressed by lzma", Fix.UNPACK),
    /** Of compress. */
    COMPRESS("\u001f\u009d.*", "compressed by compress", Fix.UNPACK),
    /** Of 7-Zip. */
    SEVEN_ZIP("7z\u00bc\u00af'\u001c.*", "an archive of 7-Zip", Fix.UNPACK),
    /** Of RAR. */
    RAR("Rar!\u001a\7.*", "a rar archive", Fix.UNPACK),
    /** Of tar. */
    TAR(".{257}ustar.*", "a tar file", Fix.UNPACK),
    /** Of tar, as it was before: a name, then numbers in octal digits. */
    OLD_TAR(
            "(?=[^\0])[^\0]{1,99}\0+(?<=.{100})(?:[0-7 ]{6,7}[ \0]{1,2}){3}(?:[0-7 ]{11}[ \0]){2}.*",
            "a tar file", Fix.UNPACK),
    /** Of ar or cpio. */
    ARCHIVE("(?:!<arch>\n|07070[127]).*", "an archive", Fix.UNPACK),
    /** Of Keras or another program. */
    HDF5("\u0089HDF\r\n\u001a\n.*", "an HDF5 file, as Keras writes it,", Fix.SAVE),
    /** Of NumPy. */
    NPY("\u0093NUMPY.*", "a file of NumPy (npy)", Fix.SAVE),
    /** Of MATLAB. */
    MATLAB("MATLAB [57]\\.\\d MAT-file.*", "a file of MATLAB", Fix.SAVE),
    /** Of Flax: a map whose first key is a text. */
    MSGPACK(
            "[\u0081-\u008f\u00de\u00df][\0-\u0010]{0,4}[\u00a1-\u00bf\u00d9][ -~]{1,31}[\u0080-\u008f\u00c7-\u00c9\u00de\u00df].*",
            "a file of Flax (msgpack)",
            Fix.SAVE),
    /** Of Caffe: a name, then its layers. */
    CAFFE("\n[\1-\u007f][ -~]{1,127}(?:\u0012|\u00a2\6).*", "a network of Caffe", Fix.SAVE),
    /** Of Torch before PyTorch: an object or a table, its number, and the version or the first key. */
    TORCH7(
            "[\3\4]\0{3}\1\0{3}(?:\3\0{3}V \\d|..\0\0[\1-\5]\0{3}).*",
            "a file of Torch 7", "save its weights as arrays, and those in Python by safetensors.torch.save_file"),
    /** Of Darknet: three numbers of its version, then how many images it saw. */
    DARKNET("\0{4}[\1\2]\0{3}[\0-\5]\0{3}.{8}.*", "a file of Darknet", Fix.SAVE),
    /** Of ncnn. */
    NCNN("7767517\\s.*", "a network of ncnn", Fix.SAVE),
    /** Of llama.cpp, as it was before. */
    GGML("(?:lmgg|fmgg|tjgg|algg).*", "a file of llama.cpp (GGML)", Fix.SAVE),
    /** Of llama.cpp. */
    GGUF("GGUF.*", "a file of llama.cpp (GGUF)", Fix.SAVE),
    /** Of TensorFlow Lite. */
    TFLITE(".{4}TFL3.*", "a network of TensorFlow Lite", Fix.SAVE),
    /** Of Core ML: its version, then its description, which begins with an input and its name. */
    CORE_ML(
            "\u0008[\1-\u0020]\u0012[\u0080-\u00ff]{0,3}[\1-\u007f]\n[\u0080-\u00ff]{0,2}[\1-\u007f]\n[\1-\u007f][ -~].*",
            "a network of Core ML",
            Fix.SAVE),
    /** Of TensorFlow. */
    SAVED_MODEL("\u0008\1\u0012.*", "a network of TensorFlow", Fix.SAVE),
    /** Of ONNX: its version, then its graph or who wrote it. */
    ONNX("\u0008[\2-\u0020][\u0012\u001a\":B].*", "an ONNX file", "run it by Onnx.open"),
    /** Of Python. */
    PICKLE(
            "(?:\u0080[\2-\5]|[}\\])]q[\0-\u00ff]|\\(?[dl]p\\d+\n|c[\\w.]+\n\\w+\n[pq(]).*",
            "a pickle of Python",
            Fix.SAVE),
    /** Of many formats. */
    IMAGE("(?:\u0089PNG|\u00ff\u00d8\u00ff|GIF8|RIFF.{4}WEBP).*", "an image", Fix.PATH),
    /** Written by an editor of Windows. */
    UTF_16("(?:\u00ff\u00fe|\u00fe\u00ff).*", "a text in UTF-16", "save it in UTF-8"),
    /** Of Acrobat. */
    PDF("%PDF-.*", "a PDF file", Fix.PATH),
    /** Perhaps a list of what is where. */
    JSON("\\s*[{\\[]\\s*[\\[{\"\\d].*", "a text in JSON", Fix.PATH),
    /** Without any control characters. */
    TEXT("[\t\n\r -~\u0080-\u00ff]{8,}", "a text", Fix.PATH);

    private static final Set<FileKind> TEXTS = EnumSet.of(EMPTY, JSON, TEXT);
    private static final int HEAD = 512;

    private final Pattern head;
    private final String what;
    private final String fix;

    FileKind(String head, String what, String fix) {
        this.head = Pattern.compile(head, Pattern.DOTALL);
        this.what = what;
        this.fix = fix;
    }

    /** The same words for several kinds. */
    private static final class Fix {

        private static final String AGAIN = "copy or download it again";
        private static final String UNPACK = "unpack it, and give the file that was in it";
        private static final String SAVE = "save its weights in Python by safetensors.torch.save_file";
        private static final String PATH = "check the path";
        private static final String TORCH = "a checkpoint that torch.save wrote";
        private static final String OF_TORCH = "read it by Torchvision.load or PytorchFile.open";
    }

    /**
     * Returns what a file is instead of what it should be.
     *
     * @param file any that is there
     * @param kind what it should be, in a reader's words, such as {@code a safetensors file}
     * @return such as {@code it is a web page and not a safetensors file: open the link in a browser}; empty if it may be of the
     *     kind, if only damaged, or of one not known here
     */
    public static Optional<String> otherThan(Path file, String kind) {
        return of(file).filter(one -> !one.what.equals(kind)).map(one -> one.instead(kind));
    }

    /**
     * Returns what a file is that should be a text, empty or not.
     *
     * @param file any that is there
     * @param kind what it should be, such as {@code a list of classes}
     * @return as {@link #otherThan}
     */
    public static Optional<String> otherThanText(Path file, String kind) {
        return of(file).filter(one -> !TEXTS.contains(one)).map(one -> one.instead(kind));
    }

    private String instead(String kind) {
        return "it is " + what + " and not " + kind + ": " + fix;
    }

    private static Optional<FileKind> of(Path file) {
        String name = file.getFileName().toString();
        try (InputStream in = Files.newInputStream(file)) {
            String bytes = new String(in.readNBytes(HEAD), StandardCharsets.ISO_8859_1);
            return Stream.of(values())
                    .filter(kind ->
                            kind.head.matcher(kind == CHECKPOINT ? name : bytes).matches())
                    .findFirst();
        } catch (IOException e) {
            return Optional.empty(); // who reads it says why
        }
    }
}
