package org.crunet.exchange;

import ai.djl.Device;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import ai.onnxruntime.NodeInfo;
import ai.onnxruntime.OnnxJavaType;
import ai.onnxruntime.OnnxTensor;
import ai.onnxruntime.OrtEnvironment;
import ai.onnxruntime.OrtException;
import ai.onnxruntime.OrtSession;
import ai.onnxruntime.TensorInfo;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.lang.ref.Cleaner;
import java.lang.ref.Reference;
import java.nio.FloatBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.DigestInputStream;
import java.security.MessageDigest;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;
import java.util.stream.LongStream;
import org.crunet.files.Checksum;
import org.crunet.files.InputFile;
import org.crunet.network.Classifier;
import org.crunet.torch.NativeSettings;

/**
 * A network that ONNX Runtime runs: see {@link Onnx#open}.
 *
 * <p>Its native memory is given back by {@link #close}, or once nothing refers to it any more.
 */
public final class OnnxNetwork implements Classifier, AutoCloseable {

    static {
        NativeSettings.apply();
    }

    /** What stands before the reason: error code, path, and a place in ONNX Runtime's own source. */
    private static final Pattern AROUND = Pattern.compile("^Error code.*? failed:(/\\S+:\\d+ .*?\\) )?");

    private static final Cleaner CLEANER = Cleaner.create();

    private final Path file;
    private final String name;
    private final Shape input;
    private final List<String> classes;
    private final String sum;
    private final OrtSession session;
    private final NDManager manager = NDManager.newBaseManager(Device.cpu());
    private final Cleaner.Cleanable memory;

    private OnnxNetwork(Path file, String name, Shape input, List<String> classes, String sum, OrtSession session) {
        this.file = file;
        this.name = name;
        this.input = input;
        this.classes = classes;
        this.sum = sum;
        this.session = session;
        memory = CLEANER.register(this, new Native(session, manager));
    }

    /** What is to be freed. */
    private record Native(OrtSession session, NDManager manager) implements Runnable {

        @Override
        public void run() {
            manager.close();
            try {
                session.close();
            } catch (OrtException e) {
                throw failed(e);
            }
        }
    }

    static OnnxNetwork open(Path file) {
        InputFile.require(file);
        try (OrtSession.SessionOptions options = new OrtSession.SessionOptions()) {
            options.setIntraOpNumThreads(Runtime.getRuntime().availableProcessors());
            OrtEnvironment environment = OrtEnvironment.getEnvironment();
            environment.setTelemetry(false); // on Windows it would report what it runs
            OrtSession session = environment.createSession(file.toString(), options);
            try {
                return of(file, session);
            } catch (IllegalArgumentException e) {
                session.close();
                throw e;
            }
        } catch (OrtException e) {
            throw new IllegalArgumentException(
                    file.toAbsolutePath() + " is no ONNX file that ONNX Runtime can run, such as Onnx.save writes: "
                            + AROUND.matcher(e.getMessage()).replaceFirst("").strip()
                            + "; check which file it is, or write or download it again",
                    e);
        }
    }

    private static OnnxNetwork of(Path file, OrtSession session) throws OrtException {
        Map<String, String> about = session.getMetadata().getCustomMetadata();
        Shape input = shape(file, "input", session.getInputInfo().values());
        Shape output = shape(file, "output", session.getOutputInfo().values());
        List<String> classes = List.of(about.getOrDefault(Onnx.CLASSES, "").split("\n", -1));
        return new OnnxNetwork(
                file,
                about.getOrDefault(Onnx.NETWORK, file.getFileName().toString()),
                new Shape(1).addAll(input.slice(1)),
                classes.size() == output.get(1) ? classes : List.of(),
                sum(file),
                session);
    }

    private static String sum(Path file) {
        try (InputStream in = Files.newInputStream(file)) {
            return sum(in);
        } catch (IOException e) {
            throw unreadable(file, e);
        }
    }

    private static String sum(InputStream in) throws IOException {
        MessageDigest digest = Checksum.digest();
        new DigestInputStream(in, digest).transferTo(OutputStream.nullOutputStream());
        return Checksum.hex(digest);
    }

