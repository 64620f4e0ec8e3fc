package org.crunet.network;

import static org.crunet.base.Errors.require;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import java.io.Serializable;
import java.util.List;
import java.util.function.UnaryOperator;
import org.crunet.base.InUse;
import org.crunet.torch.Precision;

/** A network that gives the classes of images, whichever engine runs it: a {@link Network}, or a file of another program. */
public interface Classifier {

    /**
     * Returns what it is called.
     *
     * @return the network's name
     */
    String name();

    /**
     * Returns the shape it was made for.
     *
     * @return {@code (N, C, H, W)}; it takes any N
     */
    Shape input();

    /**
     * Returns the names of the classes it was trained for, where it knows them.
     *
     * @return in the order of the logits; empty if it does not
     */
    default List<String> classes() {
        return List.of();
    }

    /**
     * Throws if this network was closed.
     *
     * @throws IllegalStateException if it was; the message has its name and what to do
     */
    default void requireOpen() {
        if (!manager().isOpen()) {
            throw new IllegalStateException(name() + " was closed: build or open it again");
        }
    }

    /**
     * Returns an owner for arrays of images, on the device it runs on.
     *
     * @return the manager, open as long as this is
     */
    NDManager manager();

    /**
     * Runs it as in evaluation.
     *
     * @param images {@code (N, C, H, W)}
     * @return the logits {@code (N, classes)}, owned by the input's manager
     */
    NDArray forward(NDArray images);

    /**
     * What makes it what it is, to tell it from others: two with one fingerprint say the same.
     *
     * @return a SHA-256 of what it does and of its weights
     * @throws IllegalArgumentException if it cannot be told what it does
     */
    String fingerprint();

    /**
     * Returns on how many threads it runs many batches best, a batch on each.
     *
     * @return 1 if one batch takes all that the device has
     */
    default int threads() {
        return 1;
    }

    /**
     * Makes it ready for many batches.
     *
     * @return what runs it, to be closed
     */
    default Folded folded() {
        return this::forward;
    }

    /**
     * Returns with what numbers it computes on its device.
     *
     * @param wanted what was asked for
     * @return FLOAT32 or BF16
     * @throws IllegalArgumentException if BF16 is asked for and another engine runs it
     */
    default Precision precision(Precision wanted) {
        require(
                wanted != Precision.BF16,
                () -> name() + " is run by another engine, with the numbers of its file: leave out BF16");
        return Precision.FLOAT32;
    }

    /**
     * Makes it ready for many batches, to compute with other numbers.
     *
     * @param precision what {@link #precision(Precision)} returned
     * @return what runs it, to be closed
     */
    default Folded folded(Precision precision) {
        return folded();
    }

    /**
     * Copies all that another process needs to run it.
     *
     * @return the weights as they are now, to be serialised
     * @throws UnsupportedOperationException if it cannot leave this process; the message says why
     */
    default Packed toSerializable() {
        throw new UnsupportedOperationException(name() + " cannot be sent to another process: evaluate it here");
    }

    /** A network on its way to another process. */
    interface Packed extends Serializable {

        /**
         * Opens it.
         *
         * @return the network, to be closed if it can be
         */
        Classifier unpack();
    }

    /** A network with batch norm folded into its convolutions, where its engine does not do so by itself. */
    @FunctionalInterface
    interface Folded extends AutoCloseable {

        /**
         * Runs the network as in evaluation.
         *
         * @param images {@code (N, C, H, W)}
         * @return the logits {@code (N, classes)}, owned by the input's manager
         */
        NDArray forward(NDArray images);

        /** Frees the folded weights, as soon as nobody is using them any more. */
        @Override
        default void close() {}

        /**
         * Makes one whose network is not freed before this is closed.
         *
         * @param network its memory
         * @param free frees the folded weights
         * @param forward runs it
         * @return what runs it, to be closed
         * @throws IllegalStateException if the network was closed
         */
        static Folded of(InUse network, Runnable free, UnaryOperator<NDArray> forward) {
            InUse folded = network.lend("the folded network was closed: make another by Network.folded()", free);
            return new Folded() {
                @Override
                public NDArray forward(NDArray images) {
                    return folded.inside(() -> forward.apply(images));
                }

                @Override
                public void close() {
                    folded.close();
                }
            };
        }
    }
}
