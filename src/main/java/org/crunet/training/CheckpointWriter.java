package org.crunet.training;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.nn.Parameter;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;
import org.crunet.base.Records;
import org.crunet.data.Splits;
import org.crunet.files.Safetensors;
import org.crunet.network.Network;
import org.crunet.network.Weights;
import org.crunet.torch.Floats;

/** Keeps a training in a folder and takes it up again: what is kept is all that the next step depends on. */
final class CheckpointWriter implements AutoCloseable {

    private static final String WEIGHT = "network.";
    private static final String STATE = "optimizer.";
    private static final String EPOCH = "epoch";

    private final RunFolder settings;
    private final CheckpointFolder folder;
    private final Network network;
    private final Updates updates;
    private final Identity identity;
    private final int epochs;
    private long writtenStep = -1;
    private long writtenAt = System.nanoTime();

    CheckpointWriter(RunFolder settings, Network network, Splits data, Recipe recipe, Updates updates) {
        this.settings = settings;
        this.network = network;
        this.updates = updates;
        epochs = recipe.epochs();
        identity = Identity.of(network.architecture(), data, recipe);
        folder = new CheckpointFolder(settings.folder(), settings.keep());
    }

    boolean isEmpty() {
        return folder.isEmpty();
    }

    /** Whether a checkpoint is due by steps or by time. */
    boolean isDue() {
        long step = updates.steps();
        boolean steps = settings.everySteps() > 0 && step % settings.everySteps() == 0;
        boolean time = (System.nanoTime() - writtenAt) / 1e9 >= settings.everySeconds();
        return (steps || time) && step != writtenStep;
    }

    /** Writes a checkpoint. */
    void keep(TrainingState at) {
        Map<String, NDArray> arrays = new LinkedHashMap<>();
        Weights.of(network.block()).forEach((name, weight) -> arrays.put(WEIGHT + name, weight.getArray()));
        updates.state().forEach((name, array) -> arrays.put(STATE + name, array));
        try {
            folder.write(updates.steps(), arrays, identity, at);
        } catch (UncheckedIOException e) {
            throw stopped(at.epoch(), at.step(), e);
        }
        writtenStep = updates.steps();
        writtenAt = System.nanoTime();
    }

    private UncheckedIOException stopped(int epoch, int step, UncheckedIOException e) {
        return new UncheckedIOException(
                "training stopped in epoch " + epoch + " after step " + step + ". " + e.getMessage()
                        + ": once that is put right, the same call goes on from the newest checkpoint in " + folder,
                e.getCause());
    }

    /** Keeps the best weights in a file of their own, which {@code Architecture.load} reads. */
    void keep(Best best, int step) {
        try (NDManager scope = network.manager().newSubManager()) {
            Map<String, String> texts = Weights.about(network);
            texts.put(EPOCH, Records.toJson(best.epoch()));
            folder.writeBest(best.arrays(scope), texts);
        } catch (UncheckedIOException e) {
            throw stopped(best.epoch().epoch(), step, e);
        }
    }

    /** The best weights of the folder, if they are there, whole, and of this network. */
    Optional<Best> best(Consumer<String> problems) {
        Path file = folder.best();
        Optional<Best> best =
                Files.exists(file) ? CheckpointFolder.open(file, problems).flatMap(this::best) : Optional.empty();
        if (best.isEmpty()) {
            problems.accept(file.toAbsolutePath() + " has no weights of this training: the next best take its place");
        }
        return best;
    }

    private Optional<Best> best(Safetensors open) {
        try (open) {
            Map<String, Parameter> parameters = Weights.of(network.block());
            if (!open.metadata().containsKey(EPOCH) || !open.entries().keySet().equals(parameters.keySet())) {
                return Optional.empty();
            }
            Epoch epoch = Records.fromJson(open.metadata().get(EPOCH), Epoch.class);
            Map<String, float[]> weights = new LinkedHashMap<>();
            parameters.keySet().forEach(name -> weights.put(name, open.floats(name)));
            return Optional.of(new Best(network, epoch, weights));
        }
    }

    /**
     * Puts the state of the newest checkpoint that is whole into network and optimizer.
     *
     * @throws TrainingException if none is whole: to begin anew would throw away what may be saved
     */
    TrainingState resume(Consumer<String> problems) {
        List<String> damaged = new ArrayList<>();
        try (Safetensors open = folder.newest(damaged::add).orElseThrow(() -> noneIsWhole(damaged))) {
            damaged.forEach(problems);
            requireSame(open);
            Weights.of(network.block())
                    .forEach((name, weight) -> Floats.set(open.floats(WEIGHT + name), weight.getArray()));
            updates.state().forEach((name, array) -> Floats.set(open.floats(STATE + name), array));
            updates.resumeAt(Long.parseLong(open.metadata().get(CheckpointFolder.STEPS)));
            TrainingState at = CheckpointFolder.state(open);
            if (at.epoch() <= epochs) {
                folder.requireWritable();
            }
            return at;
        }
    }

    private TrainingException noneIsWhole(List<String> damaged) {
        String best = "; best.safetensors may still have the best weights, which architecture.load(...) reads";
        return new TrainingException("the training in " + folder
                + " cannot go on, because none of its checkpoints is whole: " + String.join("; ", damaged)
                + ". Copy them back from elsewhere; or, to begin anew, delete them or give another folder"
                + (Files.exists(folder.best()) ? best : ""));
    }

    private void requireSame(Safetensors open) {
        Identity before = CheckpointFolder.identity(open);
        identity.changed(before).ifPresent(field -> {
            String longer = field.equals("recipe.epochs")
                    ? " (to train longer, take its network further by a new schedule: Training.fit(run.network(), data, recipe))"
                    : "";
            throw new IllegalArgumentException("the training in " + folder + " cannot go on with "
                    + identity.difference(field, before) + longer + "; give what it was begun with, or another folder");
        });
    }

    @Override
    public void close() {
        folder.close();
    }
}
