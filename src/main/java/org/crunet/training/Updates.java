package org.crunet.training;

import static org.crunet.base.Errors.require;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.nn.Parameter;
import java.util.Arrays;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.BiPredicate;
import java.util.function.Function;
import java.util.function.IntToDoubleFunction;
import java.util.stream.DoubleStream;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.crunet.base.Names;
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
    private static final List<String> MEMORY = List.of("first.", "second.", "third.");
    /** PyTorch's, in {@code clip_grad_norm_}. */
    private static final double CLIP_EPSILON = 1e-6;

    private final NDManager manager;
    private final Map<String, Parameter> parameters;
    private final Recipe recipe;
    private final Map<String, Double> rates;
    private final Map<String, Double> decays;
    private final Map<String, Parameter> frozen = new LinkedHashMap<>();
    private final Map<String, NDArray> state = new LinkedHashMap<>();
    private long steps;

    /** For parameters by name, with a memory of zeros; clears gradients that are left in them. */
    Updates(NDManager owner, Map<String, Parameter> trainable, Recipe recipe) {
        this.parameters = new LinkedHashMap<>(trainable);
        this.recipe = recipe;
        rates = factors(recipe.rates(), trainable, parameter -> 1.);
        decays = factors(
                recipe.decays(),
                trainable,
                parameter -> recipe.decayNormsAndBiases() || parameter.getType() == Parameter.Type.WEIGHT ? 1. : 0.);
        freeze();
        this.manager = owner.newSubManager();
        parameters.forEach((name, parameter) -> {
            forget(parameter);
            memory(name).forEach(one -> state.put(one, parameter.getArray().zerosLike()));
        });
        state.values().forEach(zeros -> zeros.attach(manager));
    }

    /** The last factor that matches a name; every one must match some. */
    private static <T> Map<String, Double> factors(
            List<Recipe.Factor> factors, Map<String, T> parameters, Function<T, Double> otherwise) {
        Map<String, Double> found = new LinkedHashMap<>();
        parameters.forEach((name, parameter) -> found.put(name, otherwise.apply(parameter)));
        factors.forEach(factor -> Names.matching(factor.weights(), parameters)
                .keySet()
                .forEach(name -> found.put(name, factor.factor())));
        return found;
    }

    /** Throws if a factor of the recipe is for weights that are not there. */
    static void requireNames(Recipe recipe, Map<String, Parameter> weights) {
        Map<String, Parameter> trainable = new LinkedHashMap<>(weights);
        trainable.values().removeIf(parameter -> !parameter.requiresGradient());
        Stream.concat(recipe.rates().stream(), recipe.decays().stream())
                .forEach(factor -> Names.matching(factor.weights(), trainable));
    }

    private void freeze() {
        rates.forEach((name, rate) -> {
            if (rate == 0) {
                frozen.put(name, parameters.remove(name));
            }
        });
        require(!parameters.isEmpty(), () -> "all weights are frozen: leave some a rate, " + recipe.rates());
        frozen.values().forEach(parameter -> parameter.getArray().setRequiresGradient(false));
    }

    /** The names of what the optimizer remembers of a parameter. */
    private List<String> memory(String parameter) {
        return MEMORY.stream()
                .limit(recipe.optimizer().memory())
                .map(which -> which + parameter)
                .toList();
    }

    private static void forget(Parameter parameter) {
        try (NDArray gradient = parameter.getArray().getGradient()) {
            Floats.set(new float[(int) gradient.size()], gradient);
        }
    }

    /** What is trained, by name. */
    Map<String, NDArray> weights() {
        Map<String, NDArray> weights = new LinkedHashMap<>();
        parameters.forEach((name, parameter) -> weights.put(name, parameter.getArray()));
        return weights;
    }

    /** Makes all gradients zero, as a step does. */
    void clear() {
        parameters.values().forEach(Updates::forget);
    }

    /** What the optimizer remembers by name: {@code first.} and {@code second.} before the parameter's. */
    Map<String, NDArray> state() {
        return state;
    }

    /** How many steps were made. */
    long steps() {
        return steps;
    }

    /** Sets the number of steps that the {@link #state} is of. */
    void resumeAt(long made) {
        steps = made;
    }

    /** One update of every parameter; its gradient is zero afterwards. Says what is not finite, if anything is not. */
    Optional<String> step(double learningRate) {
        Map<String, Double> squares = recipe.clipNorm() == 0 ? Map.of() : squares();
        Optional<String> gradient = NotFinite.first("the gradient of", squares, Double::isFinite);
        if (gradient.isPresent()) {
            return gradient;
        }
        steps++;
        float scale = (float) clip(squares.values());
        Map<String, Boolean> finite = new LinkedHashMap<>();
        parameters.forEach((name, parameter) -> finite.put(name, update(name, parameter, learningRate, scale)));
        return NotFinite.first("the weight", finite, is -> is);
    }

    /** Whether all of its numbers are finite afterwards. */
    private boolean update(String name, Parameter parameter, double learningRate, float scale) {
        double rate = learningRate * rates.get(name);
        Optimizer.Rule rule = recipe.optimizer().rule(rate, recipe.weightDecay() * decays.get(name), steps);
        try (NDArray gradient = parameter.getArray().getGradient()) {
            Floats[] numbers = Stream.concat(
                            Stream.of(parameter.getArray(), gradient),
                            memory(name).stream().map(state::get))
                    .map(Floats::of)
                    .toArray(Floats[]::new);
            boolean finite = pieces(numbers[0].size(), (from, to) -> range(rule, scale, numbers, from, to));
            Stream.of(numbers).forEach(Floats::close);
            return finite;
        }
    }

    /** The factor that brings the global norm of all gradients down to the limit, as PyTorch's clip_grad_norm_. */
    private double clip(Collection<Double> squares) {
        if (recipe.clipNorm() == 0) {
            return 1;
        }
        double sum = squares.stream().reduce(0., Double::sum);
        return Math.min(1, recipe.clipNorm() / (Math.sqrt(sum) + CLIP_EPSILON));
    }

    /** The length of all gradients together. */
    double gradientNorm() {
        return Math.sqrt(squares().values().stream().reduce(0., Double::sum));
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
        double[] parts =
                IntStream.range(0, pieces).parallel().mapToDouble(piece).toArray();
        return DoubleStream.of(parts).reduce(0, Double::sum);
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

    /** Whether the work comes out true on all pieces. */
    private static boolean pieces(int size, BiPredicate<Integer, Integer> work) {
        int pieces = (size + PIECE - 1) / PIECE;
        int parts = Math.min(pieces, CORES);
        boolean[] right = new boolean[parts];
        IntStream.range(0, parts).parallel().forEach(part -> {
            int from = (int) ((long) pieces * part / parts) * PIECE;
            int to = (int) Math.min(size, (long) pieces * (part + 1) / parts * PIECE);
            right[part] = work.test(from, to);
        });
        return IntStream.range(0, parts).allMatch(part -> right[part]);
    }

    /**
     * Through short arrays, for which the compiler makes vector instructions, as it does not for buffers.
     *
     * @return whether all new weights are finite: 0 times any other is no number
     */
    private static boolean range(Optimizer.Rule rule, float scale, Floats[] numbers, int from, int to) {
        float[][] pieces = new float[numbers.length][PIECE];
        float[] w = pieces[0];
        float[] g = pieces[1];
        float[][] memory = Arrays.copyOfRange(pieces, 2, pieces.length);
        float[] zeros = new float[PIECE];
        float[] nothing = new float[PIECE];
        for (int at = from; at < to; at += PIECE) {
            int count = Math.min(PIECE, to - at);
            for (int i = 0; i < pieces.length; i++) {
                numbers[i].get(at, pieces[i], count);
            }
            for (int i = 0; i < count; i++) {
                g[i] *= scale;
            }
            rule.apply(w, g, memory, count);
            for (int i = 0; i < count; i++) {
                nothing[i] += 0 * w[i];
            }
            System.arraycopy(zeros, 0, g, 0, count);
            for (int i = 0; i < pieces.length; i++) {
                numbers[i].put(at, pieces[i], count);
            }
        }
        return Arrays.equals(nothing, zeros);
    }

    @Override
    public void close() {
        manager.close();
        frozen.values().forEach(parameter -> parameter.getArray().setRequiresGradient(true));
    }
}
