package org.crunet.training;

import static org.crunet.base.Errors.require;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.nn.Parameter;
import java.io.UncheckedIOException;
import java.lang.reflect.RecordComponent;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.crunet.data.ImageSet;
import org.crunet.data.Splits;
import org.crunet.files.Safetensors;
import org.crunet.network.Architecture;
import org.crunet.network.Network;
import org.crunet.network.Weights;
import org.crunet.torch.Floats;

/** Keeps a training in a folder and takes it up again: what is kept is all that the next step depends on. */
final class Keeper implements AutoCloseable {

    private static final String FORMAT = "crunet checkpoint 1";
    private static final String HISTORY = "history";
    private static final String WEIGHT = "network.";
    private static final String STATE = "optimizer.";
    private static final String EPOCH = "epoch";
    private static final String SET = "set of ";
    private static final String ARCHITECTURE = "architecture";

    private final RunFolder settings;
    private final Checkpoints checkpoints;
    private final Network network;
    private final Updates updates;
    private final Map<String, String> about = new LinkedHashMap<>();
    private final Map<String, String> recipe = new LinkedHashMap<>();
    private final int epochs;
    private long writtenStep = -1;
    private long writtenAt = System.nanoTime();

    Keeper(RunFolder settings, Network network, Splits data, Recipe recipe, Updates updates) {
        this.settings = settings;
        this.network = network;
        this.updates = updates;
        epochs = recipe.epochs();
        about.put("format", FORMAT);
        about.put("network", description(network));
        about.put(ARCHITECTURE, description(network.architecture()));
        about.put(SET + "training images", description(data.train()));
        about.put(SET + "validation images", description(data.validation()));
        Stream.of(Recipe.class.getRecordComponents())
                .forEach(field -> this.recipe.put(field.getName(), value(field, recipe)));
        checkpoints = new Checkpoints(settings.folder(), settings.keep());
    }

    private static String description(ImageSet images) {
        return images.size() + " images of " + images.width() + " x " + images.height() + " in "
                + images.classes().size() + " classes, SHA-256 " + images.fingerprint();
    }

    private static String description(Network network) {
        String weights = Weights.of(network.block()).entrySet().stream()
                .map(entry -> entry.getKey() + entry.getValue().getShape())
                .toList()
                .toString();
        return network + ", " + network.architecture().normalisation() + ", names and shapes "
                + hex(weights.hashCode());
    }

    /** Also what does not show in the weights, such as strides and pooling. */
    private static String description(Architecture architecture) {
        return architecture.toString().replaceAll("\n *", "; ") + "; stem: " + architecture.stem();
    }

    private static String hex(int hash) {
        return String.format("%08x", hash);
    }

    private static String value(RecordComponent field, Recipe recipe) {
        try {
            return String.valueOf(field.getAccessor().invoke(recipe));
        } catch (ReflectiveOperationException e) {
            throw new IllegalStateException(e);
        }
    }

    Path folder() {
        return settings.folder().toAbsolutePath();
    }

    boolean isEmpty() {
        return checkpoints.isEmpty();
    }

    /** Whether a checkpoint is due by steps or by time. */
    boolean isDue() {
        long step = updates.steps();
        boolean steps = settings.everySteps() > 0 && step % settings.everySteps() == 0;
        boolean time = (System.nanoTime() - writtenAt) / 1e9 >= settings.everySeconds();
        return (steps || time) && step != writtenStep;
    }

    /** Writes a checkpoint. */
    void keep(Progression at) {
        long step = updates.steps();
        try (NDManager scope = network.manager().newSubManager()) {
            Map<String, NDArray> arrays = new LinkedHashMap<>();
            Weights.of(network.block()).forEach((name, weight) -> arrays.put(WEIGHT + name, weight.getArray()));
            updates.state().forEach((name, array) -> arrays.put(STATE + name, array));
            NDArray history = Progression.table(scope, at.epochs);
            if (history != null) {
                arrays.put(HISTORY, history);
            }
            Map<String, String> texts = new LinkedHashMap<>(about);
            recipe.forEach((name, value) -> texts.put("recipe." + name, value));
            texts.putAll(at.texts());
            checkpoints.write(step, arrays, texts);
        } catch (UncheckedIOException e) {
            throw stopped(at.epoch, at.step, e);
        }
        writtenStep = step;
        writtenAt = System.nanoTime();
    }

    private UncheckedIOException stopped(int epoch, int step, UncheckedIOException e) {
        return new UncheckedIOException(
                "training stopped in epoch " + epoch + " after step " + step + ". " + e.getMessage()
                        + ": once that is put right, resume(...) goes on from the newest checkpoint in "
                        + folder(),
                e.getCause());
    }

