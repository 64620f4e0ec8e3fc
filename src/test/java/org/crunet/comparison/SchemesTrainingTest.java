package org.crunet.comparison;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.crunet.block.Conv;
import org.crunet.block.Flow;
import org.crunet.block.Place;
import org.crunet.block.Unit;
import org.crunet.data.Splits;
import org.crunet.network.Architecture;
import org.crunet.network.Networks;
import org.crunet.network.Schemes;
import org.crunet.network.Stage;
import org.crunet.network.Weights;
import org.crunet.notebook.Diagram;
import org.crunet.scenes.Scenes;
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

    @TempDir
    private Path folder;

    static Stream<Architecture> all() {
        return Schemes.all().stream();
    }

    /** A 3x3 of which a training leaves out a half. */
    private static final class Dropping extends Unit {
        private final Conv conv;

        Dropping(Place place, int channels) {
            super(place, "dropping unit", "");
            conv = conv("conv", channels, channels, 3, 1, 1);
        }

        @Override
        public <T> T apply(Flow<T> flow, T x) {
            return flow.add(flow.dropout(flow.conv(conv, x), 0.5f), x);
        }
    }

    static Stream<Architecture> allAndOneThatDrops() {
        Stage dropping = Stage.of("dropping", 2, 16, (place, stage, norm) -> new Dropping(place, 16));
        return Stream.concat(
                all(), Stream.of(Schemes.shaResNet().withStages(dropping).withName("dropping")));
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
