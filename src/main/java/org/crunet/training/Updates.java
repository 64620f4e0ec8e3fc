package org.crunet.training;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.nn.Parameter;
import java.util.Arrays;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.function.IntToDoubleFunction;
import java.util.stream.IntStream;
import org.crunet.torch.Floats;

/**
 * The steps of an optimizer, with its state.
 *
 * <p>DJL's own keep the learning rate inside the velocity, so a step of the schedule acts late, decay batch norms and
 * biases too, clip each number by itself, and do not give their state away. Written with arrays, a formula would go
 * through memory twelve times; here it is one pass, piece by piece on all cores, each number by itself, so the result
 * does not depend on the pieces. Multiplied and added with one rounding where PyTorch does: its SGD is then ours to the
 * last bit, and the loss of two trainings, a chaotic thing, stays the same for longer.
 */
final class Updates implements AutoCloseable {

    private static final int PIECE = 4096;
    private static final int CORES = Runtime.getRuntime().availableProcessors();
    /** PyTorch's, in {@code clip_grad_norm_}. */
    private static final double CLIP_EPSILON = 1e-6;

    private final NDManager manager;
    private final Map<String, Parameter> parameters;
    private final Recipe recipe;
    private final Map<String, NDArray> state = new LinkedHashMap<>();
    private long steps;

    /** For parameters by name, with a state of zeros; gradients that something before left in them are forgotten. */
    Updates(NDManager owner, Map<String, Parameter> parameters, Recipe recipe) {
        this.manager = owner.newSubManager();
        this.parameters = parameters;
        this.recipe = recipe;
        boolean adam = recipe.optimizer() instanceof Optimizer.AdamW;
        parameters.forEach((name, parameter) -> {
            forget(parameter);
            add("first." + name, parameter);
            if (adam) {
                add("second." + name, parameter);
            }
        });
    }

    private static void forget(Parameter parameter) {
        try (NDArray gradient = parameter.getArray().getGradient()) {
            Floats.set(new float[(int) gradient.size()], gradient);
        }
    }

    private void add(String name, Parameter parameter) {
        NDArray zeros = parameter.getArray().zerosLike();
        zeros.attach(manager);
        state.put(name, zeros);
    }

    /** Velocities or means by name: {@code first.} and {@code second.} before the parameter's. */
    Map<String, NDArray> state() {
        return state;
    }

    /** How many steps were made. */
    long steps() {
        return steps;
    }

    /** Goes on after so many steps, whose state was put into {@link #state}. */
    void resumeAt(long made) {
        steps = made;
    }

    /** One update of every parameter; its gradient is zero afterwards. Says what is not finite, if anything is not. */
    Optional<String> step(double learningRate) {
        Map<String, Double> squares = recipe.clipNorm() == 0 ? Map.of() : squares();
        Optional<String> gradient = NotFinite.among("the gradient of", "gradients", squares, Double::isFinite);
        if (gradient.isPresent()) {
            return gradient;
        }
        steps++;
        float scale = (float) clip(squares.values());
        Map<String, Boolean> finite = new LinkedHashMap<>();
        parameters.forEach((name, parameter) -> finite.put(name, update(name, parameter, learningRate, scale)));
        return NotFinite.among("the weight", "weights", finite, is -> is);
    }

    /** Whether all of its numbers are finite afterwards. */
    private boolean update(String name, Parameter parameter, double learningRate, float scale) {
        boolean decays = recipe.decayAll() || parameter.getType() == Parameter.Type.WEIGHT;
        Rule rule = rule(learningRate, decays ? recipe.weightDecay() : 0);
        NDArray second = state.get("second." + name);
        try (NDArray gradient = parameter.getArray().getGradient();
                Floats w = Floats.of(parameter.getArray());
                Floats g = Floats.of(gradient);
                Floats m = Floats.of(state.get("first." + name));
                Floats v = second == null ? null : Floats.of(second)) {
            return pieces(w.size(), (from, to) -> range(rule, scale, new Floats[] {w, g, m, v}, from, to));
        }
    }

    private Rule rule(double rate, double decay) {
        if (recipe.optimizer() instanceof Optimizer.AdamW adam) {
            return new AdamRule(adam, rate, decay, steps);
        }
        return new SgdRule((Optimizer.Sgd) recipe.optimizer(), (float) rate, (float) decay);
    }

    /** The factor that brings the global norm of all gradients down to the limit, as PyTorch's clip_grad_norm_. */
    private double clip(Collection<Double> squares) {
        if (recipe.clipNorm() == 0) {
            return 1;
        }
        double sum = 0;
        for (double some : squares) {
            sum += some;
        }
        return Math.min(1, recipe.clipNorm() / (Math.sqrt(sum) + CLIP_EPSILON));
    }