    /** Keeps the best weights in a file of their own, which {@code Architecture.load} reads. */
    void keep(Best best, int step) {
        try (NDManager scope = network.manager().newSubManager()) {
            NDArray row = Progression.table(scope, List.of(best.epoch()));
            Map<String, String> texts = new LinkedHashMap<>();
            texts.put("network", network.name());
            texts.put(EPOCH, Arrays.toString(row.toDoubleArray()));
            Safetensors.write(checkpoints.best(), best.arrays(scope), texts);
        } catch (UncheckedIOException e) {
            throw stopped(best.epoch().epoch(), step, e);
        }
    }

    /** The best weights of the folder, if they are there, whole, and of this network. */
    Optional<Best> best(Consumer<String> problems) {
        Path file = checkpoints.best();
        Optional<Best> best =
                Files.exists(file) ? Checkpoints.open(file, problems).flatMap(this::best) : Optional.empty();
        if (best.isEmpty()) {
            problems.accept(file.toAbsolutePath()
                    + " has no weights of this training: the best of the epochs that are still to come takes"
                    + " its place");
        }
        return best;
    }

    private Optional<Best> best(Safetensors open) {
        try (open) {
            Map<String, Parameter> parameters = Weights.of(network.block());
            if (!open.metadata().containsKey(EPOCH) || !open.entries().keySet().equals(parameters.keySet())) {
                return Optional.empty();
            }
            String row = open.metadata().get(EPOCH).replaceAll("[\\[\\]]", "");
            double[] numbers =
                    Stream.of(row.split(", ")).mapToDouble(Double::parseDouble).toArray();
            Map<String, float[]> weights = new LinkedHashMap<>();
            parameters.keySet().forEach(name -> weights.put(name, open.floats(name)));
            return Optional.of(new Best(network, Progression.row(numbers, 0), weights));
        }
    }

    /**
     * Puts the state of the newest checkpoint that is whole into network and optimizer.
     *
     * @throws TrainingException if none is whole: to begin anew would throw away what may be saved
     */
    Progression resume(List<String> problems) {
        try (Safetensors open = checkpoints.newest(problems::add).orElseThrow(() -> noneIsWhole(problems))) {
            requireSame(open);
            Weights.of(network.block())
                    .forEach((name, weight) -> Floats.set(open.floats(WEIGHT + name), weight.getArray()));
            updates.state().forEach((name, array) -> Floats.set(open.floats(STATE + name), array));
            updates.resumeAt(Long.parseLong(open.metadata().get(Checkpoints.STEPS)));
            Progression at = Progression.read(open.metadata(), history(open));
            if (at.epoch <= epochs) {
                checkpoints.requireWritable();
            }
            return at;
        }
    }

    private TrainingException noneIsWhole(List<String> problems) {
        String best = Files.exists(checkpoints.best())
                ? "; " + checkpoints.best().getFileName()
                        + " may still have the best weights, which architecture.load(...) reads"
                : "";
        return new TrainingException("the training in "
                + folder()
                + " cannot go on, because none of its checkpoints is whole: " + String.join("; ", problems)
                + ". Copy them back from elsewhere; or, to begin anew, delete them or give another folder" + best);
    }

    private double[] history(Safetensors open) {
        if (!open.entries().containsKey(HISTORY)) {
            return new double[0];
        }
        try (NDArray table = open.array(network.manager(), HISTORY)) {
            return table.toType(DataType.FLOAT64, false).toDoubleArray();
        }
    }

    private void requireSame(Safetensors open) {
        Map<String, String> before = new HashMap<>(open.metadata());
        before.putIfAbsent(
                ARCHITECTURE, about.get(ARCHITECTURE)); // early checkpoints do not tell it, and name the sets
        before.replaceAll((what, then) -> what.startsWith(SET) ? then.replaceFirst(".*: (?=\\d+ images)", "") : then);
        about.forEach((what, now) -> requireSame(what, before.get(what), now));
        recipe.forEach(
                (field, now) -> requireSame("recipe." + field, open.metadata().get("recipe." + field), now));
    }

    private void requireSame(String what, String before, String now) {
        String longer = what.equals("recipe.epochs")
                ? " (to train longer, take its network further by a new schedule: Training.fit(run.network(), data, recipe))"
                : "";
        require(
                now.equals(before),
                "the training in " + folder() + " cannot go on with another " + what
                        + ": it was " + before + " and is " + now + longer
                        + "; resume with what it was begun with, or train in another folder");
    }

    @Override
    public void close() {
        checkpoints.close();
    }
}
