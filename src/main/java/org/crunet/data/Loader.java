package org.crunet.data;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import java.io.IOException;
import java.nio.FloatBuffer;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.NoSuchElementException;
import java.util.concurrent.CancellationException;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.IntStream;

/**
 * Batches of images, read, decoded and augmented on all cores ahead of whoever takes them. What is in a batch depends on
 * seed, epoch and the places of its images alone.
 *
 * <pre>{@code
 * try (var loader = Loader.of(images, Augmentation.SMALL, seed, epoch, batches)) {
 *     Batch batch = loader.next(manager);
 * }
 * }</pre>
 *
 * <p>An image that cannot be read is left out of its batch and named by {@link ImageSet#problems}.
 */
public final class Loader implements AutoCloseable {

    /** Batches for training wait for one another, those for evaluation are taken on all cores. */
    private static final int AHEAD = 2;

    private static final int CORES = Runtime.getRuntime().availableProcessors();

    private final ImageSet images;
    private final View view;
    private final List<int[]> batches;
    private final int ahead;
    private final ExecutorService workers;
    private final Deque<Pending> pending = new ArrayDeque<>();
    private int begun;
    private volatile boolean closed;

    Loader(ImageSet images, View view, List<int[]> batches, int ahead, int threads) {
        this.images = images;
        this.view = view;
        this.batches = batches;
        this.ahead = ahead;
        workers = Executors.newFixedThreadPool(threads, work -> {
            Thread thread = new Thread(work, "images");
            thread.setDaemon(true);
            return thread;
        });
        try {
            readAhead(ahead);
        } catch (RuntimeException | Error e) {
            close();
            throw e;
        }
    }

    /**
     * Returns images for training.
     *
     * @param images where they come from
     * @param augmentation how they are changed
     * @param seed seed of the training
     * @param epoch number of the epoch, from 1
     * @param batches places of the images of each batch
     * @return gives the batches in their order, to be closed
     */
    public static Loader of(ImageSet images, Augmentation augmentation, long seed, int epoch, List<int[]> batches) {
        return new Loader(images, View.augmented(images, augmentation, seed, epoch), batches, AHEAD, CORES);
    }

    /**
     * Returns images as they are.
     *
     * @param images where they come from
     * @param batches places of the images of each batch
     * @return gives the batches in their order, to be closed
     */
    public static Loader plain(ImageSet images, List<int[]> batches) {
        return new Loader(images, View.plain(images), batches, CORES, CORES);
    }

    /**
     * Returns ten crops of each image, as the paper evaluates: the shorter side resized (to 256 for crops of 224), then four corners
     * and the centre, and each of the five mirrored.
     *
     * @param images where they come from
     * @param batches places of the images of each batch
     * @return gives the batches in their order, ten pictures an image, to be closed
     */
    public static Loader tenCrops(ImageSet images, List<int[]> batches) {
        return new Loader(images, View.tenCrops(images), batches, CORES, CORES);
    }

    /** A batch that is being made: which images are there, once their task is done. */
    private record Pending(int[] indices, Pixels pixels, List<Future<Boolean>> readable) {}

    /** Begins batches until so many are being made. */
    private void readAhead(int number) {
        while (pending.size() < number && begun < batches.size()) {
            pending.add(begin(batches.get(begun)));
            begun++;
        }
    }

    private Pending begin(int[] indices) {
        IntStream.of(indices).forEach(images::mustHave);
        long numbers = view.pictures() * 3L * images.height() * images.width();
        Pixels pixels = Pixels.take(indices.length * numbers);
        FloatBuffer values = pixels.values();
        List<Future<Boolean>> readable = new ArrayList<>();
        for (int i = 0; i < indices.length; i++) {
            int at = (int) (i * numbers);
            int index = indices[i];
            readable.add(workers.submit(() -> write(index, values, at)));
        }
        return new Pending(indices, pixels, readable);
    }

    private boolean write(int index, FloatBuffer values, int at) {
        try {
            view.write(index, values, at);
            return true;
        } catch (IOException e) {
            if (!closed) { // else the reading was cut off
                images.source().unreadable(index, e);
            }
            return false;
        } catch (CancellationException e) { // only closing interrupts a worker
            return false;
        } catch (RuntimeException | Error e) {
            throw new IllegalStateException(images.describe(index) + " could not be prepared: " + e, e);
        }
    }

    /**
     * Returns whether there is another batch.
     *
     * @return false when all were given
     */
    public boolean hasNext() {
        return !pending.isEmpty() || begun < batches.size();
    }

    /**
     * Returns the next batch; waits for it if need be. If that fails, the same batch is the next one still.
     *
     * @param scope owner of its array
     * @return the images that could be read, which may be none
     * @throws NoSuchElementException if all batches were given
     * @throws CancellationException if the thread is interrupted
     * @throws IllegalStateException if the loader was closed, or for a fault other than an unreadable file, with the image
     */
    public Batch next(NDManager scope) {
        if (closed || !hasNext()) {
            throw closed ? wasClosed() : new NoSuchElementException("all batches were given");
        }
        readAhead(ahead + 1);
        Pending batch = pending.element();
        int[] readable = IntStream.range(0, batch.indices.length)
                .filter(i -> done(batch.readable.get(i)))
                .toArray();
        int[] indices = IntStream.of(readable).map(i -> batch.indices[i]).toArray();
        Shape shape = new Shape((long) view.pictures() * batch.indices.length, images.height(), images.width(), 3);
        NDArray array = batch.pixels.array(scope, shape, readable, view.pictures());
        pending.remove();
        batch.pixels.giveBack();
        return new Batch(array, IntStream.of(indices).map(images::label).toArray(), indices);
    }

    private static boolean done(Future<Boolean> task) {
        try {
            return task.get();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new CancellationException("Interrupted while images were read");
        } catch (CancellationException e) {
            throw wasClosed();
        } catch (ExecutionException e) {
            throw new IllegalStateException(e.getCause().getMessage(), e.getCause());
        }
    }

    private static IllegalStateException wasClosed() {
        return new IllegalStateException("the loader was closed: take batches before, or make another one");
    }

    /** Stops reading ahead. */
    @Override
    public void close() {
        closed = true;
        for (Runnable waiting : workers.shutdownNow()) {
            ((Future<?>) waiting).cancel(false); // or whoever waits for it waits forever
        }
    }
}
