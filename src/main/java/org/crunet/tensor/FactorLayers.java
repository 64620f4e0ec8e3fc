package org.crunet.tensor;

import static org.crunet.base.Errors.require;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import ai.djl.nn.Block;
import ai.djl.nn.SequentialBlock;
import java.util.ArrayList;
import java.util.List;

/** The factors of a kernel as layers. */
final class FactorLayers {

    private static final int PICTURE = 32;

    private FactorLayers() {}

    /** 1x1, core, 1x1; where all four modes have cores of one, the core is two filters a channel, down and across. */
    static List<Convolution> layers(Shape kernel, NDArray cores, List<NDArray> factors) {
        int terms = (int) cores.getShape().get(0);
        boolean channels = factors.get(0) != null && factors.get(1) != null;
        require(
                kernel.dimension() == 4 && (channels || terms == 1),
                "layers: only a kernel (out, in, height, width) that was factorised in its channels can be read as"
                        + " layers, not a tensor " + kernel);
        List<Convolution> layers = new ArrayList<>();
        if (factors.get(1) != null) {
            layers.add(Convolution.pointwise("reduce", factors.get(1).transpose()));
        }
        boolean separable = cores.size() == terms && !factors.contains(null);
        layers.addAll(
                separable
                        ? separable(terms, cores, factors)
                        : List.of(new Convolution("core", core(cores, factors), terms, true, true)));
        if (factors.get(0) != null) {
            layers.add(Convolution.pointwise("expand", factors.get(0)));
        }
        return layers;
    }

    private static List<Convolution> separable(int terms, NDArray cores, List<NDArray> factors) {
        NDArray down = factors.get(2).transpose().mul(cores.reshape(terms, 1)).reshape(terms, 1, -1, 1);
        NDArray across = factors.get(3).transpose().reshape(terms, 1, 1, -1);
        return List.of(
                new Convolution("core, down", down, terms, true, false),
                new Convolution("core, across", across, terms, false, true));
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

    static NDArray convolve(List<Convolution> layers, NDArray x, int stride) {
        NDArray y = x;
        for (Convolution layer : layers) {
            y = layer.apply(y, stride);
        }
        return y;
    }

    /** Initialised for a picture of some size; it takes any. */
    static Block block(List<Convolution> layers, int stride, NDManager owner) {
        Factorised block = new Factorised();
        layers.forEach(layer -> block.add(layer.name(), layer.block(stride, owner)));
        NDArray first = layers.get(0).weight();
        Shape input = new Shape(1, first.getShape().get(1) * layers.get(0).groups(), PICTURE, PICTURE);
        block.initialize(owner, first.getDataType(), input);
        return block;
    }

    /** DJL's sequential block numbers its blocks, but cannot name them. */
    private static final class Factorised extends SequentialBlock {

        void add(String name, Block block) {
            addChildBlock(name, block);
        }
    }
}
