package org.crunet.training;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.crunet.network.Architecture;
import org.crunet.network.Network;
import org.crunet.network.Schemes;
import org.crunet.network.Stem;
import org.junit.jupiter.api.Test;

/** As trainings on several GPUs run: at the same time, in one process. */
class LoopTest {

    private static final Recipe RECIPE = Small.RECIPE.withEpochs(6);

    private static final Architecture NETWORK =
            Small.NETWORK.withStem(Stem.small(16, 1)).withStages(Schemes.dropping());

    private static Map<String, String> trained(long seed, Runnable begun) {
        Recipe recipe = RECIPE.withSeed(seed);
        TrainingListener listener = new TrainingListener() {
            @Override
            public void started(String title, int epochs, History before) {
                begun.run();
            }
        };
        try (Network network = NETWORK.build(seed);
                Loop loop = new Loop(network, Small.data(), recipe, List.of(listener), null)) {
            loop.run();
            return Small.weights(network);
        }
    }

    @Test
    void whatTrainsAtTheSameTimeComesToWhatItDoesAlone() throws Exception {
        List<Map<String, String>> alone = List.of(trained(1, () -> {}), trained(2, () -> {}));
        assertNotEquals(alone.get(0), alone.get(1));
        CountDownLatch both = new CountDownLatch(2);
        Runnable together = () -> {
            both.countDown();
            try {
                assertTrue(both.await(1, TimeUnit.MINUTES));
            } catch (InterruptedException e) {
                throw new AssertionError(e);
            }
        };
        ExecutorService threads = Executors.newFixedThreadPool(2);
        try {
            Future<Map<String, String>> first = threads.submit(() -> trained(1, together));
            Future<Map<String, String>> second = threads.submit(() -> trained(2, together));
            assertEquals(alone, new ArrayList<>(List.of(first.get(), second.get())));
        } finally {
            threads.shutdown();
        }
    }
}
