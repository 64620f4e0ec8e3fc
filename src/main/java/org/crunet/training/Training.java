package org.crunet.training;

import static org.crunet.base.Errors.require;

import ai.djl.Device;
import ai.djl.engine.Engine;
import ai.djl.ndarray.types.Shape;
import ai.djl.nn.Block;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.CancellationException;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.locks.Lock;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Supplier;
import java.util.stream.Stream;
import org.crunet.data.Splits;
import org.crunet.evaluation.Compatibility;
import org.crunet.files.Folders;
import org.crunet.network.Architecture;
import org.crunet.network.Network;
import org.crunet.torch.NativeSettings;

/** The way in: one call trains a network and shows how it goes. */
public final class Training {

    /** One training at a time on a device, which it keeps busy. */
    private static final Map<Device, ReentrantLock> ALONE = new ConcurrentHashMap<>();

    private static final ThreadLocal<Device> AUTO = new ThreadLocal<>();

    private static volatile Run last;

    private Training() {}

    /**
     * Builds a network from the recipe's seed and trains it: the same call gives the same network again.
     *
     * @param architecture what to build; its classes and image size must be the data's
     * @param data images to learn from and to measure on
     * @param recipe how to train
     * @param listeners hear how it goes, beside what shows it where the program runs; {@link TrainingListener#SILENT} takes the
     *     place of that
     * @return the trained network and its history
     * @throws IllegalArgumentException if network, data and recipe do not fit; the message says what to change
     * @throws LossException if the loss is no longer a finite number, with the step and the layer; it has the network all the same
     * @throws TrainingException if in an epoch no image to learn from or none to measure on could be read
     * @throws CancellationException if the thread is interrupted while it waits for another training of this process
     */
    public static Run fit(Architecture architecture, Splits data, Recipe recipe, TrainingListener... listeners) {
        return fit(() -> build(architecture, recipe), data, recipe, null, listeners);
    }

    /**
     * Trains a network further, from the weights it has.
     *
     * @param network what to train; its classes and image size must be the data's
     * @param data images to learn from and to measure on
     * @param recipe how to train
     * @param listeners as of {@link #fit(Architecture, Splits, Recipe, TrainingListener...)}
     * @return the same network and the new history
     * @throws IllegalStateException if the network was closed
     */
    public static Run fit(Network network, Splits data, Recipe recipe, TrainingListener... listeners) {
        Objects.requireNonNull(network, "network is null");
        return fit(() -> network, data, recipe, null, listeners);
    }

    /**
     * Returns a folder that keeps a training, so that it can go on after the kernel was restarted: with checkpoints at the
     * end of every epoch, at an interrupt, every ten minutes and when the process is told to end, the newest three kept.
     *
     * @param folder such as {@code runs/cru}; made when it is not there
     * @return the folder, to call {@code fit} on
     * @throws IllegalArgumentException if the name is blank
     */
    public static RunFolder in(String folder) {
        return new RunFolder(Folders.named(folder), 3, 0, 600);
    }

    /**
     * Throws if a network and a recipe do not fit images, before time is spent on them.
     *
     * @param architecture what is to be trained
     * @param data images to learn from and to measure on
     * @param recipe how to train
     * @throws IllegalArgumentException if it is for other classes, channels or sizes, a batch does not fill, or the recipe names
     *     weights that are not there; the message says what to change
     */
    public static void requireCompatible(Architecture architecture, Splits data, Recipe recipe) {
        alike(List.of(architecture), data, recipe);
    }

    /**
     * Returns the recipe of each of several networks that are trained alike: without {@link Recipe#decays} and {@link
     * Recipe#rates} of weights that only others of them have.
     *
     * @param architectures what is to be trained
     * @param data images to learn from and to measure on
     * @param recipe how to train
     * @return a recipe each
     * @throws IllegalArgumentException as {@link #requireCompatible}, and if the recipe names weights that none of them has
     */
    public static List<Recipe> alike(List<Architecture> architectures, Splits data, Recipe recipe) {
        requireBatch(recipe, data);
        List<Block> blocks = architectures.stream().map(Architecture::block).toList();
        Updates.requireNames(recipe, blocks);
        for (Architecture one : architectures) {
            Compatibility.fit(one.name(), one.input(1), new Shape(1, one.classes()), data);
        }
        return blocks.stream().map(block -> Updates.only(recipe, block)).toList();
    }

