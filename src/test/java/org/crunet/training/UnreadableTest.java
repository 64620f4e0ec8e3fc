package org.crunet.training;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import javax.imageio.ImageIO;
import org.crunet.data.ImageFolder;
import org.crunet.data.ImageSet;
import org.crunet.data.Splits;
import org.crunet.network.Stage;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Files that cannot be read when a training comes to them. */
class UnreadableTest {

    private final List<String> heard = new ArrayList<>();

    @TempDir
    private Path folder;

    private Splits files;

    @BeforeEach
    void write() throws IOException {
        write("train", Small.data().train());
        write("val", Small.data().validation());
        files = ImageFolder.of(folder.toString()).size(8).onDisk().split();
    }

    private void write(String split, ImageSet images) throws IOException {
        for (int i = 0; i < images.size(); i++) {
            Path file = folder.resolve(split)
                    .resolve(images.classes().get(images.label(i)))
                    .resolve(i + ".png");
            Files.createDirectories(file.getParent());
            ImageIO.write(images.image(i), "png", file.toFile());
        }
    }

    private void spoil(ImageSet images, int number) throws IOException {
        for (int i = 0; i < number; i++) {
            Files.write(Path.of(images.describe(i)), new byte[0]);
        }
    }

    private final class Hearing implements TrainingListener {

        private final TrainingListener other;

        Hearing(TrainingListener other) {
            this.other = other;
        }

        @Override
        public void step(Step step) {
            other.step(step);
        }

        @Override
        public void problem(String problem) {
            heard.add(problem.replaceFirst(".*/", ""));
        }

        @Override
        public void finished(History history, Run.Ending ending) {
            heard.add(ending.after(history));
        }
    }

    private String failure() {
        return assertThrows(
                        IllegalStateException.class,
                        () -> Training.fit(Small.NETWORK, files, Small.RECIPE, TrainingListener.SILENT))
                .getMessage();
    }

    @Test
    void atLeastOneOfEachMustBeRead() throws IOException {
        spoil(files.validation(), 15);
        Recipe recipe = Small.RECIPE.withEpochs(1);
        Run run = Training.fit(Small.NETWORK, files, recipe, TrainingListener.SILENT);
        assertEquals(Run.Ending.FINISHED, run.ending());
        assertEquals(15, run.problems().size());
        spoil(files.validation(), 16);
        String empty = ": the file is empty";
        assertEquals(
                "in epoch 1 none of the 16 validation images of "
                        + files.validation().name() + " could be read, beginning with "
                        + files.validation().describe(0) + empty,
                failure());
        spoil(files.train(), 24);
        assertEquals(
                "in epoch 1 none of the 24 training images of " + files.train().name()
                        + " could be read, beginning with " + files.train().describe(0) + empty,
                failure());
        assertEquals(0, Training.last().history().epochs().size());
    }

    @Test
    void theyAreToldOfWhenAnEpochIsCutShort() throws IOException {
        spoil(files.train(), 1);
        String problem = Path.of(files.train().describe(0)).getFileName() + ": the file is empty";
        Run run = Training.fit(Small.NETWORK, files, Small.RECIPE, new Hearing(Small.interruptAfter(3)));
        assertEquals(List.of(problem, "interrupted in epoch 1"), heard);
        assertEquals(files.train().problems(), run.problems());
        heard.clear();
        TrainingListener failing = new Hearing(new TrainingListener() {
            @Override
            public void step(Step step) {
                if (step.step() == 3) {
                    throw new IllegalStateException("enough");
                }
            }
        });
        assertThrows(IllegalStateException.class, () -> Training.fit(Small.NETWORK, files, Small.RECIPE, failing));
        assertEquals(List.of(problem, "failed"), heard);
        assertEquals(files.train().problems(), Training.last().problems());
    }

    /** PyTorch refuses a batch norm of one number a channel. */
    @Test
    void anImageThatRemainsAloneIsLeftOut() throws IOException {
        spoil(files.train(), 1);
        Stage stage = Stage.collective(1, 4, 8);
        Recipe recipe = Small.RECIPE.withEpochs(1).withBatchSize(2);
        Run run = Training.fit(
                Small.NETWORK.withStages(stage, stage, stage, stage), files, recipe, TrainingListener.SILENT);
        assertEquals(Run.Ending.FINISHED, run.ending());
        assertEquals(1, run.problems().size());
    }
}
