package org.crunet.training;

import java.nio.file.Path;
import java.util.function.IntFunction;
import org.crunet.data.Splits;
import org.crunet.network.Architecture;
import org.crunet.network.Schemes;
import org.crunet.scenes.Scenes;

/** The trainings of all schemes, one after the other, which {@link SchemesKillTest} kills: a checkpoint after every step. */
public final class KilledSchemes {

    private KilledSchemes() {}

    /**
     * Begins the trainings or goes on with them.
     *
     * @param args the folder of all
     */
    public static void main(String... args) {
        train(number -> Path.of(args[0], "" + number));
    }

    /** A folder for each. */
    static void train(IntFunction<Path> folder) {
        Splits data = Scenes.painted(16).seed(1).split(64, 32);
        int number = 0;
        for (Architecture scheme : Schemes.all()) {
            Training.in(folder.apply(number++).toString())
                    .everySteps(1)
                    .fit(scheme, data, Recipe.QUICK.withEpochs(2).withBatchSize(16), TrainingListener.SILENT)
                    .network()
                    .close();
        }
    }
}
