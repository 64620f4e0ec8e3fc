package org.crunet.files;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What is no safetensors file at all is said to be what it is. */
class FileKindTest {

    @TempDir
    private Path folder;

    private String found(byte[] content) throws IOException {
        Path file = Files.write(folder.resolve("w.safetensors"), content);
        String message = assertThrows(UncheckedIOException.class, () -> Safetensors.open(file))
                .getMessage();
        return message.replace("Cannot read " + file + ": ", "");
    }

    /** Bytes that no text has are written as {@code %1f}. */
    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            <!DOCTYPE html><title>Virus scan warning</title>          | it is a web page and not a safetensors file: open the link
            %ef%bb%bf%0a <HTML lang='en'>                             | it is a web page and
            <?xml version='1.0'?><Error><Code>AccessDenied</Code>     | it is a web page and
            <!-- saved from url=(0014)about:internet -->%0d%0a<html>  | it is a web page and
            <title>Google Drive - Virus scan warning</title>          | it is a web page and
            <Error><Code>AccessDenied</Code></Error>                  | it is a web page and
            %ef%bb%bfversion https://git-lfs.github.com/spec/v1%0a    | a pointer of Git LFS
            version https://git-lfs.github.com/spec/v1%0aoid sha256:4 | a pointer of Git LFS to the file and not a safetensors file: run git lfs pull
            %1f%8b%08%00%00%00%00%00                                  | compressed by gzip and not a safetensors file: unpack it
            BZh91AY&SY                                                | compressed by bzip2
            %fd7zXZ%00%00                                             | compressed by xz
            (%b5/%fd%04%00                                            | compressed by zstd
            %04%22M%18%64%40%a7                                       | compressed by lz4
            %5d%00%00%80%00%ff%ff%ff%ff%ff%ff%ff%ff%00                | compressed by lzma
            %1f%9d%90%50                                              | compressed by compress
            MATLAB 5.0 MAT-file, Platform: GLNXA64                    | a file of MATLAB
            %82%a6params%83%a5Dense%81                                | a file of Flax (msgpack)
            %0a%07AlexNet%a2%06%05                                    | a network of Caffe
            7z%bc%af%27%1c%00%04                                      | an archive of 7-Zip
            Rar!%1a%07%01%00                                          | a rar archive
            %89HDF%0d%0a%1a%0a%00                                     | an HDF5 file, as Keras writes it, and not a safetensors file: save its weights
            %93NUMPY%01%00                                            | a file of NumPy (npy)
            GGUF%03%00%00%00                                          | a file of llama.cpp (GGUF)
            %1c%00%00%00TFL3%14%00                                    | a network of TensorFlow Lite
            %08%04%12%d6%02%0a%15%0a%05image%12%04text%1a%06          | a network of Core ML and not
            %08%01%12%23%0a%15%0a%05image%1a%0c                       | a network of Core ML
            %08%07%12%07pytorch%1a%052.7.1:                           | an ONNX file
            %08%01%12%0a%0a%00%00%00                                  | a network of TensorFlow
            %08%08%3a%cb%01%0a%1e%0a                                  | an ONNX file and not a safetensors file: run it by Onnx.open
            %80%04%95%0a%00%00%00%00%00%00                            | a pickle of Python
            %80%02%8a%0al%fc%9cF%f9 j%a8P%19.                         | a checkpoint that torch.save wrote and not a safetensors file: read it by Torchvision
            %12%01%00%00%00%00%00%00%00%00%00%00%00%00%00%00%05       | a file of arrays that MXNet wrote
            %89PNG%0d%0a%1a%0a                                        | an image and not a safetensors file: check the path
            %ff%d8%ff%e0%00%10JFIF                                    | an image
            GIF89a%01%00                                              | an image
            RIFF%10%00%00%00WEBPVP8                                   | an image
            %25PDF-1.7                                                | a PDF file
            {"weight_map": {"a": "model-00001.safetensors"}}          | a text in JSON and not a safetensors file: check the path
            <?xml version="1.0"?>%0a<net name="r" version="11">       | a network of OpenVINO and not a safetensors file: save its weights
            /annex/objects/SHA256E-s4--5                              | a pointer of git-annex, Xet or DVC to the file and not
            ../../.git/annex/objects/x                                | a pointer of git-annex
            # xet version 0                                           | a pointer of git-annex
            outs:%0a- md5: a304afb96060aad90176268345e10355           | a pointer of git-annex, Xet or DVC
            !<arch>%0adebian-binary                                   | an archive and not a safetensors file: unpack it
            070701000000                                              | an archive
            MATLAB 7.3 MAT-file, Platform: GLNXA64                    | a file of MATLAB
            %04%00%00%00%01%00%00%00%03%00%00%00V 1                   | a file of Torch 7
            %03%00%00%00%01%00%00%00%02%00%00%00%02%00%00%00          | a file of Torch 7
            %00%00%00%00%02%00%00%00%05%00%00%00%00%01%00%00%00%00%00%00%01 | a file of Darknet
            7767517%0a75 83%0a                                        | a network of ncnn
            lmgg%01%00                                                | a file of llama.cpp (GGML)
            }q%00(X%01%00%00%00aK                                     | a pickle of Python
            (dp0%0aS'a'%0a                                            | a pickle of Python
            ccollections%0aOrderedDict%0ap0%0a                        | a pickle of Python
            %ff%fe<%00h%00t%00m%00                                    | a text in UTF-16 and not a safetensors file: save it in UTF-8
            %fe%ff%00a%00b                                            | a text in UTF-16
            404: Not Found                                            | a text and not a safetensors file
            """)
    void whatItIsIsSaidWithTheNextStep(String content, String expected) throws IOException {
        StringBuilder bytes = new StringBuilder();
        for (int i = 0; i < content.length(); i++) {
            boolean coded = content.charAt(i) == '%';
            bytes.append(coded ? (char) Integer.parseInt(content.substring(i + 1, i + 3), 16) : content.charAt(i));
            i += coded ? 2 : 0;
        }
        String message = found(bytes.toString().getBytes(StandardCharsets.ISO_8859_1));
        assertEquals(expected, message.contains(expected) ? expected : message);
    }

    @Test
    void emptyFilesAndArchivesToo() throws IOException {
        assertEquals("it is empty and not a safetensors file: copy or download it again", found(new byte[0]));
        byte[] tar = new byte[1024];
        System.arraycopy("ustar".getBytes(StandardCharsets.US_ASCII), 0, tar, 257, 5);
        assertEquals(
                "it is a tar file and not a safetensors file: unpack it, and give the file that was in it", found(tar));
        assertEquals(
                "it is a zip file and not a safetensors file: unpack it, and give the file that was in it",
                found(zip("weights/model.bin")));
        assertEquals(true, found(zip("conv1.npy")).startsWith("it is a file of NumPy (npz) and not"));
        assertEquals(true, found(zip("metadata.json")).startsWith("it is a model of Keras and not"));
        assertEquals(
                true,
                found(zip("resnet/data.pkl")).startsWith("it is a checkpoint of PyTorch that was compressed and not"));
        byte[] stored = zip("resnet/data.pkl");
        stored[8] = 0;
        assertEquals(true, found(stored).startsWith("it is a checkpoint that torch.save wrote and not"));
        byte[] old = new byte[512];
        byte[] header = "w.npy"
                .concat("\0".repeat(95))
                .concat("0000644\0".concat("0001750\0".repeat(2)))
                .concat("00000000010\0".repeat(2))
                .getBytes(StandardCharsets.US_ASCII);
        System.arraycopy(header, 0, old, 0, header.length);
        assertEquals(true, found(old).startsWith("it is a tar file and not"), found(old));
    }

    /** Its numbers have no header, so that they are known by their name alone. */
    @ParameterizedTest
    @ValueSource(strings = {"model.ckpt-7.index", "model.ckpt.meta", "variables.data-00000-of-00001"})
    void aPartOfACheckpointOfTensorFlowIsKnownByItsName(String name) throws IOException {
        Path file = Files.write(folder.resolve(name), new byte[100]);
        String message = assertThrows(UncheckedIOException.class, () -> Safetensors.open(file))
                .getMessage();
        assertEquals(true, message.contains("it is a part of a checkpoint of TensorFlow and not"), message);
    }

    private byte[] zip(String name) throws IOException {
        Path file = folder.resolve("x.zip");
        try (ZipOutputStream zip = new ZipOutputStream(Files.newOutputStream(file))) {
            zip.putNextEntry(new ZipEntry(name));
            zip.write(1);
        }
        return Files.readAllBytes(file);
    }

    /** A damaged one is not said to be something else. */
    @Test
    void aDamagedFileIsDamaged() throws IOException {
        byte[] cut = "\u0040\0\0\0\0\0\0\0{\"w\":".getBytes(StandardCharsets.ISO_8859_1);
        String message = found(cut);
        assertEquals(
                true,
                message.endsWith("The file is damaged, cut off or not a safetensors file: copy or download it again"),
                message);
        byte[] long1 =
                "\u003ca\0\0\0\0\0\0{\"w\":".getBytes(StandardCharsets.ISO_8859_1); // its length begins like a tag
        assertEquals(true, found(long1).contains("damaged"), () -> "a header of 24,892 bytes that is cut");
        assertEquals(true, found(new byte[] {7, 7, 7, 7, 7, 7, 7, 7, 7}).contains("damaged"));
    }

    @Test
    void listsAreTexts() throws IOException {
        Path list = Files.writeString(folder.resolve("synset.txt"), "\uFEFFcat\n{dog}\n");
        assertEquals(List.of("cat", "{dog}"), InputFile.lines(list));
        assertEquals(List.of(), InputFile.lines(Files.write(list, new byte[0])));
        Files.writeString(list, "<!doctype html>\ncat\n");
        String message =
                assertThrows(IOException.class, () -> InputFile.lines(list)).getMessage();
        assertEquals(
                "it is a web page and not a list in UTF-8: open the link in a browser, where a shared drive asks before it"
                        + " sends a large file, and download that",
                message);
    }
}
