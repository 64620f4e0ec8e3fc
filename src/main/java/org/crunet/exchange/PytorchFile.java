package org.crunet.exchange;

import static org.crunet.base.Errors.check;
import static org.crunet.base.Errors.quoted;
import static org.crunet.base.Errors.require;
import static org.crunet.base.Errors.shortened;

import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.crunet.exchange.TorchPickle.Tensor;
import org.crunet.exchange.TorchPickle.Unread;
import org.crunet.exchange.ZipRecords.Section;
import org.crunet.files.InterruptibleFile;
import org.crunet.files.TensorFile;

/**
 * A checkpoint that {@code torch.save} wrote, usually {@code .pth}, {@code .pt} or {@code .pth.tar}, in the zip format or the
 * one before PyTorch 1.6. It is read without Python and without executing anything that its pickle may ask for.
 *
 * <p>The tensors are those of the state dict, by its names: the saved dictionary itself, or the one in it under
 * {@code state_dict}, {@code model_state_dict}, {@code model}, {@code net} or {@code module}. An optimizer's state or
 * arguments beside it are passed over. Views come as what they show, strides or not. A quantised, sparse or complex tensor is
 * among the {@link #entries}, and only who asks for it is told that it is not read.
 */
public final class PytorchFile extends TensorFile {

    private static final String KIND = "a checkpoint that torch.save wrote";
    /** Under which people write what the network is. */
    static final List<String> ARCHITECTURE = List.of("arch", "architecture", "model_name");

    private static final Entry NOT_READ = new Entry(DataType.UNKNOWN, new Shape(0), 0, 0);

    private final boolean bigEndian;
    private final Map<String, Tensor> tensors = new HashMap<>();
    private final String architecture;

    private PytorchFile(Path file, InterruptibleFile in) throws IOException {
        super(file, KIND, in);
        TorchContent content = TorchContent.read(in);
        bigEndian = content.bigEndian();
        for (Map.Entry<String, Object> named : StateDict.of(content.root()).entrySet()) {
            String name = named.getKey();
            if (named.getValue() instanceof Tensor tensor) {
                tensors.put(name, tensor);
                entries.put(
                        name,
                        entry(
                                name,
                                tensor,
                                content.storages().section(tensor.storage().key())));
            } else {
                entries.put(name, NOT_READ);
                unread.put(name, ((Unread) named.getValue()).what());
            }
        }
        architecture = named((Map<?, ?>) content.root()).orElse(null);
    }

    /** In the checkpoint, or in one of its dictionaries, such as that of the settings. */
    private static Optional<String> named(Map<?, ?> root) {
        return Stream.concat(Stream.of(root), root.values().stream())
                .filter(Map.class::isInstance)
                .flatMap(all -> ARCHITECTURE.stream().map(((Map<?, ?>) all)::get))
                .filter(String.class::isInstance)
                .map(String.class::cast)
                .findFirst();
    }

    /**
     * Opens a file and reads where its tensors are.
     *
     * @param file written by {@code torch.save}
     * @return the open file, to be closed
     * @throws UncheckedIOException if it cannot be read or is damaged; its message says what is wrong and what to do
     * @throws IllegalArgumentException if it holds something else than tensors by name
     */
    public static PytorchFile open(Path file) {
        return open(file, KIND, PytorchFile::new);
    }

    /** Nothing is larger than the file, and all of it lies in its storage. */
    private Entry entry(String name, Tensor tensor, Section storage) throws IOException {
        int width = tensor.type().getNumOfBytes();
        Strided view = tensor.view();
        long there = storage.length() / width;
        long size = in.length();
        long count = Strided.count(view.sizes(), size / width);
        long span = view.span(there);
        boolean possible = count >= 0 && span >= 0 && tensor.offset() >= 0 && span <= there - tensor.offset();
        check(
                possible,
                () -> "its tensor " + quoted(name) + " of shape " + shortened(Arrays.toString(view.sizes()))
                        + ", strides " + shortened(Arrays.toString(view.strides())) + " from number " + tensor.offset()
                        + " on is impossible with " + there + " numbers in a file of " + size + " bytes");
        long offset = storage.offset() + tensor.offset() * width;
        return new Entry(tensor.type(), new Shape(view.sizes()), offset, count * width);
    }

    /**
     * Returns what the checkpoint says its network is, under {@code arch}, as PyTorch's example of ImageNet writes it and those
     * who began with that, {@code architecture} or {@code model_name}, also in a dictionary of settings.
     *
     * @return such as {@code resnet50}; empty if it does not say
     */
    public Optional<String> architecture() {
        return Optional.ofNullable(architecture);
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
        String large = " is a view of more than 2 GiB: save it with tensor.contiguous()";
        require(span <= MAX_ARRAY, () -> "Tensor " + quoted(name) + " of " + file + large);
        ByteBuffer numbers = ByteBuffer.allocate((int) span);
        stream(in, entry.offset(), span, numbers::put);
        numbers.flip().order(bigEndian ? ByteOrder.BIG_ENDIAN : ByteOrder.LITTLE_ENDIAN);
        view.gather(numbers, width, use);
    }

    @Override
    public String toString() {
        return file + ": " + entries.size() + " tensors of PyTorch";
    }
}
