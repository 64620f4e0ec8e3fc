package org.crunet.exchange;

import ai.djl.ndarray.types.DataType;
import ai.onnx.proto.OnnxMl.GraphProto;
import ai.onnx.proto.OnnxMl.ModelProto;
import ai.onnx.proto.OnnxMl.StringStringEntryProto;
import ai.onnx.proto.OnnxMl.TensorProto;
import java.awt.image.BufferedImage;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.stream.Stream;
import javax.imageio.IIOImage;
import javax.imageio.ImageIO;
import javax.imageio.ImageWriteParam;
import javax.imageio.ImageWriter;
import org.crunet.data.Places365;
import org.crunet.evaluation.ClassScore;
import org.crunet.files.Csv;
import org.crunet.files.Safetensors;
import org.crunet.files.TensorFile;
import org.crunet.image.Photograph;
import org.crunet.training.Checkpoints;
import org.crunet.training.TrainingException;
import org.crunet.zoo.ClassNames;

/** What reads files, each with small sound files to begin with. As Jazzer's input a file has a byte before it: whose it is. */
public enum Reader {
    SAFETENSORS(file -> all(Safetensors.open(file))) {
        @Override
        List<byte[]> seeds() throws IOException {
            return golden("python.safetensors");
        }
    },
    PYTORCH(file -> all(PytorchFile.open(file))) {
        @Override
        List<byte[]> seeds() throws IOException {
            return golden(
                    "pytorch/complex.pth",
                    "pytorch/kinds-big.pth",
                    "pytorch/kinds-legacy.pth",
                    "pytorch/kinds-protocol4.pth");
        }
    },
    MXNET_ARRAYS(file -> all(MxnetArrays.open(file))) {
        @Override
        List<byte[]> seeds() throws IOException {
            return golden(
                    "mxnet/dtypes-v0.params",
                    "mxnet/dtypes-v1.params",
                    "mxnet/dtypes-v2.params",
                    "mxnet/dtypes-v3.params");
        }
    },
    MXNET_GRAPH(file -> MxnetSymbol.read(file, MxnetTest.TINY)) {
        @Override
        List<byte[]> seeds() {
            return texts(GRAPH);
        }
    },
    ONNX_DATA(OnnxData::files) {
        @Override
        List<byte[]> seeds() {
            return List.of(outside("w.bin"));
        }
    },
    PICTURE(Photograph::decode) {
        @Override
        List<byte[]> seeds() throws IOException {
            return List.of(
                    picture("png", BufferedImage.TYPE_INT_ARGB, false),
                    picture("png", BufferedImage.TYPE_BYTE_INDEXED, false),
                    picture("gif", BufferedImage.TYPE_BYTE_INDEXED, true),
                    picture("bmp", BufferedImage.TYPE_INT_RGB, false),
                    picture("bmp", BufferedImage.TYPE_BYTE_BINARY, false),
                    picture("jpeg", BufferedImage.TYPE_INT_RGB, false),
                    picture("jpeg", BufferedImage.TYPE_BYTE_GRAY, true));
        }
    },
    PLACES365(Reader::places) {
        @Override
        List<byte[]> seeds() {
            return texts("/a/airfield 0\n/d/desert/sand 1\n\0a.jpg 1\nb.jpg 0\n");
        }
    },
    GROUPS(Places365::groups) {
        @Override
        List<byte[]> seeds() {
            return texts("/a/airfield 2\n/a/attic 1\n", "kitchen home\ndesert/sand  nature, dry\n");
        }
    },
    CLASS_NAMES(file -> ClassNames.read(file, 2)) {
        @Override
        List<byte[]> seeds() {
            return texts("cat\ndog\n", "/d/desert/sand 1\n/a/attic 0\n");
        }
    },
    CSV(file -> Csv.read(file, ClassScore.class)) {
        @Override
        List<byte[]> seeds() {
            String head = "category,images,top-1,top-5,taken for,times\n";
            return texts(head + "a,1,0.5,,b,0\n\"x \"\"y\"\"\",2,1e-3,1,'=c,7\r\n");
        }
    },
    CHECKPOINT(Reader::checkpoint) {
        @Override
        List<byte[]> seeds() {
            return texts(
                    "{\"epoch\":2,\"step\":1,\"score\":{\"lossSum\":0.5,\"right\":1,\"amongFive\":1,\"images\":2},"
                            + "\"seconds\":0.25,\"epochs\":[{\"epoch\":1,\"trainLoss\":1.5,\"metrics\":{\"f\":0.5}}]}\0"
                            + "{\"fields\":{\"recipe.epochs\":\"2\",\"architecture.stages\":\"[Stage(width=2), Stage(width=4)]\"}}");
        }
    };

