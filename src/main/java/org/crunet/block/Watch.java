package org.crunet.block;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.nn.Block;
import ai.djl.training.ParameterStore;
import java.util.function.BiConsumer;
import java.util.function.Consumer;

/**
 * A store that looks on while a network runs: a block that is given it shows every convolution's, batch norm's and
 * block's output, inner ones first, before it goes on.
 */
public final class Watch extends ParameterStore {

    private final BiConsumer<Block, NDArray> eye;
    private final Consumer<NDArray> pool;

    /**
     * Makes a store of the parameters as they are.
     *
     * @param manager owner of the parameters
     * @param eye is shown the block and its output, which it must not keep
     */
    public Watch(NDManager manager, BiConsumer<Block, NDArray> eye) {
        this(manager, eye, averaged -> {});
    }

    /**
     * Makes a store that looks on where pixels are averaged too.
     *
     * @param manager owner of the parameters
     * @param eye is shown the block and its output, which it must not keep
     * @param pool is shown what a global average is taken of, {@code (N, C, H, W)}, which it must not keep
     */
    public Watch(NDManager manager, BiConsumer<Block, NDArray> eye, Consumer<NDArray> pool) {
        super(manager, false);
        this.eye = eye;
        this.pool = pool;
    }

    void averages(NDArray x) {
        pool.accept(x);
    }

    void saw(Block block, NDArray output) {
        eye.accept(block, output);
    }
}
