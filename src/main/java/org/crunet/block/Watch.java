package org.crunet.block;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.nn.Block;
import java.util.function.BiConsumer;
import java.util.function.Consumer;
import org.crunet.torch.Autocast;
import org.crunet.torch.Precision;

/**
 * A store that looks on while a network runs: a block that is given it shows every convolution's, batch norm's and
 * block's output, inner ones first, before it goes on; in float32, whatever the network computes with.
 */
public final class Watch extends Store {

    private final BiConsumer<Block, NDArray> eye;
    private final Consumer<NDArray> pool;

    /**
     * Makes a store of the parameters as they are.
     *
     * @param manager owner of the parameters
     * @param eye is shown the block and its output, which it must not keep
     */
    public Watch(NDManager manager, BiConsumer<Block, NDArray> eye) {
        this(manager, eye, Precision.FLOAT32);
    }

    /**
     * Makes a store of the parameters as they are, to compute with other numbers.
     *
     * @param manager owner of the parameters
     * @param eye is shown the block and its output, which it must not keep
     * @param precision as of {@link Store}
     */
    public Watch(NDManager manager, BiConsumer<Block, NDArray> eye, Precision precision) {
        this(manager, eye, averaged -> {}, precision);
    }

    /**
     * Makes a store that looks on where pixels are averaged too.
     *
     * @param manager owner of the parameters
     * @param eye is shown the block and its output, which it must not keep
     * @param pool is shown what a global average is taken of, {@code (N, C, H, W)}, which it must not keep
     */
    public Watch(NDManager manager, BiConsumer<Block, NDArray> eye, Consumer<NDArray> pool) {
        this(manager, eye, pool, Precision.FLOAT32);
    }

    private Watch(NDManager manager, BiConsumer<Block, NDArray> eye, Consumer<NDArray> pool, Precision precision) {
        super(manager, precision);
        this.eye = eye;
        this.pool = pool;
    }

    void averages(NDArray x) {
        show(x, pool);
    }

    void saw(Block block, NDArray output) {
        show(output, seen -> eye.accept(block, seen));
    }

    private static void show(NDArray x, Consumer<NDArray> to) {
        NDArray single = Autocast.float32(x);
        to.accept(single);
        if (single != x) {
            single.close();
        }
    }
}
