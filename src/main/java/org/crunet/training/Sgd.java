package org.crunet.training;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.nn.Parameter;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.crunet.tensor.Floats;

/**
 * Stochastic gradient descent with Nesterov momentum as PyTorch defines it: {@code g += wd w; v = m v + g;
 * w -= lr (g + m v)}.
 *
 * <p>DJL's own keeps the learning rate inside the velocity, so a step of the schedule acts late, and decays batch norms
 * and biases too. Written with arrays, the formula would go through memory twelve times; here it is one pass, piece by
 * piece on all cores, each number by itself, so the result does not depend on the pieces.
 */
final class Sgd implements AutoCloseable {

    private static final int PIECE = 4096;
    private static final int CORES = Runtime.getRuntime().availableProcessors();

    private final NDManager manager;
    private final List<Parameter> parameters;
    private final Recipe recipe;
    private final Map<Parameter, NDArray> velocities = new IdentityHashMap<>();

    Sgd(NDManager owner, List<Parameter> parameters, Recipe recipe) {
        this.manager = owner.newSubManager();
        this.parameters = parameters;
        this.recipe = recipe;
        for (Parameter parameter : parameters) {
            NDArray velocity = parameter.getArray().zerosLike();
            velocity.attach(manager);
            velocities.put(parameter, velocity);
        }
    }

    /** One update of every parameter; its gradient is zero afterwards. */
    void step(double learningRate) {
        for (Parameter parameter : parameters) {
            try (NDArray gradient = parameter.getArray().getGradient();
                    Floats w = Floats.of(parameter.getArray());
                    Floats v = Floats.of(velocities.get(parameter));
                    Floats g = Floats.of(gradient)) {
                boolean decays = parameter.getType() == Parameter.Type.WEIGHT;
                double decay = decays ? recipe.weightDecay() : 0;
                Update update = new Update((float) learningRate, (float) recipe.momentum(), (float) decay);
                int pieces = (w.size() + PIECE - 1) / PIECE;
                int parts = Math.min(pieces, CORES);
                IntStream.range(0, parts).parallel().forEach(part -> {
                    int from = (int) ((long) pieces * part / parts) * PIECE;
                    int to = Math.min(w.size(), (int) ((long) pieces * (part + 1) / parts) * PIECE);
                    update.range(w, v, g, from, to);
                });
            }
        }
    }

    /** The formula, for one learning rate, momentum and weight decay. */
    private record Update(float rate, float momentum, float decay) {

        /** Through short arrays, for which the compiler makes vector instructions, as it does not for buffers. */
        void range(Floats ws, Floats vs, Floats gs, int from, int to) {
            float[] w = new float[PIECE];
            float[] v = new float[PIECE];
            float[] g = new float[PIECE];
            float[] zeros = new float[PIECE];
            for (int at = from; at < to; at += PIECE) {
                int count = Math.min(PIECE, to - at);
                ws.get(at, w, count);
                vs.get(at, v, count);
                gs.get(at, g, count);
                apply(w, v, g, count);
                ws.put(at, w, count);
                vs.put(at, v, count);
                gs.put(at, zeros, count);
            }
        }

        private void apply(float[] w, float[] v, float[] g, int count) {
            for (int i = 0; i < count; i++) {
                float decayed = g[i] + decay * w[i];
                v[i] = momentum * v[i] + decayed;
                w[i] -= rate * (decayed + momentum * v[i]);
            }
        }
    }

    @Override
    public void close() {
        manager.close();
    }
}
