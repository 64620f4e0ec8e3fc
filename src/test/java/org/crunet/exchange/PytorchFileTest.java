package org.crunet.exchange;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import com.sun.management.ThreadMXBean;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.management.ManagementFactory;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.CancellationException;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.IntFunction;
import java.util.function.Supplier;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;
import net.razorvine.pickle.Unpickler;
import org.crunet.files.Safetensors;
import org.crunet.files.TensorFile;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.function.Executable;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Checkpoints that PyTorch 2.7.1 wrote, and one as PyTorch 0.2 did, made by {@code pytorch_files.py tiny}. */
class PytorchFileTest {

    private static final Path FOLDER = Path.of("src/test/resources/golden/pytorch");
    private static final String FORMATS = "float32 float64 float16 bfloat16 uint8 int8 int16 int32 int64";

    @TempDir
    Path folder;

    @ParameterizedTest
    @ValueSource(strings = {"kinds", "kinds-legacy", "kinds-protocol4", "kinds-unchecked", "kinds-big"})
    void everyNumberFormatAndView(String name) {
        try (PytorchFile file = PytorchFile.open(FOLDER.resolve(name + ".pth"))) {
            String formats = FORMATS + (name.endsWith("big") ? "" : " uint16 uint32 uint64");
            for (String format : formats.split(" ")) {
                TensorFile.Entry entry = file.entries().get(format);
                assertEquals(new Shape(2, 3), entry.shape(), format);
                assertEquals(DataType.valueOf(format.toUpperCase(Locale.ROOT)), entry.type());
                assertArrayEquals(new float[] {0, 1, 2, 3, 100, 7}, file.floats(format), format);
            }
            assertArrayEquals(new float[] {0, 1, 1, 1, 1, 1}, file.floats("bool"));
            assertEquals(new Shape(4, 2, 3), file.entries().get("transposed").shape());
            assertArrayEquals(new float[] {0, 4, 8, 12, 16, 20, 1}, Arrays.copyOf(file.floats("transposed"), 7));
            assertArrayEquals(new float[] {6, 18}, file.floats("column"));
            assertEquals(23, file.floats("shared")[23]);
            assertArrayEquals(new float[] {1, 1, 1}, file.floats("expanded"));
            float[] lasting = file.floats("lasting");
            for (int i = 0; i < 36; i++) {
                assertEquals(i, lasting[i]);
            }
            assertArrayEquals(new float[] {0, 3, 1, 100, 2, 7}, file.floats("half"));
            assertArrayEquals(new float[] {2.5f}, file.floats("scalar"));
            assertEquals(new Shape(), file.entries().get("scalar").shape());
            assertArrayEquals(new float[0], file.floats("empty"));
            assertArrayEquals(new float[] {-1.5f, 2}, file.floats("parameter"));
            assertEquals(name.endsWith("big") ? 19 : 22, file.entries().size());
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"kinds", "kinds-legacy", "kinds-big"})
    void arraysToo(String name) {
        try (PytorchFile file = PytorchFile.open(FOLDER.resolve(name + ".pth"));
                NDManager manager = NDManager.newBaseManager()) {
            assertArrayEquals(
                    new long[] {0, 1, 2, 3, 100, 7},
                    file.array(manager, "int64").toLongArray());
            NDArray view = file.array(manager, "transposed");
            assertEquals(new Shape(4, 2, 3), view.getShape());
            assertArrayEquals(file.floats("transposed"), view.toFloatArray());
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"basic.pth", "basic-legacy.pth", "basic.pth.tar"})
    void sameNumbersAsInSafetensors(String name) {
        String prefix = name.endsWith("tar") ? "module." : "";
        try (PytorchFile file = PytorchFile.open(FOLDER.resolve(name));
                Safetensors wanted = Safetensors.open(FOLDER.resolve("basic.safetensors"))) {
            for (String key : wanted.entries().keySet()) {
                if (!key.endsWith("num_batches_tracked")) {
                    assertEquals(
                            wanted.entries().get(key).shape(),
                            file.entries().get(prefix + key).shape());
                    assertArrayEquals(wanted.floats(key), file.floats(prefix + key), key);
                }
            }
        }
    }

