package org.crunet.training;

import static org.junit.jupiter.api.Assertions.assertTrue;

import org.crunet.data.Splits;
import org.crunet.network.Networks;
import org.crunet.scenes.Scenes;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** The run of the first notebook, about two minutes on two cores. {@code ScenesTest} has the linear classifier. */
@Tag("slow")
class PaintedScenesTest {

    @Test
    void aSmallCruNetworkLearnsWhatALinearClassifierCannot() {
        Splits data = Scenes.painted(32).seed(1).split(3000, 600);
        Run run = Training.fit(Networks.smallCru(32).withClasses(8), data, Recipe.QUICK, TrainingListener.SILENT);
        assertTrue(run.history().last().validationTop1() > 0.85, run.toString());
        run.network().close();
    }
}
