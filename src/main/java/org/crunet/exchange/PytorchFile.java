package org.crunet.exchange;

import static org.crunet.base.Errors.quoted;
import static org.crunet.base.Errors.require;

import ai.djl.ndarray.types.Shape;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Map;
import java.util.function.Consumer;
import org.crunet.exchange.TorchPickle.Tensor;
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

    private PytorchFile(Path file, RandomAccessFile in) throws IOException {
        super(file, KIND, in);
        TorchContent content = TorchContent.read(in);
        bigEndian = content.bigEndian();
        tensors = StateDict.of(content.root());
        for (Map.Entry<String, Tensor> named : tensors.entrySet()) {
            Tensor tensor = named.getValue();
            Section storage = content.storages().section(tensor.storage().key());
            entries.put(named.getKey(), entry(named.getKey(), tensor, storage));
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
        return open(file, KIND, PytorchFile::new);
    }

    /** Nothing is larger than the file, and all of it lies in its storage. */
    private Entry entry(String name, Tensor tensor, Section storage) throws IOException {
        int width = tensor.type().getNumOfBytes();
        Strided view = tensor.view();
        long there = storage.length() / width;
        long count = Strided.count(view.sizes(), in.length() / width);
        long span = view.span(there);
        if (count < 0 || span < 0 || tensor.offset() < 0 || span > there - tensor.offset()) {
            throw new IOException("its tensor " + quoted(name) + " of shape " + Arrays.toString(view.sizes())
                    + ", strides " + Arrays.toString(view.strides()) + " from number " + tensor.offset()
                    + " on is impossible with " + there + " numbers in a file of " + in.length() + " bytes");
        }
        long offset = storage.offset() + tensor.offset() * width;
        return new Entry(tensor.type(), new Shape(view.sizes()), offset, count * width);
    }

    @Override
    protected void bytes(String name, Entry entry, Consumer<ByteBuffer> use) throws IOException {
        Strided view = tensors.get(name).view();
        if (entry.length() == 0 || !bigEndian && view.inOrder()) {
            super.bytes(name, entry, use);
            return;
        }
        int width = entry.type().getNumOfBytes();
        long span = view.span(in.length()) * width;
        require(
                span <= MAX_ARRAY,
                () -> "Tensor \"" + name + "\" of " + file
                        + " is a view of more than 2 GiB: save it with tensor.contiguous()");
        byte[] bytes = new byte[(int) span];
        synchronized (this) {
            in.seek(entry.offset());
            in.readFully(bytes);
        }
        ByteBuffer numbers = ByteBuffer.wrap(bytes).order(bigEndian ? ByteOrder.BIG_ENDIAN : ByteOrder.LITTLE_ENDIAN);
        view.gather(numbers, width, use);
    }

    @Override
    public String toString() {
        return file + ": " + entries.size() + " tensors of PyTorch";
    }
}