    @Test
    void whatIsNoDictionaryOfTensorsIsToldWhatToSave() throws IOException {
        assertTrue(unsupported(FOLDER.resolve("whole.pth")).contains("torch.nn.modules.linear.Linear"));
        assertTrue(unsupported(FOLDER.resolve("script.pt")).contains("TorchScript"));
        Path nothing = new Pickled().text(")Q.").zip(folder.resolve("nothing.pth"), 2);
        assertTrue(unsupported(nothing).contains("it holds a class of a network"), unsupported(nothing));
    }

    /** The others of the file are read. */
    @Test
    void onlyWhoAsksForATensorOfAnotherTypeIsTold() throws IOException {
        assertAnother(FOLDER.resolve("complex.pth"), "z", "torch.ComplexFloatStorage");
        Pickled two = new Pickled()
                .text("}")
                .string("scale")
                .text("ctorch._utils\n_rebuild_sparse_tensor\n)Rs")
                .string("w")
                .tensor(new long[] {2}, new long[] {1}, 0, 2)
                .text("s.");
        Path file = two.zip(folder.resolve("two.pth"), 2);
        assertAnother(file, "scale", "torch._utils._rebuild_sparse_tensor");
        try (PytorchFile open = PytorchFile.open(file)) {
            assertArrayEquals(new float[] {0, 1}, open.floats("w"));
        }
    }

    private static void assertAnother(Path file, String name, String type) {
        try (PytorchFile open = PytorchFile.open(file);
                NDManager manager = NDManager.newBaseManager()) {
            assertEquals(DataType.UNKNOWN, open.entries().get(name).type());
            String expected =
                    "Tensor \"" + name + "\" of " + file + " is made of " + type + ", which is not read: save it"
                            + " as plain numbers, such as tensor.float(), tensor.dequantize() or tensor.to_dense()";
            for (Executable ask : List.<Executable>of(() -> open.floats(name), () -> open.array(manager, name))) {
                assertEquals(
                        expected,
                        assertThrows(IllegalArgumentException.class, ask).getMessage());
            }
        }
    }

    @Test
    void aCheckpointMayNameItsNetwork() throws IOException {
        Pickled named =
                new Pickled().text("}").string("arch").string("resnet18").text("s");
        Pickled all = named.string("state_dict").text("}").string("w");
        all.tensor(new long[] {2}, new long[] {1}, 0, 2).text("ss.");
        Pickled settings = new Pickled().text("}").string("args").text("}").string("model_name");
        settings.string("resnet50").text("ss").string("model").text("}").string("w");
        settings.tensor(new long[] {2}, new long[] {1}, 0, 2).text("ss.");
        try (PytorchFile file = PytorchFile.open(settings.zip(folder.resolve("settings.pth"), 2))) {
            assertEquals(Optional.of("resnet50"), file.architecture());
        }
        try (PytorchFile file = PytorchFile.open(all.zip(folder.resolve("named.pth"), 2));
                PytorchFile other = PytorchFile.open(FOLDER.resolve("basic.pth"))) {
            assertEquals(Optional.of("resnet18"), file.architecture());
            assertEquals(Optional.empty(), other.architecture());
        }
    }

    /** Twice as long a file takes about twice as long, whatever is in it. */
    @Test
    void costGrowsWithTheSizeOfTheFile() throws IOException {
        for (IntFunction<Pickled> worst : List.<IntFunction<Pickled>>of(
                PytorchFileTest::emptyArguments,
                PytorchFileTest::longStorageName,
                PytorchFileTest::longKeysOfOneHash)) {
            double small = seconds(worst.apply(20_000));
            double large = seconds(worst.apply(80_000));
            assertTrue(large < 0.5 + 10 * small, small + " s, and of a file four times as long " + large);
        }
    }