    private static final int MAX_MESSAGE = 1_000;
    private static final Path FOLDER = Path.of(System.getProperty("crunet.folder", "."));
    private static final Path GOLDEN = Path.of("src/test/resources/golden");
    private static final String GRAPH = """
            {"nodes":[{"op":"null","name":"data","inputs":[]},{"op":"null","name":"w","inputs":[]},
            {"op":"Convolution","name":"c","attrs":{"kernel":"(7, 7)","no_bias":"True","num_filter":"8","num_group":"1",
            "pad":"(3, 3)","stride":"(2, 2)"},"inputs":[[0,0,0],[1,0,0]]},
            {"op":"null","name":"g","inputs":[]},{"op":"null","name":"b","inputs":[]},
            {"op":"null","name":"m","inputs":[]},{"op":"null","name":"v","inputs":[]},
            {"op":"BatchNorm","name":"n","attrs":{"eps":"1e-05","fix_gamma":"False"},
            "inputs":[[2,0,0],[3,0,0],[4,0,0],[5,0,1],[6,0,1]]},
            {"op":"Activation","name":"r","attr":{"act_type":"relu"},"inputs":[[7,0,0]]},
            {"op":"elemwise_add","name":"s","inputs":[[7,0,0],[8,0,0]]},
            {"op":"Pooling","name":"p","attrs":{"global_pool":"True","kernel":"(7, 7)","pool_type":"avg"},"inputs":[[9,0,0]]},
            {"op":"Flatten","name":"f","inputs":[[10,0,0]]},
            {"op":"null","name":"d","inputs":[]},{"op":"null","name":"e","inputs":[]},
            {"op":"FullyConnected","name":"o","attrs":{"num_hidden":"5"},"inputs":[[11,0,0],[12,0,0],[13,0,0]]},
            {"op":"null","name":"l","inputs":[]},{"op":"SoftmaxOutput","name":"softmax","inputs":[[14,0,0],[15,0,0]]}],
            "heads":[[16,0,0]]}
            """;

    private final Reading reading;

    Reader(Reading reading) {
        this.reading = reading;
    }

    /** Reads a file, or says why not. */
    private interface Reading {

        void of(Path file) throws IOException;
    }

    /** Sound files. */
    abstract List<byte[]> seeds() throws IOException;

    /** Sound files of all readers. */
    static List<byte[]> inputs() throws IOException {
        List<byte[]> inputs = new ArrayList<>();
        for (Reader reader : values()) {
            for (byte[] seed : reader.seeds()) {
                byte[] input = new byte[1 + seed.length];
                input[0] = (byte) reader.ordinal();
                System.arraycopy(seed, 0, input, 1, seed.length);
                inputs.add(input);
            }
        }
        return inputs;
    }

    /** What Jazzer calls, with a folder among the system properties. */
    public static void fuzzerTestOneInput(byte[] input) throws IOException {
        if (input.length == 0) {
            return;
        }
        Reader reader = values()[(input[0] & 0xff) % values().length];
        reader.requireReadOrRefused(FOLDER.resolve("input"), Arrays.copyOfRange(input, 1, input.length));
    }

    void read(Path file, byte[] data) throws IOException {
        reading.of(Files.write(file, data));
    }

    /** Throws another error where a reader throws what it does not tell of. */
    void requireReadOrRefused(Path file, byte[] data) throws IOException {
        try {
            read(file, data);
        } catch (IllegalArgumentException | TrainingException | IOException | UncheckedIOException e) {
            requireWords(e);
        }
    }

