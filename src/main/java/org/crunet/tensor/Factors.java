package org.crunet.tensor;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.types.Shape;
import ai.djl.nn.Block;
import ai.djl.nn.SequentialBlock;
import java.util.List;

/** The factors of a kernel as layers. */
final class Factors {

    private Factors() {}

    /** 1x1, core, 1x1; where all four modes have cores of one, the core is two filters a channel, down and across. */
    static List<Convolution> layers(Shape kernel, NDArray cores, List<NDArray> factors) {
        Checks.require(
                kernel.dimension() == 4 && factors.get(0) != null && factors.get(1) != null,
                "layers: only a kernel (out, in, height, width) whose channels were factorised can be read as layers,"
                        + " not a tensor " + kernel);
        int terms = (int) cores.getShape().get(0);
        Convolution reduce = Convolution.pointwise("reduce", factors.get(1).transpose());
        Convolution expand = Convolution.pointwise("expand", factors.get(0));
        if (cores.size() > terms || factors.get(2) == null || factors.get(3) == null) {
            return List.of(reduce, new Convolution("core", core(cores, factors), terms, true, true), expand);
        }
        NDArray down = factors.get(2).transpose().mul(cores.reshape(terms, 1)).reshape(terms, 1, -1, 1);
        NDArray across = factors.get(3).transpose().reshape(terms, 1, 1, -1);
        return List.of(
                reduce,
                new Convolution("core, down", down, terms, true, false),
                new Convolution("core, across", across, terms, false, true),
                expand);
    }

    /** The cores with the spatial factors multiplied in: {@code (R out, in, height, width)}. */
    private static NDArray core(NDArray cores, List<NDArray> factors) {
        NDArray core = cores;
        for (int mode = 3; mode <= 4; mode++) {
            NDArray factor = factors.get(mode - 1);
            core = factor == null
                    ? core
                    : Doubles.eachTerm(
                            core, Doubles.blocks(factor, cores.getShape().get(0)), mode);
        }
        Shape shape = core.getShape();
        return core.reshape(shape.get(0) * shape.get(1), shape.get(2), shape.get(3), shape.get(4));
    }

    static NDArray convolve(List<Convolution> layers, NDArray x, int stride, Shape padding) {
        NDArray y = x;
        for (Convolution layer : layers) {
            y = layer.apply(y, stride, padding);
        }
        return y;
    }

    static Block block(List<Convolution> layers, int stride, Shape padding) {
        SequentialBlock block = new SequentialBlock();
        layers.forEach(layer -> block.add(layer.block(stride, padding)));
        return block;
    }
}
