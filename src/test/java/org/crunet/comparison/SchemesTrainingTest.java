package org.crunet.comparison;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import ai.djl.Device;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.crunet.base.Progress;
import org.crunet.data.Splits;
import org.crunet.network.Architecture;
import org.crunet.network.Networks;
import org.crunet.network.Schemes;
import org.crunet.network.Weights;
import org.crunet.notebook.Diagram;
import org.crunet.scenes.Scenes;
import org.crunet.training.History;
import org.crunet.training.Recipe;
import org.crunet.training.Run;
import org.crunet.training.RunFolder;
import org.crunet.training.Step;
import org.crunet.training.Training;
import org.crunet.training.TrainingListener;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Any way to share is trained, taken up again and compared as the paper's networks are. */
class SchemesTrainingTest {

    private static final Splits DATA = Scenes.painted(16).seed(1).split(64, 32);
    private static final Recipe RECIPE = Recipe.QUICK.withEpochs(2).withBatchSize(16);

    private static final Architecture DROPPING =
            Schemes.shaResNet().withStages(Schemes.dropping()).withName("dropping");

    @TempDir
    private Path folder;

    static Stream<Architecture> all() {
        return Schemes.all().stream();
    }

    static Stream<Architecture> allAndOneThatDrops() {
        return Stream.concat(all(), Stream.of(DROPPING));
    }

    @ParameterizedTest
    @MethodSource("allAndOneThatDrops")
    void interruptedAndTakenUpAgainItEndsTheSame(Architecture scheme) {
        Run whole = Training.fit(scheme, DATA, RECIPE, TrainingListener.SILENT);
        TrainingListener stop = new TrainingListener() {
            @Override
            public void step(Step step) {
                if (step.epoch() == 2 && step.step() == 2) {
                    Thread.currentThread().interrupt();
                }
            }
        };
        RunFolder training = Training.in(folder.toString());
        Run stopped = training.fit(scheme, DATA, RECIPE, stop);
        assertEquals(Run.Ending.INTERRUPTED, stopped.ending());
        Run again = training.fit(scheme, DATA, RECIPE, TrainingListener.SILENT);
        assertEquals(Run.Ending.FINISHED, again.ending());
        Weights.of(whole.network().block())
                .forEach((name, weight) -> assertArrayEquals(
                        weight.getArray().toFloatArray(),
                        again.network().weight(name).toFloatArray(),
                        name));
        for (Run run : List.of(whole, stopped, again)) {
            run.network().close();
        }
    }

    /** The processor twice, in the place of two GPUs: there one waits for the other. */
    @Test
    void onTwoDevicesTheyComeToTheSame() {
        Compare compare = Compare.of(DROPPING, Schemes.shaResNet()).seeds(1, 2);
        Comparison one = compare.in(folder + "/one").run(RECIPE, DATA, TrainingListener.SILENT);
        Set<Thread> threads = ConcurrentHashMap.newKeySet();
        TrainingListener where = new TrainingListener() {
            @Override
            public void started(String title, int epochs, History before) {
                threads.add(Thread.currentThread());
            }
        };
        Trainings two = new Trainings(folder.resolve("two"), DATA, Progress.SILENT);
        List<Planned> plan = compare.plan(RECIPE, DATA);
        Compare.runHere(plan, two, planned -> where, List.of(Device.cpu(), Device.cpu()));
        assertEquals(results(one.members()), results(two.members()));
        assertEquals(4, two.answers().size());
        assertEquals(2, threads.size());
    }

    /** Those that train and those that wait. */
    @Test
    void anInterruptStopsTheTrainingsOnAllDevices() {
        Compare compare = Compare.of(DROPPING, Schemes.shaResNet());
        Thread caller = Thread.currentThread();
        TrainingListener stopping = new TrainingListener() {
            @Override
            public void step(Step step) {
                caller.interrupt();
            }
        };
        Trainings two = new Trainings(folder, DATA, Progress.SILENT);
        List<Planned> plan = compare.plan(RECIPE.withEpochs(100_000), DATA);
        Compare.runHere(plan, two, planned -> stopping, List.of(Device.cpu(), Device.cpu()));
        assertFalse(Thread.interrupted());
        assertEquals(List.of(), two.members());
    }

    private static Set<String> results(List<Member> members) {
        return members.stream()
                .map(row -> row.network() + row.seed() + " " + row.trainLoss() + " " + row.validationLoss())
                .collect(Collectors.toSet());
    }

    @Test
    void allAreComparedAndDrawn() {
        List<Architecture> all = Stream.concat(
                        all(), Stream.of(Networks.smallCru(16).withClasses(8)))
                .toList();
        Comparison comparison = Compare.of(all.toArray(Architecture[]::new))
                .seeds(1, 2)
                .in(folder.toString())
                .run(RECIPE.withEpochs(1), DATA, TrainingListener.SILENT);
        assertEquals(2 * all.size(), comparison.members().size());
        for (Architecture scheme : all) {
            assertTrue(Diagram.of(scheme).toString().startsWith(scheme.name()), scheme.name());
        }
        String drawn = Diagram.of(Schemes.shaResNet(), "conv2").toString();
        assertEquals("x -> 3x3, 8 -> BN, ReLU -> 3x3, 8 (shared by 2) -> BN -> + x -> ReLU; 3 units share", drawn);
    }
}
