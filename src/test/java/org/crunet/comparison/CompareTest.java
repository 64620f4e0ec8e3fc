package org.crunet.comparison;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import ai.djl.ndarray.types.Shape;
import ai.djl.nn.Block;
import ai.djl.nn.ParallelBlock;
import ai.djl.nn.convolutional.Conv2d;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import javax.imageio.ImageIO;
import org.crunet.base.Progress;
import org.crunet.base.Records;
import org.crunet.block.Flow;
import org.crunet.block.Place;
import org.crunet.block.Unit;
import org.crunet.data.ImageFolder;
import org.crunet.data.Splits;
import org.crunet.evaluation.Evaluation;
import org.crunet.evaluation.McNemar;
import org.crunet.network.Architecture;
import org.crunet.network.Network;
import org.crunet.network.Networks;
import org.crunet.network.Stage;
import org.crunet.scenes.Scenes;
import org.crunet.training.Optimizer;
import org.crunet.training.Recipe;
import org.crunet.training.Schedule;
import org.crunet.training.Step;
import org.crunet.training.Training;
import org.crunet.training.TrainingListener;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class CompareTest {

    private static final Architecture CRU = Networks.smallCru(16)
            .withClasses(8)
            .withStages(Stage.collective(2, 8, 16))
            .withName("cru");
    private static final Architecture RESNEXT =
            CRU.withStages(Stage.residual(2, 8, 4, 16)).withName("resnext");
    private static final Recipe RECIPE = Recipe.QUICK.withEpochs(2).withBatchSize(16);
    private static final Splits DATA = Scenes.painted(16).seed(1).split(64, 32);

    @TempDir
    Path folder;

    private Compare compare(String name, Architecture... networks) {
        return Compare.of(networks).in(folder.resolve(name).toString());
    }

    @Test
    void whatANetworkComesToDependsNeitherOnTheOthersNorOnTheOrder() {
        Comparison both = compare("a", CRU, RESNEXT).seeds(1, 2).run(RECIPE, DATA);
        Comparison turned = compare("b", RESNEXT, CRU).seeds(2, 1).run(RECIPE, DATA);
        Comparison alone = compare("c", RESNEXT).seeds(2).run(RECIPE, DATA);
        assertEquals(
                "[cru, resnext] from the seeds [1, 2] in runs/a: call run(recipe, data)",
                Compare.of(CRU, RESNEXT).seeds(1, 2).in("runs/a").toString());
        assertEquals(4, both.members().size());
        assertEquals(List.of("cru", "cru", "resnext", "resnext"), names(both));
        assertEquals(
                List.of(1L, 2L, 1L, 2L),
                both.members().stream().map(Member::seed).toList());
        for (Member member : both.members()) {
            same(member, find(turned, member));
        }
        same(find(both, alone.members().get(0)), alone.members().get(0));
        assertFalse(both.members().get(0).trainLoss() == both.members().get(1).trainLoss(), "seeds differ");
    }

    /** A collective unit has a 1x1 called mix, a bottleneck has none. */
    @Test
    void aRateOfWeightsThatOneNetworkHasIsForItAlone() {
        Recipe some = RECIPE.withRate("*.mix.weight", 0).withDecay("*.core.weight", 3);
        Comparison plain = compare("some", RESNEXT).run(RECIPE.withDecay("*.core.weight", 3), DATA);
        Comparison both = compare("some", CRU, RESNEXT).run(some, DATA);
        assertEquals(
                plain.members(),
                both.members().subList(1, 2),
                "with its time: it has no mix, so it is the same training");
        assertEquals(
                compare("other", CRU).run(some, DATA).members().get(0).trainLoss(),
                both.members().get(0).trainLoss());
        assertFalse(compare("other", CRU).run(RECIPE, DATA).members().get(0).trainLoss()
                == both.members().get(0).trainLoss());
        assertEquals(both, compare("some", CRU, RESNEXT).run(some, DATA), "nothing is trained twice");
        message(() -> compare("none", RESNEXT).run(some, DATA), "no weight is called *.mix.weight: there are ");
        message(() -> Training.fit(RESNEXT, DATA, some), "no weight is called *.mix.weight: there are ");
        message(
                () -> compare("none", CRU, RESNEXT).run(some.withRate("*.alhpa", 0), DATA),
                "no weight is called *.alhpa: there are ");
        assertFalse(Files.exists(folder.resolve("none")));
    }

    /** A unit whose convolution is DJL's, in a block that does not tell what it does. */
    private static final class Hiding extends Unit {
        private final Block hidden;

        Hiding(Place place) {
            super(place, "hiding unit", "");
            Block conv = Conv2d.builder()
                    .setKernelShape(new Shape(1, 1))
                    .setFilters(4)
                    .build();
            hidden = addChildBlock("hidden", new ParallelBlock(lists -> lists.get(0)).add(conv));
        }

        @Override
        public <T> T apply(Flow<T> flow, T x) {
            return flow.block(hidden, x);
        }
    }

    @Test
    void multiplyAddsThatABlockHidesAreSaidToBeMore() {
        Architecture hiding = CRU.withStages(Stage.of("hiding", 1, 4, (place, stage, norm) -> new Hiding(place)))
                .withName("hiding");
        Comparison comparison = compare("hidden", CRU, hiding).run(RECIPE.withEpochs(1), DATA);
        assertEquals(Set.of("hiding"), comparison.atLeast());
        String line = "\nhiding: at least these multiply-adds, as a block of another library hides layers";
        assertTrue(comparison.toString().endsWith(line), comparison.toString());
        assertEquals("2 trainings" + line, comparison.remarks());
        assertEquals(comparison.atLeast(), comparison.only("hiding").atLeast());
        assertEquals(Set.of(), comparison.only("cru").atLeast());
    }

    @Test
    void aMetricIsInEveryRowAndItsMeanInTheSummary() {
        Recipe measured = RECIPE.withEpochs(1)
                .withMetric(
                        "last top-1",
                        one -> Evaluation.of(one, DATA.validation()).top1());
        Comparison comparison = compare("metric", CRU).seeds(1, 2).run(measured, DATA);
        for (Member member : comparison.members()) {
            assertEquals(Map.of("last top-1", member.top1()), member.metrics());
        }
        Summary summary = comparison.summaries().get(0);
        assertEquals(summary.top1(), summary.metrics().get("last top-1"), 1e-12);
        assertEquals(
                comparison.members(),
                compare("metric", CRU).seeds(1, 2).run(measured, DATA).members());
    }

    private static List<String> names(Comparison comparison) {
        return comparison.members().stream().map(Member::network).toList();
    }

    private static Member find(Comparison comparison, Member like) {
        return comparison.members().stream()
                .filter(member -> member.network().equals(like.network()) && member.seed() == like.seed())
                .findFirst()
                .orElseThrow();
    }

    private static void same(Member one, Member other) {
        assertEquals(
                List.of(one.trainLoss(), one.validationLoss(), one.top1(), one.top5(), one.parameters(), one.epochs()),
                List.of(
                        other.trainLoss(),
                        other.validationLoss(),
                        other.top1(),
                        other.top5(),
                        other.parameters(),
                        other.epochs()));
    }

    @Test
    void goesOnWhereItWasInterruptedAndTrainsNothingTwice() throws IOException {
        Comparison first = compare("d", CRU).run(RECIPE, DATA);
        Thread.currentThread().interrupt();
        Comparison interrupted = compare("d", CRU, RESNEXT).run(RECIPE, DATA);
        assertFalse(Thread.interrupted(), "the interrupt is used up");
        assertEquals(
                List.of(),
                interrupted
                        .members()
                        .subList(
                                Math.min(1, interrupted.members().size()),
                                interrupted.members().size()));
        assertEquals(2, interrupted.planned());
        assertEquals("resnext", interrupted.missing().get(interrupted.missing().size() - 1));
        assertTrue(interrupted.toString().contains("of 2 trainings; the same call goes on"), interrupted.toString());
        Comparison whole = compare("d", CRU, RESNEXT).run(RECIPE, DATA);
        assertEquals(2, whole.members().size());
        assertEquals(first.members().get(0), whole.members().get(0), "with its time, so it was not trained again");
        try (Stream<Path> kept = Files.list(folder.resolve("d"))) {
            assertEquals(2, kept.count());
        }
    }

    @Test
    void anotherRecipeOrOtherImagesAreOtherTrainings() {
        Comparison one = compare("e", CRU).run(RECIPE.withEpochs(1), DATA);
        Comparison other = compare("e", CRU).run(RECIPE.withEpochs(1).withLearningRate(0.01), DATA);
        Comparison elsewhere = compare("e", CRU)
                .run(RECIPE.withEpochs(1), Scenes.painted(16).seed(2).split(64, 32));
        assertFalse(one.members().get(0).trainLoss() == other.members().get(0).trainLoss());
        assertFalse(
                one.members().get(0).trainLoss() == elsewhere.members().get(0).trainLoss());
    }

    @Test
    void aTrainingThatFailsIsARowAndTheOthersGoOn() {
        Comparison comparison =
                compare("f", CRU, RESNEXT).run(RECIPE.withLearningRate(9e5).withEpochs(20), DATA);
        assertEquals(2, comparison.members().size());
        assertTrue(comparison.members().get(0).ending().contains("learning rate"));
        assertTrue(Double.isNaN(comparison.members().get(0).top1()));
        assertEquals(0, comparison.summaries().get(0).runs());
        assertTrue(comparison.toString().startsWith("2 trainings, of which 2 failed\ncru: "), comparison.toString());
        assertTrue(comparison.toString().contains("cru, seed 1: the "), comparison.toString());
    }

    /** The weights decay by so much that they grow, and after some epochs are no numbers any more. */
    @Test
    void aTrainingThatFailsHasTheNumbersOfItsLastEpochAndIsNotRepeated() throws IOException {
        Recipe growing = RECIPE.withEpochs(20)
                .withSchedule(Schedule.constant())
                .withOptimizer(Optimizer.adamW())
                .withLearningRate(100)
                .withWeightDecay(0.9);
        Comparison first = compare("j", CRU).run(growing, DATA);
        Member failed = first.members().get(0);
        assertTrue(failed.ending().contains("smaller rate"), "" + failed);
        assertTrue(failed.epochs() > 0 && failed.epochs() < 20 && failed.seconds() > 0, "" + failed);
        assertTrue(failed.top1() >= 0 && failed.trainLoss() > 0, "" + failed);
        assertEquals(0, first.summaries().get(0).runs(), "not one that finished");
        List<Path> before = checkpoints("j", "cru");
        for (Path checkpoint : before) {
            Files.delete(checkpoint);
        }
        assertEquals(first, compare("j", CRU).run(growing, DATA));
        assertEquals(List.of(), checkpoints("j", "cru"), "nothing was trained");
        Comparison renamed = compare("j", CRU.withName("new words")).run(growing, DATA);
        assertEquals(List.of(Records.with(failed, "network", "new words")), renamed.members());
        assertEquals(renamed.members(), renamed.only("new words").members());
        Path note = before.get(0).resolveSibling("failure.json");
        String whole = Files.readString(note);
        for (String damage : List.of(
                "",
                "{}",
                whole.substring(9),
                whole.replaceFirst("\"epochs\":", "$0\"many"),
                whole.replaceFirst("\"epochs\":", "$01"))) {
            Files.writeString(note, damage);
            Comparison damaged = compare("j", CRU).run(growing, DATA);
            String ending = damaged.members().get(0).ending();
            assertTrue(ending.startsWith("cannot read " + note + ": delete it to train again; "), ending);
        }
        Files.delete(note);
        same(failed, compare("j", CRU).run(growing, DATA).members().get(0));
        String times = "\"(seconds|key)\":[^,]*";
        assertEquals(whole.replaceAll(times, ""), Files.readString(note).replaceAll(times, ""));
    }

    /** As the lock of another process. */
    @Test
    void aTrainingThatAnotherProcessMakesIsMissingAndToldAndNoRow() throws IOException {
        Recipe recipe = RECIPE.withEpochs(1);
        Compare both = compare("q", CRU, RESNEXT);
        Path place = new Trainings(folder.resolve("q"), DATA, Progress.SILENT)
                .place(both.plan(recipe, DATA).get(0));
        Files.createDirectories(place);
        try (FileChannel other =
                        FileChannel.open(place.resolve(".lock"), StandardOpenOption.CREATE, StandardOpenOption.WRITE);
                FileLock lock = other.lock()) {
            assertTrue(lock.isValid());
            Comparison comparison = both.run(recipe, DATA);
            assertEquals(List.of("resnext"), names(comparison));
            assertEquals(List.of("cru"), comparison.missing());
            assertEquals(
                    List.of("another training is writing into " + place
                            + ": wait for it, stop it, or give another folder"),
                    comparison.problems());
        }
        Comparison whole = both.run(recipe, DATA);
        assertEquals(List.of("cru", "resnext"), names(whole));
        assertEquals(List.of(), whole.problems());
    }

    @Test
    void aComparisonThatWaitsForAnotherTrainingEndsWithAnInterrupt() throws Exception {
        CountDownLatch begun = new CountDownLatch(1);
        CountDownLatch end = new CountDownLatch(1);
        Thread other = new Thread(() -> compare("r", CRU).run(RECIPE.withEpochs(1), DATA, new TrainingListener() {
            @Override
            public void step(Step step) {
                begun.countDown();
                try {
                    end.await();
                } catch (InterruptedException e) {
                    throw new AssertionError(e);
                }
            }
        }));
        other.start();
        begun.await();
        FutureTask<Comparison> waiting =
                new FutureTask<>(() -> compare("s", CRU).run(RECIPE, DATA));
        Thread thread = new Thread(waiting);
        thread.start();
        while (thread.getState() != Thread.State.WAITING) {
            Thread.sleep(1);
        }
        thread.interrupt();
        assertEquals(List.of("cru"), waiting.get(20, TimeUnit.SECONDS).missing());
        end.countDown();
        other.join();
    }

    @Test
    void progressTellsWhatWasTrainedBefore() {
        List<Long> before = new ArrayList<>();
        Progress progress = new Progress() {
            @Override
            public void done(long done) {
                throw new AssertionError("without what was done before");
            }

            @Override
            public void done(long done, long earlier) {
                before.add(earlier);
            }
        };
        Recipe recipe = RECIPE.withEpochs(1);
        compare("k", CRU).run(recipe, DATA);
        Trainings trainings = new Trainings(folder.resolve("k"), DATA, progress);
        assertTrue(trainings.add(new Planned(0, CRU, recipe, 1.5), TrainingListener.SILENT)
                && trainings.add(new Planned(1, RESNEXT, recipe, 0.5), TrainingListener.SILENT));
        assertEquals(List.of(6L, 6L, 6L, 6L, 6L, 6L), before, "four steps of the first, none of the second");
    }

    @Test
    void aNetworkOfMoreMultiplyAddsCountsForMoreOfTheProgress() {
        Architecture large = RESNEXT.withStages(Stage.residual(2, 32, 4, 64)).withName("large");
        double[] shares = Compare.of(CRU, large).plan(RECIPE, DATA).stream()
                .mapToDouble(Planned::work)
                .toArray();
        assertEquals(2, shares[0] + shares[1], 1e-12);
        assertEquals((double) CRU.cost().multiplyAdds() / large.cost().multiplyAdds(), shares[0] / shares[1], 1e-12);
        assertTrue(shares[0] < 1);
    }

    @Test
    void aTerminalGetsALineWhenATrainingBeginsAndWhenItEnds() {
        Recipe recipe = RECIPE.withEpochs(1);
        List<String> lines = printed(() -> compare("m", CRU, RESNEXT).run(recipe, DATA));
        assertEquals(4, lines.size(), lines.toString());
        assertEquals("training 1 of 2, seed 1: cru on painted", lines.get(0).substring(0, 39));
        assertTrue(lines.get(1).startsWith("finished: 1 epoch, "), lines.toString());
        assertTrue(lines.get(2).startsWith("training 2 of 2, seed 1: resnext on "), lines.toString());
        lines = printed(() -> compare("m", CRU, RESNEXT).run(recipe, DATA));
        assertTrue(lines.get(0).endsWith(", trained before"), lines.toString());
    }

    @Test
    void nothingIsPrintedForAListenerOfOnesOwn() {
        int[] steps = {0};
        TrainingListener counting = new TrainingListener() {
            @Override
            public void step(Step step) {
                steps[0]++;
            }
        };
        assertEquals(List.of(), printed(() -> compare("n", CRU).seeds(1, 2).run(RECIPE.withEpochs(1), DATA, counting)));
        assertEquals(8, steps[0], "of both trainings");
        assertEquals(
                List.of(),
                printed(() -> compare("n", RESNEXT).run(RECIPE.withEpochs(1), DATA, TrainingListener.SILENT)));
    }

    private static List<String> printed(Runnable work) {
        PrintStream console = System.out;
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        System.setOut(new PrintStream(bytes, true, StandardCharsets.UTF_8));
        try {
            work.run();
        } finally {
            System.setOut(console);
        }
        return bytes.toString(StandardCharsets.UTF_8).lines().toList();
    }

    @Test
    void aFaultThatIsNotOfTheTrainingIsNoRow() {
        TrainingListener faulty = new TrainingListener() {
            @Override
            public void step(Step step) {
                throw new IllegalStateException("a fault of the listener");
            }
        };
        assertEquals(
                "a fault of the listener",
                assertThrows(
                                IllegalStateException.class,
                                () -> compare("o", CRU).run(RECIPE, DATA, faulty))
                        .getMessage());
    }

    @Test
    void aLongNameIsShortenedForItsFolder() throws IOException {
        String longest = "a".repeat(80);
        compare("p", CRU.withName(longest), RESNEXT.withName("b".repeat(300)))
                .run(RECIPE.withEpochs(1), DATA, TrainingListener.SILENT);
        try (Stream<Path> kept = Files.list(folder.resolve("p"))) {
            List<String> names =
                    kept.map(path -> path.getFileName().toString()).sorted().toList();
            assertEquals(2, names.size());
            assertTrue(names.get(0).matches(longest + "-seed-1-[0-9a-f]{16}"), names.toString());
            assertTrue(names.get(1).matches("b{80}-seed-1-[0-9a-f]{16}"), names.toString());
        }
    }

    @Test
    void aDamagedTrainingGoesOnFromTheCheckpointBeforeOrIsARow() throws IOException {
        Comparison whole = compare("h", CRU, RESNEXT).run(RECIPE, DATA);
        List<Path> checkpoints = checkpoints("h", "cru");
        assertEquals(2, checkpoints.size());
        damage(checkpoints.get(1));
        same(
                whole.members().get(0),
                compare("h", CRU).run(RECIPE, DATA).members().get(0));
        for (Path checkpoint : checkpoints("h", "cru")) {
            damage(checkpoint);
        }
        Comparison damaged = compare("h", CRU, RESNEXT).run(RECIPE, DATA);
        assertEquals(List.of("cru", "resnext"), names(damaged));
        String ending = damaged.members().get(0).ending();
        assertTrue(ending.contains("none of its checkpoints is whole"), ending);
        assertTrue(ending.contains("to begin anew, delete them"), ending);
        assertEquals(whole.members().get(1), damaged.members().get(1));
    }

    /** Of one network, oldest first. */
    private List<Path> checkpoints(String name, String network) throws IOException {
        try (Stream<Path> files = Files.walk(folder.resolve(name))) {
            return files.filter(
                            file -> file.getParent().getFileName().toString().startsWith(network + "-"))
                    .filter(file -> file.getFileName().toString().startsWith("checkpoint-"))
                    .sorted()
                    .toList();
        }
    }

    private static void damage(Path file) throws IOException {
        byte[] bytes = Files.readAllBytes(file);
        bytes[bytes.length / 2] ^= 1;
        Files.write(file, bytes);
    }

    @Test
    void imagesThatCannotBeReadAreProblemsAndPrinted() throws IOException {
        for (int i = 0; i < 12; i++) {
            Path file = folder.resolve((i < 8 ? "train/" : "val/") + (i % 2 == 0 ? "a/" : "b/") + i + ".png");
            Files.createDirectories(file.getParent());
            ImageIO.write(DATA.train().image(i), "png", file.toFile());
        }
        Splits data = ImageFolder.of(folder.toString()).size(16).onDisk().split();
        Files.write(folder.resolve("train/a/4.png"), new byte[0]);
        Comparison comparison = compare("i", CRU.withClasses(2), RESNEXT.withClasses(2))
                .run(RECIPE.withEpochs(1).withBatchSize(4), data);
        assertEquals(1, comparison.problems().size(), "each once");
        String printed = comparison.toString();
        assertTrue(printed.startsWith("2 trainings; problems: 1, see problems()\n"), printed);
        assertTrue(printed.contains("4.png: the file is empty"), printed);
    }

    @Test
    void ofManyProblemsSomeArePrinted() {
        Comparison comparison =
                new Comparison(List.of(), List.of(), List.of(), List.of("a", "b", "c", "d", "e", "f"), Set.of());
        assertEquals("0 trainings; problems: 6, see problems()\na\nb\nc\nd\nand 2 more", comparison.toString());
    }

    @Test
    void standingsAreMeanAndIntervalOverTheSeedsThatFinished() {
        Comparison comparison = new Comparison(List.of(
                member("a", 1, 0.5, "finished"),
                member("a", 2, 0.7, "finished"),
                member("a", 3, 0.9, "the loss is NaN"),
                member("b", 1, 0.25, "finished")));
        Summary a = comparison.summaries().get(0);
        assertEquals(2, a.runs());
        assertEquals(0.6, a.top1(), 1e-12);
        assertEquals(0, a.low(), "Student's t of one degree of freedom is 12.7, and no top-1 is below 0");
        assertEquals(1, a.high());
        assertTrue(Double.isNaN(comparison.summaries().get(1).low()));
        List<String> lines = comparison.toString().lines().toList();
        assertEquals("a: 10 parameters, top-1 60.0 % (0.0 to 100.0) from 2 seeds, 2 s", lines.get(1));
        assertEquals("b: 10 parameters, top-1 25.0 % from one seed, 2 s", lines.get(2));
        assertEquals(
                "intervals over seeds alone, too narrow for other images, as it is not known which images were right: [a]",
                lines.get(4));
    }

    @Test
    void aNetworkOfWhichNothingFinishedIsARowWithoutNumbersAndTheReasonIsWhole() {
        String reason = "the loss is NaN: " + "so it is, ".repeat(40) + "take a smaller rate";
        Comparison comparison = new Comparison(
                List.of(member("a", 1, 0.5, "finished"), member("b", 1, 0.25, reason)),
                List.of(),
                List.of(),
                List.of("a problem"),
                Set.of());
        Summary b = comparison.summaries().get(1);
        assertEquals(List.of("b", 10L, 20L, 0), List.of(b.network(), b.parameters(), b.multiplyAdds(), b.runs()));
        for (double number : new double[] {b.top1(), b.low(), b.high(), b.seconds()}) {
            assertTrue(Double.isNaN(number), b.toString());
        }
        String head = "2 trainings, of which 1 failed; problems: 1, see problems()\n";
        String rest = "b, seed 1: " + reason + "\na problem";
        assertEquals(head + rest, comparison.remarks());
        assertEquals(
                head + "a: 10 parameters, top-1 50.0 % from one seed, 2 s\nb: 10 parameters, no training finished\n"
                        + rest,
                comparison.toString());
    }

    @Test
    void aNetworkThatIsNamedTwiceIsThereOnce() {
        Comparison comparison = new Comparison(List.of(member("a", 1, 0.5, "finished"), member("a", 2, 1, "finished")));
        assertEquals(comparison, comparison.only("a", "a"));
        assertEquals(
                "1 training", comparison("a").toString().lines().findFirst().orElseThrow());
    }

    private static Comparison comparison(String network) {
        return new Comparison(List.of(member(network, 1, 0.5, "finished")));
    }

    @Test
    void someNetworksOfAnInterruptedComparisonAreNotAllThereEither() {
        Comparison comparison = new Comparison(
                List.of(
                        member("a", 1, 0.5, "finished"),
                        member("b", 1, 0.5, "finished"),
                        member("a", 2, 1, "finished")),
                List.of(),
                List.of("b", "c"),
                List.of("a problem"),
                Set.of());
        assertEquals(5, comparison.planned());
        assertTrue(comparison.only("b").toString().startsWith("1 of 2 trainings; the same call goes on"));
        assertTrue(comparison.only("c", "a").toString().startsWith("2 of 3 trainings; the same call goes on"));
        assertTrue(comparison.only("a").toString().startsWith("2 trainings; problems: 1"));
        message(() -> comparison.only(), "at least one of [a, b, c]");
        message(() -> comparison.only("d"), "[a, b, c]");
    }

    @Test
    void theNewestTrainingIsOpenAfterwards() {
        compare("l", CRU, RESNEXT).run(RECIPE.withEpochs(1), DATA);
        Network newest = Training.last().network();
        assertEquals("resnext", newest.name());
        assertEquals(
                Training.last().history().last().validationTop1(),
                Evaluation.of(newest, DATA.validation()).top1());
    }

    /** Whatever was wrong with the file, or if there is none, as of an earlier version. */
    @Test
    void whatEachImageGotIsKeptBesideTheTrainingAndMadeAgainWhereItIsMissingOrWrong() throws IOException {
        Recipe recipe = RECIPE.withEpochs(1);
        Comparison first = compare("s", CRU, RESNEXT).seeds(1, 2).run(recipe, DATA);
        assertEquals(
                List.of("cru, seed 1", "cru, seed 2", "resnext, seed 1", "resnext, seed 2"),
                first.answers().stream().map(Answers::name).toList());
        for (int i = 0; i < 4; i++) {
            Answers answers = first.answers().get(i);
            assertEquals(DATA.validation().size(), answers.read().cardinality());
            assertEquals(first.members().get(i).top1(), answers.top1());
            assertEquals(DATA.validation().fingerprint(), answers.images());
        }
        List<Path> files = files("s", "answers.safetensors");
        assertEquals(4, files.size());
        byte[] before = Files.readAllBytes(files.get(0));
        assertTrue(before.length < 500 + DATA.validation().size(), "compact: " + before.length);
        Files.delete(files.get(0));
        assertEquals(first, compare("s", CRU, RESNEXT).seeds(1, 2).run(recipe, DATA));
        assertArrayEquals(before, Files.readAllBytes(files.get(0)));
        refused(first, files.get(0), "content has the SHA-256", () -> damage(files.get(0)));
        Splits others = Scenes.painted(16).seed(2).split(64, 32);
        Comparison foreign = compare("t", CRU).run(recipe, others);
        Path theirs = files("t", "answers.safetensors").get(0);
        refused(first, files.get(0), "it is of another training than ", () -> copy(theirs, files.get(0)));
        refused(first, files.get(0), "it is of another training than ", () -> copy(files.get(2), files.get(0)));
        Answers wrong = first.answers().get(0);
        BitSet fewer = wrong.right();
        fewer.clear(fewer.nextSetBit(0));
        String key = files.get(0).getParent().toString().replaceAll(".*-", "");
        refused(
                first,
                files.get(0),
                "it comes to a top-1 of ",
                () -> new Answers("cru", 1, wrong.images(), wrong.read(), fewer).write(files.get(0), key));
        List<Answers> mixed = List.of(first.answers().get(0), foreign.answers().get(0));
        message(
                () -> new Comparison(first.members(), mixed, List.of(), List.of(), Set.of()),
                "cru, seed 1 answered other images than cru, seed 1");
    }

    /** A step that may fail. */
    private interface Change {
        void make() throws IOException;
    }

    private void refused(Comparison first, Path file, String why, Change change) throws IOException {
        change.make();
        Comparison again = compare("s", CRU, RESNEXT).seeds(1, 2).run(RECIPE.withEpochs(1), DATA);
        assertEquals(first.members(), again.members());
        assertEquals(first.answers(), again.answers());
        assertEquals(1, again.problems().size());
        String problem = again.problems().get(0);
        assertTrue(problem.startsWith(file + " is not used: "), problem);
        assertTrue(problem.contains(why), problem);
        assertEquals(first, compare("s", CRU, RESNEXT).seeds(1, 2).run(RECIPE.withEpochs(1), DATA), "mended");
    }

    private static void copy(Path from, Path to) throws IOException {
        Files.copy(from, to, StandardCopyOption.REPLACE_EXISTING);
    }

    private List<Path> files(String name, String file) throws IOException {
        try (Stream<Path> files = Files.walk(folder.resolve(name))) {
            return files.filter(path -> path.endsWith(file)).sorted().toList();
        }
    }

    /** Rows from seeds 1, 2 and 3; answers are a digit an image, a question mark for one that cannot be read. */
    private static Comparison answered(List<String> first, List<String> second) {
        List<Answers> answers = Stream.of(first, second)
                .flatMap(one -> IntStream.range(0, one.size())
                        .mapToObj(s -> IntervalTest.answers(one == first ? "a" : "b", s + 1L, one.get(s))))
                .toList();
        List<Member> members = answers.stream()
                .map(one -> member(one.network(), one.seed(), one.top1(), "finished"))
                .toList();
        return new Comparison(members, answers, List.of(), List.of(), Set.of());
    }

    @Test
    void aPairIsDecidedOnlyWhereItsIntervalIsOnOneSideOfNought() {
        String all = "1".repeat(40);
        List<String> good = List.of(all, "0" + all.substring(1), all);
        List<String> bad = List.of("01".repeat(20), "01".repeat(19) + "00", "01".repeat(20));
        Difference clear = answered(good, bad).differences().get(0);
        assertEquals("a is better", clear.outcome());
        assertEquals(List.of(3, 40), List.of(clear.seeds(), clear.images()));
        assertEquals(0.5, clear.mean(), 1e-12);
        assertTrue(clear.low() > 0 && clear.high() <= 1 && clear.probability() > 0.975, clear.toString());
        Difference turned = answered(bad, good).differences().get(0);
        assertEquals("b is better", turned.outcome());
        assertEquals(1 - clear.probability(), turned.probability(), 1e-7);
        assertEquals(-clear.low(), turned.high(), 1e-7);
        Difference open = answered(good, List.of(all, all, all)).differences().get(0);
        assertEquals("not decided", open.outcome());
        assertTrue(open.low() < 0 && open.high() > 0, open.toString());
        Difference one =
                answered(good.subList(0, 1), bad.subList(0, 1)).differences().get(0);
        assertEquals("not decided", one.outcome(), "from one seed");
        assertTrue(Double.isNaN(one.low()) && Double.isNaN(one.probability()), one.toString());
        assertEquals("a against b: 50.0 points from one seed, not decided", one.toString());
        assertEquals("a against b: -50.0 points (", turned.toString().substring(0, 27));
        assertTrue(turned.toString().endsWith(") from 3 seeds, b is better"), turned.toString());
        McNemar single = answered(good, bad).mcnemar("a", "b", 2);
        assertEquals(
                List.of(19, 20, 0, 1),
                List.of(single.both(), single.onlyFirst(), single.onlySecond(), single.neither()));
        message(() -> answered(good, bad).mcnemar("a", "b", 4), "a, seed 4, got right, only of [a, seed 1, ");
    }

    @Test
    void pairsHaveTheirSeedsAndImagesInCommon() {
        Comparison some = new Comparison(List.of(
                member("a", 1, 0.5, "finished"),
                member("a", 2, 0.7, "finished"),
                member("a", 3, 0.9, "finished"),
                member("b", 2, 0.6, "finished"),
                member("b", 3, 0.7, "finished"),
                member("c", 4, 0.7, "finished")));
        assertEquals(1, some.differences().size(), "c has no seed of the others");
        Difference pair = some.differences().get(0);
        assertEquals(List.of(2, 0), List.of(pair.seeds(), pair.images()));
        assertEquals(0.15, pair.mean(), 1e-12);
        assertEquals(Math.max(-1, 0.15 - 12.7062 * 0.05), pair.low(), 1e-4);
        Difference read = answered(List.of("11?1", "1111"), List.of("0111", "011?"))
                .differences()
                .get(0);
        assertEquals(2, read.images(), "of which two networks from two seeds each know all");
        assertEquals(0.5, read.mean(), 1e-12);
    }

    private static Member member(String network, long seed, double top1, String ending) {
        return new Member(network, 10, 20, seed, 1, 1, 1, top1, 1, 2, ending, Map.of());
    }

    @Test
    void saysWhatCannotBeCompared() {
        message(() -> Compare.of(), "give networks");
        message(() -> Compare.of(CRU, CRU), "two networks are called cru", "withName");
        message(() -> Compare.of(CRU).seeds(), "seeds(1, 2, 3)");
        message(() -> Compare.of(CRU).seeds(1, 1), "[1, 1]");
        message(() -> compare("g", CRU.withClasses(3)).run(RECIPE, DATA), "8 classes");
        message(() -> Compare.of(CRU).in("~/x"), "Java does not know ~");
        message(() -> Compare.of(CRU).in(" "), "needs a folder", "\" \"");
        nothing(() -> Compare.of(CRU).run(RECIPE, DATA, null), "listener");
        nothing(() -> Compare.of((Architecture[]) null), "networks");
        nothing(() -> Compare.of(CRU, null), "one of the networks");
        nothing(() -> Compare.of(CRU).seeds((long[]) null), "seeds");
        nothing(() -> Compare.of(CRU).in(null), "folder");
        nothing(() -> Compare.of(CRU).run(null, DATA), "recipe");
        nothing(() -> Compare.of(CRU).run(RECIPE, null), "data");
    }

    @Test
    void aNetworkThatDoesNotFitIsFoundBeforeAnythingIsTrained() {
        refused(RESNEXT.withClasses(3), "resnext gives (1, 3)", "8 classes", "withClasses(8)");
        refused(RESNEXT.withImageSize(32), "resnext is for 32x32 images", "16x16", "withImageSize(16)");
        refused(
                RESNEXT.withInputChannels(1),
                "resnext takes (1, 1, 16, 16)",
                "images of 3 channels",
                "withInputChannels(3)");
        message(() -> compare("g", CRU).run(RECIPE.withBatchSize(1000), DATA), "a batch of 1000 does not fill");
        assertFalse(Files.exists(folder.resolve("g")));
    }

    private void refused(Architecture misfit, String... parts) {
        message(() -> compare("g", CRU, misfit).run(RECIPE, DATA), parts);
        assertFalse(Files.exists(folder.resolve("g")));
    }

    private static void nothing(org.junit.jupiter.api.function.Executable call, String what) {
        assertEquals(
                what + " is null",
                assertThrows(NullPointerException.class, call).getMessage());
    }

    private static void message(org.junit.jupiter.api.function.Executable call, String... parts) {
        String message = assertThrows(IllegalArgumentException.class, call).getMessage();
        List.of(parts).forEach(part -> assertTrue(message.contains(part), message));
    }
}