    /** Not too many, and our own where the kind of exception does not say what it is about; no small file needs much memory. */
    private static void requireWords(Exception e) {
        String message = String.valueOf(e.getMessage());
        String thrower = e.getStackTrace()[0].getClassName();
        boolean ours = e instanceof IOException || thrower.startsWith("org.crunet.");
        boolean memory = Stream.iterate((Throwable) e, Objects::nonNull, Throwable::getCause)
                .anyMatch(OutOfMemoryError.class::isInstance);
        if (memory || message.length() > MAX_MESSAGE || !ours) {
            throw new AssertionError(message.length() + " characters from " + thrower, e);
        }
    }

    private static void all(TensorFile open) {
        try (open) {
            open.entries().forEach((name, entry) -> {
                if (entry.type() != DataType.UNKNOWN) {
                    open.floats(name);
                }
            });
        }
    }

    /** The list of categories, and that of images after a null character. */
    private static void places(Path file) throws IOException {
        byte[][] both = parts(file);
        Path root = file.getParent();
        Files.write(Files.createDirectories(root.resolve("val_256")).resolve("a.jpg"), new byte[0]);
        Files.write(root.resolve("categories_places365.txt"), both[0]);
        Files.write(root.resolve("places365_val.txt"), both[1]);
        Places365.of(root.toString()).images("val");
    }

    /** The state, and what is trained after a null character. */
    private static void checkpoint(Path file) throws IOException {
        byte[][] both = parts(file);
        String state = new String(both[0], StandardCharsets.UTF_8);
        String identity = new String(both[1], StandardCharsets.UTF_8);
        Checkpoints.read(Checkpoints.write(file.getParent(), state, identity));
    }

    /** What is before the first null character, and what is after it. */
    private static byte[][] parts(Path file) throws IOException {
        byte[] all = Files.readAllBytes(file);
        int end = 0;
        while (end < all.length && all[end] != 0) {
            end++;
        }
        return new byte[][] {Arrays.copyOf(all, end), Arrays.copyOfRange(all, Math.min(end + 1, all.length), all.length)
        };
    }

    /** An ONNX file with weights outside of it. */
    static byte[] outside(String location) {
        var place = StringStringEntryProto.newBuilder().setKey("location").setValue(location);
        var weights = TensorProto.newBuilder()
                .setName("w")
                .setDataLocation(TensorProto.DataLocation.EXTERNAL)
                .addExternalData(place);
        return ModelProto.newBuilder()
                .setIrVersion(8)
                .setGraph(GraphProto.newBuilder().addInitializer(weights))
                .build()
                .toByteArray();
    }

    private static List<byte[]> texts(String... texts) {
        return Stream.of(texts)
                .map(text -> text.getBytes(StandardCharsets.UTF_8))
                .toList();
    }

    private static List<byte[]> golden(String... names) throws IOException {
        List<byte[]> files = new ArrayList<>();
        for (String name : names) {
            files.add(Files.readAllBytes(GOLDEN.resolve(name)));
        }
        return files;
    }

    private static byte[] picture(String format, int type, boolean progressive) throws IOException {
        var image = new BufferedImage(9, 7, type);
        for (int at = 0; at < 63; at++) {
            image.setRGB(at % 9, at / 9, at * 0x01040a05);
        }
        var bytes = new ByteArrayOutputStream();
        ImageWriter writer = ImageIO.getImageWritersByFormatName(format).next();
        ImageWriteParam how = writer.getDefaultWriteParam();
        if (how.canWriteProgressive()) {
            how.setProgressiveMode(progressive ? ImageWriteParam.MODE_DEFAULT : ImageWriteParam.MODE_DISABLED);
        }
        try (var out = ImageIO.createImageOutputStream(bytes)) {
            writer.setOutput(out);
            writer.write(null, new IIOImage(image, null, null), how);
        } finally {
            writer.dispose();
        }
        return bytes.toByteArray();
    }
}