    private double seconds(Pickled pickled) throws IOException {
        Path file = pickled.zip(folder.resolve("worst.pth"), 2);
        ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
        long nanos = threads.getCurrentThreadCpuTime();
        bounded(() -> refusal(file));
        return (threads.getCurrentThreadCpuTime() - nanos) / 1e9;
    }

    /** Many calls with many arguments, each of them empty. */
    private static Pickled emptyArguments(int size) {
        return new Pickled()
                .text("(")
                .repeated(")", size)
                .text("tq\0cx\ny\nq\1")
                .repeated("h\1h\0R", size)
                .text(".");
    }

    /** Many tensors of one storage with as long a name as a text may have. */
    private static Pickled longStorageName(int size) {
        Pickled tensors = new Pickled().text("X\u00ff\u00ff\0\0" + "y".repeat(65_535) + "q\1");
        tensors.text("ctorch._utils\n_rebuild_tensor_v2\n(((").string("storage").text("ctorch\nFloatStorage\nh\1");
        tensors.string("cpu").text("K\2tQK\0K\2\u0085K\1\u0085\u0089NtRq\2}(");
        for (int i = 0; i < size / 10; i++) {
            tensors.string("t" + i).text("h\2");
        }
        return tensors.text("u.");
    }

    /** Two keys that differ at their ends alone, put again and again. */
    private static Pickled longKeysOfOneHash(int size) {
        String key = "X\u00ff\u00ff\0\0" + "y".repeat(65_533);
        return new Pickled()
                .text(key + "Aaq\1" + key + "BBq\2}(")
                .repeated("h\1Nh\2N", size)
                .text("u.");
    }

    private static String unsupported(Path file) {
        String message = assertThrows(
                        IllegalArgumentException.class,
                        () -> PytorchFile.open(file).close())
                .getMessage();
        assertTrue(message.contains(file.toAbsolutePath().toString()), message);
        return message;
    }

    /** Nor what others in this process, such as Spark, have told the library to call. */
    @Test
    void nothingIsCalled() throws IOException {
        AtomicBoolean called = new AtomicBoolean();
        Unpickler.registerConstructor("os", "system", arguments -> called.getAndSet(true));
        Pickled attack = new Pickled()
                .text("}")
                .string("x")
                .text("cos\nsystem\n(")
                .string("touch called")
                .text("tRs")
                .string("state_dict")
                .text("}")
                .string("w")
                .tensor(new long[] {2}, new long[] {1}, 0, 2)
                .text("ss.");
        try (PytorchFile file = PytorchFile.open(attack.zip(folder.resolve("attack.pth"), 2))) {
            assertEquals(
                    Map.of("w", new Shape(2)),
                    Map.of("w", file.entries().get("w").shape()));
        }
        assertTrue(Files.notExists(Path.of("called")));
        assertFalse(called.get());
    }

    /** As before PyTorch 0.4: views of storages, and weights that are calls of their class, with a state. */
    @Test
    void oldWeights() throws IOException {
        String view = "(U\4viewK\2K\3t";
        Pickled old = new Pickled()
                .text("}")
                .string("w")
                .text("ctorch.nn.parameter\nParameter\n")
                .tensor(new long[] {2}, new long[] {1}, 1, 6, view)
                .text("\u0085R(\u0088\u0089Ntbs.");
        try (PytorchFile file = PytorchFile.open(old.legacy(folder.resolve("old.pth"), 6))) {
            assertArrayEquals(new float[] {3, 4}, file.floats("w"));
        }
    }

