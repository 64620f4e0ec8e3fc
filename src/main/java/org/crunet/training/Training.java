package org.crunet.training;

import ai.djl.ndarray.types.Shape;
import java.nio.file.Path;
import java.util.Objects;
import java.util.ServiceLoader;
import org.crunet.data.Splits;
import org.crunet.evaluation.Compatibility;
import org.crunet.network.Architecture;
import org.crunet.network.Network;
import org.crunet.torch.NativeSettings;

/** The way in: one call trains a network and shows how it goes. */
public final class Training {

    private static Run last;

    private Training() {}

    /**
     * Builds a network from the recipe's seed and trains it: the same call gives the same network again.
     *
     * @param architecture what to build; its classes and image size must be the data's
     * @param data images to learn from and to measure on
     * @param recipe how to train
     * @return the trained network and its history
     * @throws IllegalArgumentException if network, data and recipe do not fit; the message says what to change
     * @throws LossException if the loss is no longer a finite number, with the step, the batch and the layer; {@link #last}
     *     has the network all the same
     * @throws TrainingException if in an epoch no image to learn from or none to measure on could be read
     */
    public static Run fit(Architecture architecture, Splits data, Recipe recipe) {
        return fit(architecture, data, recipe, listener());
    }

    /**
     * As {@link #fit(Architecture, Splits, Recipe)}, telling the given listener.
     *
     * @param architecture what to build
     * @param data images to learn from and to measure on
     * @param recipe how to train
     * @param listener hears how it goes; {@link TrainingListener#SILENT} for nothing at all
     * @return the trained network and its history
     */
    public static Run fit(Architecture architecture, Splits data, Recipe recipe, TrainingListener listener) {
        return fit(build(architecture, recipe), data, recipe, listener);
    }

    /**
     * Trains a network further, from the weights it has.
     *
     * @param network what to train; its classes and image size must be the data's
     * @param data images to learn from and to measure on
     * @param recipe how to train
     * @return the same network and the new history
     * @throws IllegalStateException if the network was closed
     */
    public static Run fit(Network network, Splits data, Recipe recipe) {
        return fit(network, data, recipe, listener());
    }

    /**
     * As {@link #fit(Network, Splits, Recipe)}, telling the given listener.
     *
     * @param network what to train
     * @param data images to learn from and to measure on
     * @param recipe how to train
     * @param listener hears how it goes
     * @return the same network and the new history
     */
    public static Run fit(Network network, Splits data, Recipe recipe, TrainingListener listener) {
        return fit(network, data, recipe, listener, null, false);
    }

    /**
     * A folder that keeps a training, so that it can go on after the kernel was restarted.
     *
     * @param folder such as {@code runs/cru}; made when it is not there
     * @return the folder: call {@code fit} or {@code resume} on it; checkpoints at the end of every epoch, at an interrupt
     *     and every ten minutes, the newest three kept
     * @throws IllegalArgumentException if the name is blank
     */
    public static RunFolder in(String folder) {
        return new RunFolder(Path.of(Objects.requireNonNull(folder, "folder is null")), 3, 0, 600);
    }

    /**
     * Says whether a network and a recipe fit images, before time is spent on them.
     *
     * @param architecture what is to be trained
     * @param data images to learn from and to measure on
     * @param recipe how to train
     * @throws IllegalArgumentException if it is for other classes, channels or sizes, or a batch does not fill; the message
     *     says what to change
     */
    public static void requireFit(Architecture architecture, Splits data, Recipe recipe) {
        Checks.batch(recipe, data);
        Compatibility.fit(architecture.name(), architecture.input(1), new Shape(1, architecture.classes()), data);
    }

    static Network build(Architecture architecture, Recipe recipe) {
        Objects.requireNonNull(architecture, "architecture is null");
        Objects.requireNonNull(recipe, "recipe is null");
        return architecture.build(recipe.seed(), Devices.of(recipe).get(0));
    }

    static synchronized Run fit(
            Network network, Splits data, Recipe recipe, TrainingListener listener, RunFolder folder, boolean resume) {
        Objects.requireNonNull(network, "network is null");
        Objects.requireNonNull(data, "data is null");
        Objects.requireNonNull(recipe, "recipe is null");
        Objects.requireNonNull(listener, "listener is null");
        network.requireOpen();
        Compatibility.fit(network, data);
        Checks.batch(recipe, data);
        Checks.device(network, recipe);
        try (Loop loop = new Loop(network, data, recipe, listener, folder, Devices.of(recipe))) {
            loop.resume(resume);
            try {
                loop.run();
            } finally {
                last = loop.result();
            }
        } finally {
            NativeSettings.releaseMemory();
        }
        return last;
    }

    /**
     * The newest training of this process, also one that was interrupted or failed: a kernel may end an interrupted cell
     * before its variable is assigned, and the weights are worth keeping. Waits for a training that another thread has running,
     * until it ends: after an interrupt that is no longer than a batch.
     *
     * @return the run; its network holds the weights of the last step
     * @throws IllegalStateException if nothing was trained yet
     */
    public static synchronized Run last() {
        if (last == null) {
            throw new IllegalStateException("nothing was trained yet: call Training.fit first");
        }
        return last;
    }

    static TrainingListener listener() {
        return ServiceLoader.load(TrainingListener.Provider.class, Training.class.getClassLoader()).stream()
                .flatMap(provider -> provider.get().listener().stream())
                .findFirst()
                .orElse(TrainingListener.SILENT);
    }
}
