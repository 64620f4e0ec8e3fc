package org.crunet.exchange;

import ai.djl.ndarray.types.Shape;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.Consumer;
import org.crunet.base.Errors;
import org.crunet.exchange.TorchObjects.Tensor;
import org.crunet.exchange.ZipRecords.Section;
import org.crunet.files.TensorFile;

/**
 * A checkpoint that {@code torch.save} wrote, usually {@code .pth}, {@code .pt} or {@code .pth.tar}, in the zip format or the
 * one before PyTorch 1.6. It is read without Python and without executing anything that its pickle may ask for.
 *
 * <p>The tensors are those of the state dict, by its names: the saved dictionary itself, or the one in it under
 * {@code state_dict}, {@code model_state_dict}, {@code model}, {@code net} or {@code module}. An optimizer's state or
 * arguments beside it are passed over. Views come as what they show, strides or not.
 */
public final class PytorchFile extends TensorFile {

    private static final String KIND = "a checkpoint that torch.save wrote";

    private final boolean bigEndian;
    private final Map<String, Tensor> tensors;
    private final Map<String, Entry> entries = new LinkedHashMap<>();

    private PytorchFile(Path file, RandomAccessFile in) throws IOException {
        super(file, KIND, in);
        TorchContent content = TorchContent.read(in);
        bigEndian = content.bigEndian();
        tensors = StateDict.of(content.root());
        for (Map.Entry<String, Tensor> tensor : tensors.entrySet()) {
            entries.put(tensor.getKey(), entry(tensor.getKey(), tensor.getValue(), content));
        }
    }

    /**
     * Opens a file and reads where its tensors are.
     *
     * @param file written by {@code torch.save}
     * @return the open file, to be closed
     * @throws UncheckedIOException if it cannot be read or is damaged; its message says what is wrong and what to do
     * @throws IllegalArgumentException if it holds something else than tensors by name, or tensors of a kind that is not read
     */
    public static PytorchFile open(Path file) {
        try {
            return open(file, KIND, PytorchFile::new);
        } catch (IllegalArgumentException e) {
            throw new IllegalArgumentException("Cannot read " + file.toAbsolutePath() + ": " + e.getMessage(), e);
        }
    }

    /** Nothing is larger than the file, and all of it lies in its storage. */
    private Entry entry(String name, Tensor tensor, TorchContent content) throws IOException {
        int width = tensor.dtype().bytes();
        Section storage = content.section(tensor.storage());
        long there = storage.length() / width;
        long[] sizes = tensor.sizes();
        long span = sizes.length == tensor.strides().length ? Strided.span(sizes, tensor.strides(), there) : -1;
        long length = width;
        for (long size : sizes) {
            if (size < 0 || size > 0 && length > in.length() / size) {
                span = -1;
                break;
            }
            length *= size;
        }
        if (span < 0 || tensor.offset() < 0 || span > there - tensor.offset()) {
            throw new IOException("its tensor " + Errors.quoted(name) + " of shape " + Arrays.toString(sizes)
                    + ", strides "
                    + Arrays.toString(tensor.strides()) + " from number " + tensor.offset() + " on is impossible with "
                    + there + " numbers in a file of " + in.length() + " bytes");
        }
        return new Entry(tensor.dtype().type, new Shape(sizes), storage.offset() + tensor.offset() * width, length);
    }

    @Override
    public Map<String, Entry> entries() {
        return Collections.unmodifiableMap(entries);
    }

    @Override
    protected void bytes(String name, Entry entry, Consumer<ByteBuffer> use) throws IOException {
        Tensor tensor = tensors.get(name);
        int width = tensor.dtype().bytes();
        if (entry.length() == 0 || !bigEndian && Strided.inOrder(tensor.sizes(), tensor.strides())) {
            super.bytes(name, entry, use);
            return;
        }
        long span = Strided.span(tensor.sizes(), tensor.strides(), in.length()) * width;
        if (span > MAX_ARRAY) {
            throw new IllegalArgumentException("Tensor \"" + name + "\" of " + file
                    + " is a view of more than 2 GiB: save it with tensor.contiguous()");
        }
        byte[] bytes = new byte[(int) span];
        synchronized (this) {
            in.seek(entry.offset());
            in.readFully(bytes);
        }
        ByteBuffer numbers = ByteBuffer.wrap(bytes).order(bigEndian ? ByteOrder.BIG_ENDIAN : ByteOrder.LITTLE_ENDIAN);
        Strided.gather(numbers, width, tensor.sizes(), tensor.strides(), use);
    }

    @Override
    public String toString() {
        return file + ": " + entries.size() + " tensors of PyTorch";
    }
}