    /** Each of these would take gigabytes, minutes or the stack of a reader that trusts. */
    @Test
    void absurdCheckpointsAreRefused() throws IOException {
        long far = 1L << 40;
        refused("shape", state(new long[] {far, far}, new long[] {0, 0}, 0, 2));
        refused("shape", state(new long[] {far, 0}, new long[] {far, 1}, -1, 2));
        refused("shape", state(new long[] {1 << 20, 1 << 20}, new long[] {0, 0}, 0, 2));
        refused("shape", state(new long[] {2, 2}, new long[] {Long.MAX_VALUE, Long.MAX_VALUE}, 0, 2));
        refused("shape", state(new long[] {2}, new long[] {-1}, 1, 2));
        refused("shape", state(new long[] {2}, new long[] {1}, Long.MAX_VALUE, 2));
        refused("shape", state(new long[] {2}, new long[] {1, 1}, 0, 2));
        refused("dimensions", state(new long[100], new long[100], 0, 2));
        refused("steps", new Pickled().repeated("]", 1_100_000).text("."));
        refused("steps", new Pickled().repeated("(", 1_100_000).text("."));
        refused("steps", new Pickled().repeated("]q\0", 1_100_000).text("."));
        refused("a list", new Pickled().text(")").repeated("\u0085", 500_000).text("."));
        refused("a list", new Pickled().text(")").repeated("2\u0086", 300_000).text("."));
        refused(
                "no tensors",
                new Pickled().text("})").repeated("2\u0086", 300_000).text("Ns."));
        refused("too early", new Pickled().repeated("]", 100));
        refused("claims 4294967295 bytes", new Pickled().text("X\u00ff\u00ff\u00ff\u00ff"));
        refused("bytes, where", new Pickled().text("\u008b\u00ff\u00ff\u00ff\u007f"));
        refused("bytes, where", new Pickled().text("\u008e").repeated("\u00ff", 8));
        refused(
                "text",
                new Pickled()
                        .repeated("X\u0060\u00ea\0\0" + "y".repeat(60_000), 400)
                        .text("."));
        refused(
                "bytes of text",
                new Pickled()
                        .repeated("\u008a\u00ff" + "\u007f".repeat(255), 80_000)
                        .text("."));
        refused(
                "steps",
                new Pickled()
                        .text("](U\1aN\u0086q\1")
                        .repeated("h\1", 500_000)
                        .text("eq\0")
                        .repeated("ccollections\nOrderedDict\nh\0\u0085R", 100)
                        .text("."));
        refused("key", new Pickled().text("}]Ns."));
        refused("key", new Pickled().text("}(Nu."));
        refused(
                "a dictionary of",
                new Pickled().text("ccollections\nOrderedDict\n(](NNNeN").text("tR."));
        refused("more than 1024", new Pickled().text("I" + "7".repeat(200_000) + "\n."));
        refused("more than 1024", new Pickled().text("c" + "y".repeat(60_000) + "\nz\n."));
        String text = "X\u0060\u00ea\0\0" + "y".repeat(60_000) + "q\1";
        refused("more than 1024", new Pickled().text(text + "h\1\u0093."));
        refused("no tensors by name", new Pickled().text("}" + text + "h\1s."));
        Pickled collide = new Pickled().text("}(");
        for (int i = 0; i < 40_000; i++) {
            collide.text("cm\n" + collision(i) + "\nN");
        }
        refused("no tensors by name", collide.text("u."));
        refused("not there", new Pickled().text("R."));
        refused("mark", new Pickled().text("t."));
        refused("memo", new Pickled().text("h\7."));
        refused("unknown operation", new Pickled().text("\u0082\1."));
    }

    /** Names of the same hash. */
    private static String collision(int number) {
        return Integer.toBinaryString(number | 1 << 16).replace("0", "Aa").replace("1", "BB");
    }

    /** The sizes of each copy are counted. */
    @Test
    void manyTensorsOfManyDimensions() throws IOException {
        String sizes = "(" + "K\1".repeat(64) + "t";
        Pickled tensors = new Pickled()
                .text("ctorch._utils\n_rebuild_tensor_v2\nq\1((")
                .string("storage")
                .text("ctorch\nFloatStorage\n")
                .string("0")
                .string("cpu")
                .text("K\2tQK\0" + sizes + sizes + "\u0089Ntq\2")
                .repeated("h\1h\2R", 100_000)
                .text(".");
        refused("steps", tensors);
    }

