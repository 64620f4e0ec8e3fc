package org.crunet.evaluation;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import ai.djl.pytorch.jni.JniUtils;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import org.crunet.data.ImageSet;
import org.crunet.network.Network;
import org.crunet.network.Networks;
import org.crunet.scenes.Scenes;
import org.crunet.torch.Precision;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** Images on all cores. */
class InferenceTest {

    private static final ImageSet IMAGES = Scenes.painted(32).seed(3).images(100);

    private static Network network() {
        return Networks.smallCru(32).withClasses(8).build(4);
    }

    /** Another batch may take another algorithm, another number of threads may not. */
    @Test
    @Tag("slow")
    void theSameBitsOnAnyNumberOfThreads() {
        ImageSet few = IMAGES.first(20);
        try (Network network = network()) {
            int threads = network.threads();
            float[][] once = Inference.probabilities(network, IMAGES);
            float[][] tenCrops = Evaluation.tenCrop(network, few).probabilities();
            float[][] features = Inference.features(network, IMAGES);
            try {
                for (int number : new int[] {1, 3}) {
                    JniUtils.setNumThreads(number);
                    assertArrayEquals(once, Inference.probabilities(network, IMAGES));
                    assertArrayEquals(tenCrops, Evaluation.tenCrop(network, few).probabilities());
                    assertArrayEquals(features, Inference.features(network, IMAGES));
                    assertEquals(number, JniUtils.getNumThreads(), "as before for what follows");
                }
            } finally {
                JniUtils.setNumThreads(threads);
            }
        }
    }

    @Test
    void everyImageIsToldOnce() {
        int[] told = new int[IMAGES.size()];
        int[] some = IntStream.range(0, 70).map(i -> 99 - i).toArray();
        try (Network network = network()) {
            Inference.probabilities(network, IMAGES, some, false, 16, Precision.FLOAT32, (image, row) -> told[image]++);
        }
        assertArrayEquals(IntStream.range(0, 100).map(i -> i < 30 ? 0 : 1).toArray(), told);
    }

    @Test
    void aFailureEndsAllThreads() {
        var failure = new IllegalStateException("the disk is full");
        try (Network network = network()) {
            assertSame(
                    failure,
                    assertThrows(
                            IllegalStateException.class,
                            () -> Inference.probabilities(
                                    network, IMAGES, new int[] {1, 2, 3}, false, 1, Precision.FLOAT32, (i, row) -> {
                                        throw failure;
                                    })));
            assertEquals(100, Inference.probabilities(network, IMAGES).length);
        }
    }

    @Test
    void anInterruptEndsItAtOnce() throws Exception {
        ImageSet many = Scenes.painted(64).seed(3).images(400);
        CompletableFuture<Throwable> heard = new CompletableFuture<>();
        try (Network network = Networks.smallCru(64).withClasses(8).build(4)) {
            Thread caller = new Thread(() -> {
                heard.complete(assertThrows(RuntimeException.class, () -> {
                    while (true) {
                        Evaluation.tenCrop(network, many).probabilities();
                    }
                }));
                assertTrue(Thread.currentThread().isInterrupted());
            });
            caller.start();
            Thread.sleep(500);
            caller.interrupt();
            Throwable what = heard.get(5, TimeUnit.SECONDS);
            assertTrue(what instanceof CancellationException, what::toString);
            caller.join();
        }
    }
}