    /** The sum of squares of every gradient. */
    private Map<String, Double> squares() {
        Map<String, Double> squares = new LinkedHashMap<>();
        parameters.forEach((name, parameter) -> {
            try (NDArray gradient = parameter.getArray().getGradient();
                    Floats g = Floats.of(gradient)) {
                squares.put(name, sum((g.size() + PIECE - 1) / PIECE, piece -> squares(g, piece * PIECE)));
            }
        });
        return squares;
    }

    /** Added in the order of the pieces, whoever made them first. */
    private static double sum(int pieces, IntToDoubleFunction piece) {
        double sum = 0;
        for (double part : IntStream.range(0, pieces)
                .parallel()
                .mapToDouble(piece::applyAsDouble)
                .toArray()) {
            sum += part;
        }
        return sum;
    }

    private static double squares(Floats g, int from) {
        float[] values = new float[Math.min(PIECE, g.size() - from)];
        g.get(from, values, values.length);
        double sum = 0;
        for (float value : values) {
            sum += (double) value * value;
        }
        return sum;
    }

    private interface Range {
        boolean of(int from, int to);
    }

    /** Whether the work comes out true on all pieces. */
    private static boolean pieces(int size, Range work) {
        int pieces = (size + PIECE - 1) / PIECE;
        int parts = Math.min(pieces, CORES);
        boolean[] right = new boolean[parts];
        IntStream.range(0, parts).parallel().forEach(part -> {
            int from = (int) ((long) pieces * part / parts) * PIECE;
            int to = (int) Math.min(size, (long) pieces * (part + 1) / parts * PIECE);
            right[part] = work.of(from, to);
        });
        return IntStream.range(0, parts).allMatch(part -> right[part]);
    }

    /**
     * Through short arrays, for which the compiler makes vector instructions, as it does not for buffers.
     *
     * @return whether all new weights are finite: 0 times any other is no number
     */
    private static boolean range(Rule rule, float scale, Floats[] numbers, int from, int to) {
        float[] w = new float[PIECE];
        float[] g = new float[PIECE];
        float[] m = new float[PIECE];
        float[] v = new float[PIECE];
        float[] zeros = new float[PIECE];
        float[] nothing = new float[PIECE];
        float[][] pieces = {w, g, m, v};
        for (int at = from; at < to; at += PIECE) {
            int count = Math.min(PIECE, to - at);
            for (int i = 0; i < pieces.length && numbers[i] != null; i++) {
                numbers[i].get(at, pieces[i], count);
            }
            for (int i = 0; i < count; i++) {
                g[i] *= scale;
            }
            rule.apply(w, g, m, v, count);
            for (int i = 0; i < count; i++) {
                nothing[i] += 0 * w[i];
            }
            System.arraycopy(zeros, 0, g, 0, count);
            for (int i = 0; i < pieces.length && numbers[i] != null; i++) {
                numbers[i].put(at, pieces[i], count);
            }
        }
        return Arrays.equals(nothing, zeros);
    }

    /** Changes weights w and state m, v by gradients g. */
    private interface Rule {
        void apply(float[] w, float[] g, float[] m, float[] v, int count);
    }

    private record SgdRule(Optimizer.Sgd sgd, float rate, float decay) implements Rule {
        @Override
        public void apply(float[] w, float[] g, float[] m, float[] v, int count) {
            float momentum = (float) sgd.momentum();
            boolean nesterov = sgd.nesterov();
            for (int i = 0; i < count; i++) {
                float decayed = Math.fma(decay, w[i], g[i]);
                m[i] = momentum * m[i] + decayed;
                w[i] = Math.fma(-rate, nesterov ? Math.fma(momentum, m[i], decayed) : m[i], w[i]);
            }
        }
    }

    private record AdamRule(Optimizer.AdamW adam, double rate, double decay, long step) implements Rule {
        @Override
        public void apply(float[] w, float[] g, float[] m, float[] v, int count) {
            float kept = (float) (1 - rate * decay);
            float beta2 = (float) adam.beta2();
            float new1 = (float) (1 - adam.beta1());
            float new2 = (float) (1 - adam.beta2());
            float size = (float) (rate / (1 - Math.pow(adam.beta1(), step)));
            float root = (float) Math.sqrt(1 - Math.pow(adam.beta2(), step));
            float epsilon = (float) adam.epsilon();
            for (int i = 0; i < count; i++) {
                m[i] = Math.fma(new1, g[i] - m[i], m[i]);
                v[i] = Math.fma(new2 * g[i], g[i], v[i] * beta2);
                w[i] = w[i] * kept - size * (m[i] / ((float) Math.sqrt(v[i]) / root + epsilon));
            }
        }
    }

    @Override
    public void close() {
        manager.close();
    }
}