    @Test
    void namesInMessagesAreShort() throws IOException {
        Pickled named = new Pickled()
                .text("}X\u0010\u0027\0\0" + "y".repeat(10_000))
                .tensor(new long[] {2}, new long[] {1}, 0, 2)
                .text("s.");
        refused("has a name of 10000 characters", named);
        Pickled type = new Pickled().text("(").string("storage").text("ctorch\n" + "y".repeat(500) + "\ntQ.");
        refused("unknown type \"torch." + "y".repeat(74) + "...\"", type);
    }

    /** Else a small file could have its bytes looked at for each of many records. */
    @Test
    void recordsThatLieOverOneAnotherAreRefused() throws IOException {
        byte[] zip =
                Files.readAllBytes(state(new long[] {2}, new long[] {1}, 0, 2).zip(folder.resolve("good.pth"), 1_000));
        String text = new String(zip, StandardCharsets.ISO_8859_1);
        int storage = text.indexOf("PK\1\2", text.indexOf("PK\1\2") + 1);
        int order = text.indexOf("PK\1\2", storage + 1);
        System.arraycopy(zip, storage + 16, zip, order + 16, 12); // checksum and sizes
        System.arraycopy(zip, storage + 42, zip, order + 42, 4); // place
        Path file = Files.write(folder.resolve("overlap.pth"), zip);
        assertTrue(refusal(file).contains("record \"x/data/0\" lies over another"), refusal(file));
    }

    private static Pickled state(long[] sizes, long[] strides, long offset, long numbers) {
        return new Pickled()
                .text("}")
                .string("w")
                .tensor(sizes, strides, offset, numbers)
                .text("s.");
    }

    private void refused(String expected, Pickled pickled) throws IOException {
        Path file = pickled.zip(folder.resolve("absurd.pth"), 2);
        assertTrue(bounded(() -> refusal(file)).contains(expected), () -> expected + " in: " + refusal(file));
        Path old = pickled.legacy(folder.resolve("absurd-legacy.pth"), 2);
        assertTrue(!bounded(() -> refusal(old)).isEmpty());
    }

    @Test
    void absurdContainersAreRefused() throws IOException {
        Path bomb = new Pickled().repeated("]", 1 << 26).compressed(folder.resolve("bomb.pth"));
        assertTrue(bounded(() -> refusal(bomb)).contains("compressed"));
        byte[] zip =
                Files.readAllBytes(state(new long[] {2}, new long[] {1}, 0, 2).zip(folder.resolve("good.pth"), 2));
        int end = zip.length - 22;
        assertTrue(changed(zip, end + 12, 0x7fffffff).contains("directory of 2147483647 bytes"));
        assertTrue(changed(zip, end + 16, 0x7fffffff).contains("ends before"));
        byte[] large = Files.readAllBytes(FOLDER.resolve("kinds.pth"));
        int end64 = large.length - 22 - 20 - 56;
        assertTrue(changed(large, end64 + 44, 1).contains("claims a directory of"));
        assertTrue(changed(large, end64 + 52, 1).contains("ends before"));
        large[large.length - 22 + 10] = -1; // the number of records is the larger one
        large[large.length - 22 + 11] = -1;
        assertEquals("", changed(large, end64 + 32, 0x7fffffff), "the number of records is not asked for");
        byte[] legacy = Files.readAllBytes(FOLDER.resolve("kinds-legacy.pth"));
        int count = new String(legacy, StandardCharsets.ISO_8859_1).lastIndexOf("e.") + 2;
        assertTrue(changed(legacy, count + 4, 0x7fffffff).contains("claims"), changed(legacy, count + 4, 0x7fffffff));
        assertTrue(
                refusal(Files.write(folder.resolve("empty.pth"), new byte[0])).contains("it is empty and not"));
        assertTrue(refusal(folder.resolve("nowhere.pth")).contains("does not exist"));
    }

