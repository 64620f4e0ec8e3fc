package org.crunet.training;

import java.nio.file.Path;

/** The training that {@link KillTest} kills: a checkpoint after every step, three kept. */
public final class KilledTraining {

    static final Recipe RECIPE = Small.RECIPE.withEpochs(8);

    private KilledTraining() {}

    /**
     * Begins a training or goes on with it.
     *
     * @param args the folder
     */
    public static void main(String... args) {
        Run run = train(Path.of(args[0]));
        System.exit(run.finished() && run.problems().isEmpty() ? 0 : 1);
    }

    static Run train(Path folder) {
        return Training.in(folder.toString())
                .everySteps(1)
                .keep(3)
                .fit(Small.NETWORK, TrainingTest.bars(), RECIPE, TrainingListener.SILENT);
    }
}