    private static void requireBatch(Recipe recipe, Splits data) {
        int images = data.train().size();
        String smaller = images < 2 ? "" : "withBatchSize(" + Integer.highestOneBit(images) + ") or ";
        require(
                images >= recipe.batchSize(),
                "a batch of " + recipe.batchSize() + " does not fill from " + images + " training images: use "
                        + smaller + "more images");
    }

    private static void requireDevice(Network network, Recipe recipe) {
        Device wanted = device(recipe);
        String has = network.name() + " is on " + network.manager().getDevice();
        boolean there = wanted.equals(network.manager().getDevice());
        require(there, has + ", the recipe says " + wanted + ": build(seed, device) there, or change withDevice");
    }

    private static Device device(Recipe recipe) {
        return recipe.device().equals(Recipe.Place.AUTO) && AUTO.get() != null
                ? AUTO.get()
                : recipe.device().of(Engine.getInstance().getGpuCount());
    }

    /**
     * Does some work on a device, on this thread: it is where a recipe trains that leaves the place open.
     *
     * @param <T> what comes out
     * @param device such as {@code Device.gpu(1)}
     * @param work trains, perhaps several networks
     * @return the work's result
     */
    public static <T> T on(Device device, Supplier<T> work) {
        Device before = AUTO.get();
        AUTO.set(device);
        try {
            return work.get();
        } finally {
            AUTO.set(before);
        }
    }

    static Network build(Architecture architecture, Recipe recipe) {
        Objects.requireNonNull(architecture, "architecture is null");
        Objects.requireNonNull(recipe, "recipe is null");
        return architecture.build(recipe.seed(), device(recipe));
    }

    /** Kept in a folder, or not when that is null; nothing is built while another training runs. */
    static Run fit(
            Supplier<Network> network, Splits data, Recipe recipe, RunFolder folder, TrainingListener... listeners) {
        Objects.requireNonNull(recipe, "recipe is null");
        Lock alone = locked(ALONE.computeIfAbsent(device(recipe), any -> new ReentrantLock()));
        try {
            return fit(network.get(), data, recipe, folder, listeners);
        } finally {
            alone.unlock();
        }
    }

    private static Run fit(
            Network network, Splits data, Recipe recipe, RunFolder folder, TrainingListener... listeners) {
        Objects.requireNonNull(data, "data is null");
        Objects.requireNonNull(recipe, "recipe is null");
        return network.inUse(() -> run(network, data, recipe, folder, listeners));
    }

    private static Run run(
            Network network, Splits data, Recipe recipe, RunFolder folder, TrainingListener... listeners) {
        Compatibility.fit(network, data);
        requireBatch(recipe, data);
        requireDevice(network, recipe);
        try (Loop loop = new Loop(network, data, recipe, hearing(listeners), folder)) {
            loop.resume();
            Run run;
            try {
                loop.run();
            } catch (LossException failure) {
                failure.of(loop.result());
                throw failure;
            } finally {
                run = loop.result();
                last = run;
            }
            return run;
        } finally {
            NativeSettings.releaseMemory();
        }
    }

    /** An interrupt ends the waiting, and no other work. */
    private static Lock locked(ReentrantLock alone) {
        if (alone.tryLock()) {
            return alone;
        }
        try {
            alone.lockInterruptibly();
            return alone;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new CancellationException("interrupted while waiting for another training of this process to end");
        }
    }

    private static List<TrainingListener> hearing(TrainingListener... listeners) {
        Objects.requireNonNull(listeners, "listener is null");
        Stream.of(listeners).forEach(listener -> Objects.requireNonNull(listener, "listener is null"));
        Stream<TrainingListener> shown = List.of(listeners).contains(TrainingListener.SILENT)
                ? Stream.empty()
                : Stream.of(TrainingListener.here());
        return Stream.concat(shown, Stream.of(listeners)).toList();
    }

    /**
     * Returns the newest training of this process, also one that was interrupted or failed: a kernel may end an interrupted
     * cell before its variable is assigned, and the weights are worth keeping. Waits for a training that another thread has
     * running, until it ends: after an interrupt that is no longer than a batch.
     *
     * @return the run; its network holds the weights of the last step
     * @throws IllegalStateException if nothing was trained yet
     * @throws CancellationException if this thread is interrupted while it waits
     */
    public static Run last() {
        ALONE.values().forEach(alone -> locked(alone).unlock());
        if (last == null) {
            throw new IllegalStateException("nothing was trained yet: call Training.fit first");
        }
        return last;
    }
}
