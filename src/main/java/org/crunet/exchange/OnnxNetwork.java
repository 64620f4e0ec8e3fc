package org.crunet.exchange;

import static org.crunet.base.Errors.require;
import static org.crunet.base.Errors.shortened;

import ai.djl.Device;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import ai.djl.util.Utils;
import ai.onnxruntime.NodeInfo;
import ai.onnxruntime.OnnxJavaType;
import ai.onnxruntime.OnnxTensor;
import ai.onnxruntime.OrtEnvironment;
import ai.onnxruntime.OrtException;
import ai.onnxruntime.OrtSession;
import ai.onnxruntime.TensorInfo;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.ref.Cleaner;
import java.nio.FloatBuffer;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.regex.Pattern;
import java.util.stream.LongStream;
import org.crunet.base.Errors;
import org.crunet.base.InUse;
import org.crunet.files.FileKind;
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

    private static final int MAX_REASON = 400;
    private static final Cleaner CLEANER = Cleaner.create();
    private static final AtomicInteger OPEN = new AtomicInteger();

    private final Path file;
    private final List<Path> files;
    private final String name;
    private final Shape input;
    private final List<String> classes;
    private final String sum;
    private final OrtSession session;
    private final boolean probabilities;
    private final NDManager manager;
    private final InUse use;

    /** The session is closed with the network. */
    private OnnxNetwork(Path file, OrtSession session) throws OrtException, IOException {
        Map<String, String> about = session.getMetadata().getCustomMetadata();
        List<String> names = about.getOrDefault(Onnx.CLASSES, "")
                .replaceFirst("^\uFEFF", "")
                .lines()
                .filter(line -> !line.isEmpty())
                .toList();
        this.file = file;
        String said = shortened(about.getOrDefault(Onnx.NETWORK, ""), MAX_REASON);
        name = said.isBlank() ? file.getFileName().toString() : said;
        input = new Shape(1)
                .addAll(shape("input", session.getInputInfo().values()).slice(1));
        Shape output = shape("output", session.getOutputInfo().values());
        classes = names.size() == output.get(1) ? names : List.of();
        Onnx.requireDistinct("metadata by which ", classes);
        files = OnnxData.files(file);
        sum = OnnxData.sum(files);
        this.session = session;
        probabilities = output.dimension() == 2 && givesProbabilities(session, input);
        manager = NDManager.newBaseManager(Device.cpu());
        manager.attachInternal("session", session);
        OPEN.incrementAndGet();
        Cleaner.Cleanable memory = CLEANER.register(this, freeing(manager));
        use = new InUse(this, name + " was closed: open its file again, Onnx.open(file)", memory::clean);
    }

    private static Runnable freeing(NDManager manager) {
        return () -> {
            manager.close();
            OPEN.decrementAndGet();
        };
    }

    /** Whether each row is from 0 to 1 and sums to 1, for images as different as black, white and noise. */
    private static boolean givesProbabilities(OrtSession session, Shape input) throws OrtException {
        Random random = new Random(0);
        int size = Math.toIntExact(input.size());
        float[] pixels = new float[3 * size];
        for (int i = 0; i < size; i++) {
            pixels[i] = -2;
            pixels[size + i] = 2;
            pixels[2 * size + i] = (float) random.nextGaussian();
        }
        try (NDManager scope = NDManager.newBaseManager(Device.cpu())) {
            NDArray rows = run(session, scope.create(pixels, new Shape(3).addAll(input.slice(1))));
            NDArray wrong = rows.sum(new int[] {1}).sub(1).abs();
            return rows.min().getFloat() >= 0 && wrong.max().getFloat() < 1e-3;
        }
    }

    static OnnxNetwork open(Path named) {
        InputFile.require(named);
        Path file = named.toAbsolutePath().normalize();
        if (OPEN.get() > 0) {
            NativeSettings.releaseMemory(); // of those that were dropped: of what they hold Java sees some bytes only
        }
        try (OrtSession.SessionOptions options = new OrtSession.SessionOptions()) {
            OrtSession session = environment(options).createSession(file.toString(), options);
            try {
                return new OnnxNetwork(file, session);
            } catch (OrtException | IOException | RuntimeException e) {
                session.close();
                throw e;
            }
        } catch (IllegalArgumentException e) {
            throw new IllegalArgumentException(file + " has " + e.getMessage(), e);
        } catch (IOException e) {
            throw unreadable(file, e);
        } catch (OrtException e) {
            String reason = AROUND.matcher(e.getMessage()).replaceFirst("").strip();
            String broken = shortened(reason, MAX_REASON) + "; check or write it again";
            String what = FileKind.otherThan(file, "an ONNX file").orElse(broken);
            throw new IllegalArgumentException(file + " is no ONNX file that ONNX Runtime can run: " + what, e);
        }
    }

    /** With the options that a session is to have. */
    private static OrtEnvironment environment(OrtSession.SessionOptions options) throws OrtException {
        options.setIntraOpNumThreads(Runtime.getRuntime().availableProcessors());
        OrtEnvironment environment = OrtEnvironment.getEnvironment();
        environment.setTelemetry(false); // on Windows it would report what it runs
        return environment;
    }

    /** Runs what is in a file over images. */
    static NDArray run(byte[] file, NDArray images) {
        try (OrtSession.SessionOptions options = new OrtSession.SessionOptions();
                OrtSession session = environment(options).createSession(file, options)) {
            return run(session, images);
        } catch (OrtException e) {
            throw failed(e);
        }
    }

    private static NDArray run(OrtSession session, NDArray images) throws OrtException {
        long[] shape = images.getShape().getShape();
        try (OnnxTensor batch = OnnxTensor.createTensor(
                        OrtEnvironment.getEnvironment(), FloatBuffer.wrap(images.toFloatArray()), shape);
                OrtSession.Result result =
                        session.run(Map.of(session.getInputNames().iterator().next(), batch))) {
            OnnxTensor logits = (OnnxTensor) result.get(0);
            Shape made = new Shape(logits.getInfo().getShape());
            return images.getManager().create(logits.getFloatBuffer(), made, DataType.FLOAT32);
        }
    }

    /** Returns the shape of the only input or output, for any number of images. */
    private static Shape shape(String what, Collection<NodeInfo> infos) {
        if (infos.size() == 1
                && infos.iterator().next().getInfo() instanceof TensorInfo tensor
                && tensor.type == OnnxJavaType.FLOAT
                && tensor.getShape().length > 1
                && tensor.getShape()[0] == -1
                && LongStream.of(tensor.getShape()).skip(1).allMatch(size -> size > 0)) {
            return new Shape(tensor.getShape());
        }
        throw new IllegalArgumentException("as " + what + " " + shortened(infos.toString(), MAX_REASON)
                + ": export images (N, C, H, W) to logits (N, classes), both FLOAT and N alone dynamic (-1)");
    }

    @Override
    public String name() {
        return name;
    }

    @Override
    public String fingerprint() {
        return "onnx:" + sum + (probabilities ? ", logarithms" : "");
    }

    @Override
    public Shape input() {
        return input;
    }

    /**
     * Returns the names of the classes that the file has.
     *
     * @return in the order of the logits; empty if it has none, or not one for every logit
     */
    @Override
    public List<String> classes() {
        return classes;
    }

    @Override
    public void requireOpen() {
        use.requireOpen();
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
        return use.inside(() -> logits(images));
    }

    @Override
    public Folded folded() {
        return Folded.of(use, () -> {}, this::forward);
    }

    private NDArray logits(NDArray images) {
        Shape shape = images.getShape();
        boolean fits = shape.dimension() > 1 && shape.slice(1).equals(input.slice(1));
        String given = images.getDataType() + " " + shape;
        require(
                fits && images.getDataType() == DataType.FLOAT32,
                name + " takes FLOAT32 images (N, C, H, W) like " + input + ", not " + given
                        + ": resize them, or save the network for them, withImageSize");
        try {
            NDArray output = run(session, images);
            return probabilities ? logarithms(output) : output;
        } catch (OrtException e) {
            throw failed(e);
        }
    }

    /** Of which a softmax makes the probabilities again. */
    private static NDArray logarithms(NDArray probabilities) {
        try (probabilities;
                NDArray positive = probabilities.maximum(Float.MIN_NORMAL)) {
            return positive.log();
        }
    }

    /**
     * A network on its way to another process.
     *
     * @param name of the one to be opened
     * @param files all of them
     */
    private record Sent(String name, Map<String, byte[]> files) implements Packed {

        @Override
        public Classifier unpack() {
            try {
                Path folder = Files.createTempDirectory("crunet");
                try {
                    for (Map.Entry<String, byte[]> file : files.entrySet()) {
                        Path at = folder;
                        for (Path part : Path.of(file.getKey())) { // also folders that a later .. leaves again
                            Files.createDirectories(at);
                            at = at.resolve(part);
                        }
                        Files.write(at, file.getValue());
                    }
                    return OnnxNetwork.open(folder.resolve(name));
                } finally {
                    Utils.deleteQuietly(folder);
                }
            } catch (IOException e) {
                throw new UncheckedIOException("cannot write the files of a network: " + e.getMessage(), e);
            }
        }
    }

    /**
     * {@inheritDoc}
     *
     * @throws UncheckedIOException if a file of it cannot be read any more
     * @throws IllegalStateException if it was closed, or its files are others by now
     */
    @Override
    public Packed toSerializable() {
        requireOpen();
        try {
            Map<String, byte[]> contents = new LinkedHashMap<>();
            for (Path one : files) {
                Path within = one.subpath(file.getNameCount() - 1, one.getNameCount());
                contents.put(within.toString(), Files.readAllBytes(one));
            }
            if (!OnnxData.sum(files).equals(sum)) {
                throw new IllegalStateException(file + " was replaced since " + name + " was opened: open it again");
            }
            return new Sent(file.getFileName().toString(), contents);
        } catch (IOException e) {
            throw unreadable(file, e);
        }
    }

    private static UncheckedIOException unreadable(Path file, IOException e) {
        String place = e instanceof FileSystemException at ? at.getFile() : null;
        String other = place == null || place.equals(file.toString()) ? "" : ", which has weights in " + place;
        return new UncheckedIOException("Cannot read " + file + other + ": " + Errors.reason(e), e);
    }

    private static IllegalStateException failed(OrtException e) {
        return new IllegalStateException("ONNX Runtime failed: " + e.getMessage(), e);
    }

    /** Frees the native memory, as soon as nobody is using it any more; the network cannot run any more. */
    @Override
    public void close() {
        use.close();
    }

    @Override
    public String toString() {
        String logarithms = probabilities ? ", logits the logarithms of its probabilities" : "";
        return name + " in ONNX Runtime " + OrtEnvironment.getEnvironment().getVersion() + ", input " + input
                + logarithms;
    }
}
