package org.crunet.network;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import ai.djl.training.initializer.Initializer;
import java.util.Random;

/**
 * Normal weights of variance {@code 2 / fan-in} (He et al. 2015), as the authors start their networks; templates, {@code (T, out,
 * in, height, width)}, as kernels.
 *
 * <p>Drawn in Java: DJL's own initialisers draw from the engine's global generator, so that a network would depend on
 * whatever ran before it.
 */
final class HeNormal implements Initializer {

    private final Random random;

    HeNormal(long seed) {
        random = new Random(seed);
    }

    @Override
    public NDArray initialize(NDManager manager, Shape shape, DataType type) {
        double deviation =
                Math.sqrt(2.0 / shape.slice(Math.max(1, shape.dimension() - 3)).size());
        float[] values = new float[Math.toIntExact(shape.size())];
        for (int i = 0; i < values.length; i++) {
            values[i] = (float) (deviation * random.nextGaussian());
        }
        return manager.create(values, shape).toType(type, false);
    }
}