    /** Of the only input or output, for any number of images. */
    private static Shape shape(Path file, String what, Collection<NodeInfo> infos) {
        if (infos.size() == 1
                && infos.iterator().next().getInfo() instanceof TensorInfo tensor
                && tensor.type == OnnxJavaType.FLOAT) {
            long[] sizes = tensor.getShape();
            boolean anyNumber = sizes.length > 1 && sizes[0] == -1;
            if (anyNumber && LongStream.of(sizes).skip(1).allMatch(size -> size > 0)) {
                return new Shape(sizes);
            }
        }
        throw new IllegalArgumentException(file.toAbsolutePath() + " has as " + what + " " + infos
                + ", not images (N, C, H, W) to logits (N, classes), both FLOAT and N alone dynamic (-1):"
                + " export a classifier so");
    }

    @Override
    public String name() {
        return name;
    }

    @Override
    public String fingerprint() {
        return "onnx:" + sum;
    }

    @Override
    public Shape input() {
        return input;
    }

    /**
     * The names of the classes that the file has.
     *
     * @return in the order of the logits; empty if it has none, or not one for every logit
     */
    @Override
    public List<String> classes() {
        return classes;
    }

    @Override
    public void requireOpen() {
        if (!manager.isOpen()) {
            throw new IllegalStateException(name + " was closed: open its file again, Onnx.open(file)");
        }
    }

    @Override
    public NDManager manager() {
        return manager;
    }

    /**
     * {@inheritDoc}
     *
     * @throws IllegalArgumentException if the images have another size or number of channels
     * @throws IllegalStateException if it was closed
     */
    @Override
    public NDArray forward(NDArray images) {
        requireOpen();
        Shape shape = images.getShape();
        if (shape.dimension() < 2
                || !shape.slice(1).equals(input.slice(1))
                || images.getDataType() != DataType.FLOAT32) {
            throw new IllegalArgumentException(
                    name + " takes FLOAT32 images (N, C, H, W) like " + input + ", not " + images.getDataType() + " "
                            + shape + ": resize them, or save the network for them, withImageSize");
        }
        try (OnnxTensor batch = OnnxTensor.createTensor(
                        OrtEnvironment.getEnvironment(), FloatBuffer.wrap(images.toFloatArray()), shape.getShape());
                OrtSession.Result result =
                        session.run(Map.of(session.getInputNames().iterator().next(), batch))) {
            OnnxTensor logits = (OnnxTensor) result.get(0);
            Shape given = new Shape(logits.getInfo().getShape());
            return images.getManager().create(logits.getFloatBuffer(), given, DataType.FLOAT32);
        } catch (OrtException e) {
            throw failed(e);
        } finally {
            Reference.reachabilityFence(this); // or its memory might be given back while it runs
        }
    }

    /** The file itself. */
    private record Sent(String name, byte[] bytes) implements Packed {

        @Override
        public Classifier unpack() {
            try {
                Path folder = Files.createTempDirectory("crunet");
                Path file = folder.resolve(name);
                try {
                    return OnnxNetwork.open(Files.write(file, bytes));
                } finally {
                    Files.deleteIfExists(file);
                    Files.delete(folder);
                }
            } catch (IOException e) {
                throw new UncheckedIOException("cannot write the file of a network: " + e.getMessage(), e);
            }
        }
    }

    /**
     * {@inheritDoc}
     *
     * @throws UncheckedIOException if its file cannot be read any more
     * @throws IllegalStateException if it was closed, or its file is another one by now
     */
    @Override
    public Packed toSerializable() {
        requireOpen();
        try {
            byte[] bytes = Files.readAllBytes(file);
            if (!sum(new ByteArrayInputStream(bytes)).equals(sum)) {
                throw new IllegalStateException(
                        file.toAbsolutePath() + " was replaced since " + name + " was opened: open it again");
            }
            return new Sent(file.getFileName().toString(), bytes);
        } catch (IOException e) {
            throw unreadable(file, e);
        }
    }

    private static UncheckedIOException unreadable(Path file, IOException e) {
        return new UncheckedIOException("Cannot read " + file.toAbsolutePath() + ": " + e.getMessage(), e);
    }

    private static IllegalStateException failed(OrtException e) {
        return new IllegalStateException("ONNX Runtime failed: " + e.getMessage(), e);
    }

    /** Frees the native memory; the network cannot run any more. */
    @Override
    public void close() {
        memory.clean();
    }

    @Override
    public String toString() {
        return name + " in ONNX Runtime " + OrtEnvironment.getEnvironment().getVersion() + ", input " + input;
    }
}