    /** What libraries for zip files take gigabytes for: extra fields, of which a record may have sixteen thousand. */
    @Test
    void manyExtraFieldsTakeLittle() throws IOException {
        Path file = folder.resolve("extra.pth");
        try (ZipOutputStream out = new ZipOutputStream(Files.newOutputStream(file))) {
            ByteBuffer extra = ByteBuffer.allocate(60_000).order(ByteOrder.LITTLE_ENDIAN);
            while (extra.hasRemaining()) {
                extra.putShort((short) (0x4000 + extra.position() / 4)).putShort((short) 0);
            }
            for (int i = 0; i < 60; i++) {
                ZipEntry entry = new ZipEntry(collision(i));
                entry.setExtra(extra.array());
                out.putNextEntry(entry);
            }
        }
        assertTrue(bounded(() -> refusal(file)).contains("it is a zip file and not a checkpoint that"));
    }

    private String changed(byte[] good, int at, int value) throws IOException {
        byte[] bad = good.clone();
        ByteBuffer.wrap(bad).order(ByteOrder.LITTLE_ENDIAN).putInt(at, value);
        Path file = Files.write(folder.resolve("changed.pth"), bad);
        return bounded(() -> refusal(file));
    }

    @Test
    void aThreadThatWasInterruptedBeforeStillReads() {
        Thread.currentThread().interrupt();
        try (PytorchFile file = PytorchFile.open(FOLDER.resolve("kinds.pth"))) {
            assertArrayEquals(new float[] {6, 18}, file.floats("column"));
        } finally {
            assertTrue(Thread.interrupted());
        }
    }

    @Test
    void anInterruptStopsReading() {
        try (PytorchFile file = PytorchFile.open(FOLDER.resolve("kinds.pth"))) {
            Thread.currentThread().interrupt();
            String message = assertThrows(CancellationException.class, () -> file.floats("column"))
                    .getMessage();
            assertTrue(message.endsWith("kinds.pth was read: read it again"), message);
        } finally {
            assertTrue(Thread.interrupted());
        }
    }

    /** Truncated, flipped, overwritten with large numbers: refused or read, in little time and memory. */
    @ParameterizedTest
    @Tag("slow")
    @ValueSource(strings = {"kinds", "kinds-legacy", "kinds-unchecked", "basic-legacy"})
    void mutatedFiles(String name) throws IOException {
        byte[] good = Files.readAllBytes(FOLDER.resolve(name + ".pth"));
        Random random = new Random(7);
        int refused = 0;
        for (int i = 0; i < 2_500; i++) {
            Path file = folder.resolve("mutated.pth");
            Files.deleteIfExists(file);
            Files.write(file, Mutations.of(good, random));
            refused += bounded(() -> refusal(file)).isEmpty() ? 0 : 1;
        }
        assertTrue(refused > 500 && refused < 2_500, refused + " refused");
    }

    /** Two seconds of the processor: on a busy machine they take longer. */
    private static String bounded(Supplier<String> read) {
        ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
        long bytes = threads.getCurrentThreadAllocatedBytes();
        long nanos = threads.getCurrentThreadCpuTime();
        String result = read.get();
        long seconds = (threads.getCurrentThreadCpuTime() - nanos) / 1_000_000_000;
        long taken = threads.getCurrentThreadAllocatedBytes() - bytes;
        assertTrue(seconds < 2, seconds + " seconds");
        assertTrue(taken < 256L << 20, taken + " bytes of memory");
        return result;
    }

    /** The message; empty if everything could be read. */
    private static String refusal(Path path) {
        try (PytorchFile file = PytorchFile.open(path)) {
            file.entries().keySet().forEach(file::floats);
            return "";
        } catch (UncheckedIOException | IllegalArgumentException e) {
            assertTrue(e.getMessage().contains(path.toString()), e.getMessage());
            assertTrue(e.getMessage().length() < 1000, e.getMessage());
            return e.getMessage();
        }
    }
}
