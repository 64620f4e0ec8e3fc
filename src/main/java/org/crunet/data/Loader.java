package org.crunet.data;

import ai.djl.ndarray.NDManager;
import java.util.Iterator;
import java.util.List;
import java.util.stream.IntStream;

/** Stand-in. */
public final class Loader implements AutoCloseable {
    private final ImageSet images;
    private final Augmentation augmentation;
    private final long seed;
    private final int epoch;
    private final Iterator<int[]> batches;

    private Loader(ImageSet images, Augmentation augmentation, long seed, int epoch, List<int[]> batches) {
        this.images = images;
        this.augmentation = augmentation;
        this.seed = seed;
        this.epoch = epoch;
        this.batches = batches.iterator();
    }

    /** Stand-in.
     * @param images a
     * @param augmentation a
     * @param seed a
     * @param epoch a
     * @param batches a
     * @return a */
    public static Loader of(ImageSet images, Augmentation augmentation, long seed, int epoch, List<int[]> batches) {
        return new Loader(images, augmentation, seed, epoch, batches);
    }

    /** Stand-in.
     * @param scope a
     * @return a */
    public Batch next(NDManager scope) {
        int[] batch = batches.next();
        return new Batch(
                augmentation.mirror()
                        ? Batches.augmented(scope, images, seed, epoch, batch)
                        : Batches.plain(scope, images, batch),
                IntStream.of(batch).map(images::label).toArray(),
                batch);
    }

    @Override
    public void close() {}
}
