package org.crunet.zoo;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import ai.djl.Application;
import ai.djl.MalformedModelException;
import ai.djl.engine.EngineException;
import ai.djl.inference.Predictor;
import ai.djl.modality.Classifications;
import ai.djl.modality.cv.Image;
import ai.djl.modality.cv.ImageFactory;
import ai.djl.modality.cv.translator.ImageClassificationTranslator;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.nn.Parameter;
import ai.djl.pytorch.engine.PtNDArray;
import ai.djl.pytorch.jni.JniUtils;
import ai.djl.repository.MRL;
import ai.djl.repository.zoo.Criteria;
import ai.djl.repository.zoo.ModelNotFoundException;
import ai.djl.repository.zoo.ModelZoo;
import ai.djl.repository.zoo.ZooModel;
import ai.djl.training.DefaultTrainingConfig;
import ai.djl.training.GradientCollector;
import ai.djl.training.Trainer;
import ai.djl.training.loss.Loss;
import ai.djl.training.optimizer.Optimizer;
import ai.djl.training.tracker.Tracker;
import ai.djl.training.util.ProgressBar;
import ai.djl.translate.NoBatchifyTranslator;
import ai.djl.translate.TranslatorContext;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Collections;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.FutureTask;
import java.util.stream.Collectors;
import java.util.stream.DoubleStream;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import javax.imageio.ImageIO;
import org.crunet.data.Batches;
import org.crunet.files.Safetensors;
import org.crunet.network.Architecture;
import org.crunet.network.Network;
import org.crunet.network.Networks;
import org.crunet.network.Stage;
import org.crunet.network.Weights;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.function.Executable;
import org.junit.jupiter.api.io.TempDir;

/** Models by DJL's Criteria and around a network: the same answers as the network, and messages that say what to do. */
class CruZooTest {

    private static final Architecture TINY = Networks.smallCru(28)
            .withClasses(6)
            .withStages(Stage.collective(2, 8, 16))
            .withName("tiny");
    private static final List<String> NAMES = List.of("beach", "desert", "forest", "glacier", "harbour", "street");

    @TempDir
    private Path folder;

    private Path saved() {
        return saved(TINY, 3);
    }

    private Path saved(Architecture architecture, long seed) {
        Path file = folder.resolve("crunet.safetensors");
        try (Network network = architecture.build(seed)) {
            network.save(file);
        }
        return file;
    }

    private Criteria.Builder<Image, Classifications> criteria() {
        return Criteria.builder()
                .setTypes(Image.class, Classifications.class)
                .optGroupId("org.crunet")
                .optArgument("weights", folder);
    }

    private Criteria.Builder<Image, Classifications> tiny() {
        return criteria().optArgument("architecture", TINY);
    }

    private static Image image() {
        return ImageFactory.getInstance().fromImage(Pictures.coloured(47, 61));
    }

    private static Classifications predict(Criteria<Image, Classifications> criteria) throws Exception {
        try (var model = criteria.loadModel();
                var predictor = model.newPredictor()) {
            return predictor.predict(image());
        }
    }

    private static double[] probabilities(Classifications guess) {
        return guess.getProbabilities().stream().mapToDouble(p -> p).toArray();
    }

    /** The same by hand: 28 * 256 / 224 is 32. */
    private static double[] byHand(Network network) {
        try (NDManager scope = network.manager().newSubManager()) {
            NDArray logits = network.forward(Batches.centre(scope, Pictures.coloured(47, 61), 32, 28));
            float[] row = logits.softmax(1).toFloatArray();
            return IntStream.range(0, row.length).mapToDouble(i -> row[i]).toArray();
        }
    }

    @Test
    void aLoadedModelAnswersAsTheNetwork() throws Exception {
        Path file = saved();
        double[] expected;
        try (Network network = TINY.load(file)) {
            expected = byHand(network);
        }
        assertEquals(1, DoubleStream.of(expected).sum(), 1e-6);
        assertArrayEquals(expected, probabilities(predict(tiny().build())), 1e-6);
        var byZoo = Criteria.builder()
                .setTypes(Image.class, Classifications.class)
                .optModelZoo(new CruZoo())
                .optArgument("architecture", TINY)
                .optArgument("weights", file.toString())
                .optProgress(new ProgressBar())
                .build();
        assertArrayEquals(expected, probabilities(predict(byZoo)), 1e-6);
        assertNotNull(byZoo.toString(), "DJL prints it when it logs");
    }

    /** A row that was saved for another image size is built for that size. */
    @Test
    void aRowTakesTheImageSizeOfTheFile() throws Exception {
        Path file = saved(Networks.RESNET_18.withClasses(3).withImageSize(64), 1);
        var criteria = Criteria.builder()
                .setTypes(Image.class, Classifications.class)
                .optModelZoo(new CruZoo())
                .optArgument("weights", file)
                .build();
        try (var model = criteria.loadModel()) {
            assertEquals(64, ((ClassificationTranslator) model.getTranslator()).size());
        }
        try (Network network = Networks.RESNET_18.build(1)) {
            Map<String, String> about = Weights.about(network);
            assertEquals("[1,3,224,224]", about.get("input"));
            about.put("input", "(1, 3, 64, 64)");
            Safetensors.write(file, Map.of("x", network.weight("head.classifier.bias")), about);
        }
        assertProblem(
                IllegalArgumentException.class,
                criteria::loadModel,
                file + " is for (1, 3, 64, 64), not [N,C,H,W]: read it by architecture.load(file) and save it anew");
    }

    @Test
    void aRowIsFoundByItsNameOrByTheFileAndTakesTheClassesOfTheFile() throws Exception {
        Architecture places = Networks.RESNET_18.withClasses(365);
        Path file = saved(places, 1);
        List<String> lines =
                IntStream.range(0, 365).mapToObj(i -> "/p/place/" + i + " " + i).collect(Collectors.toList());
        Collections.shuffle(lines, new Random(1));
        Files.write(folder.resolve("categories_places365.txt"), lines);
        double[] expected;
        try (Network network = places.load(file);
                NDManager scope = network.manager().newSubManager()) {
            NDArray row = network.forward(Batches.centre(scope, Pictures.coloured(47, 61), 256, 224))
                    .softmax(1);
            float[] values = row.toFloatArray();
            expected = IntStream.range(0, 365).mapToDouble(i -> values[i]).toArray();
        }
        Classifications byFile = predict(criteria().build());
        assertEquals("place/17", byFile.getClassNames().get(17));
        assertArrayEquals(expected, probabilities(byFile), 1e-6);
        for (Criteria<Image, Classifications> named : List.of(
                criteria().optArtifactId("ResNet-18").build(),
                criteria().optArgument("architecture", "resnet-18").build())) {
            assertArrayEquals(expected, probabilities(predict(named)), 1e-6);
        }
        saved(places.withName("other words"), 1);
        assertArrayEquals(expected, probabilities(predict(criteria().build())), 1e-6, "words are free");
        saved(places, 1);
        assertProblem(
                MalformedModelException.class,
                () -> criteria().optArtifactId("ResNet-34").build().loadModel(),
                "does not fit ResNet-34; it was saved from ResNet-18");
    }

    @Test
    void theBestComeFirstWithTheirNames() throws Exception {
        saved();
        assertEquals("class 5", predict(tiny().build()).getClassNames().get(5));
        assertEquals(5, predict(tiny().build()).topK().size());
        Files.write(folder.resolve("synset.txt"), NAMES);
        Classifications guess = predict(tiny().optArgument("topK", "3").build());
        assertEquals(NAMES, guess.getClassNames());
        List<Classifications.Classification> top = guess.topK();
        assertEquals(3, top.size());
        assertTrue(top.get(0).getProbability() >= top.get(1).getProbability());
        assertTrue(top.get(1).getProbability() >= top.get(2).getProbability());
        assertEquals(guess.best().getClassName(), top.get(0).getClassName());
        List<String> letters = List.of("a", "b", "c", "d", "e", "f");
        var given = tiny().optArgument("categories", letters).build();
        assertEquals(letters, predict(given).getClassNames());
        Path elsewhere = Files.write(folder.resolve("names.txt"), letters);
        var read = tiny().optArgument("categories", elsewhere).build();
        assertEquals(letters, predict(read).getClassNames());
    }

    /** The documentation of the zoo quotes it. */
    @Test
    void aModelPathIsForAZooOfDjl() throws Exception {
        saved();
        var elsewhere = tiny().optModelPath(folder).build();
        assertProblem(
                ModelNotFoundException.class, () -> predict(elsewhere), "groupId conflict with ModelZoo criteria");
    }

    @Test
    void otherTypesThatDjlKnowsWorkToo() throws Exception {
        Path file = saved();
        Path photograph = folder.resolve("photograph.png");
        ImageIO.write(Pictures.coloured(47, 61), "png", photograph.toFile());
        var paths = tiny().setTypes(Path.class, Classifications.class).build();
        var bare = tiny().setTypes(NDList.class, NDList.class).build();
        try (Network network = TINY.load(file);
                var model = paths.loadModel();
                var predictor = model.newPredictor();
                var arrays = bare.loadModel();
                var numbers = arrays.newPredictor()) {
            double[] expected = byHand(network);
            assertArrayEquals(expected, probabilities(predictor.predict(photograph)), 1e-6);
            NDArray pixels = Batches.centre(network.manager(), Pictures.coloured(47, 61), 32, 28);
            NDArray logits = numbers.predict(new NDList(pixels)).singletonOrThrow();
            assertEquals(network.forward(pixels).getShape(), logits.getShape());
        }
        assertProblem(
                IllegalArgumentException.class,
                () -> tiny().setTypes(Image.class, String.class).build().loadModel(),
                "no translator from ai.djl.modality.cv.Image to java.lang.String");
    }

    @Test
    void theFolderIsTheModelsOwnForTranslatorsOfDjl() throws Exception {
        saved();
        Files.write(folder.resolve("synset.txt"), NAMES);
        var translator = ImageClassificationTranslator.builder()
                .addTransform(pixels -> pixels.toType(DataType.FLOAT32, false))
                .addTransform(pixels -> pixels.transpose(2, 0, 1).get(":, :28, :28"))
                .optApplySoftmax(true)
                .build();
        try (var model = tiny().optTranslator(translator).build().loadModel();
                var predictor = model.newPredictor()) {
            assertEquals(folder.toAbsolutePath(), model.getModelPath());
            assertEquals(NAMES, predictor.predict(image()).getClassNames());
        }
    }

    @Test
    void aBatchIsAnsweredImageByImage() throws Exception {
        try (Network network = TINY.build();
                var model = CruZoo.model(network, NAMES);
                var predictor = model.newPredictor()) {
            Image other = ImageFactory.getInstance().fromImage(Pictures.grey(90, 30));
            List<Classifications> both = predictor.batchPredict(List.of(image(), other));
            assertArrayEquals(byHand(network), probabilities(both.get(0)), 1e-6);
            assertArrayEquals(probabilities(predictor.predict(other)), probabilities(both.get(1)), 1e-6);
        }
    }

    @Test
    void aModelAroundANetworkLeavesItOpen() throws Exception {
        Network network = TINY.build();
        ZooModel<Image, Classifications> model = CruZoo.model(network, NAMES);
        assertSame(network.block(), model.getBlock());
        model.close();
        byHand(network);
        var second = CruZoo.model(network, NAMES);
        network.close();
        try (second;
                var predictor = second.newPredictor()) {
            assertThrows(Exception.class, () -> predictor.predict(image()));
        }
        assertProblem(IllegalStateException.class, () -> CruZoo.model(network, NAMES), "tiny was closed");
    }

    @Test
    void aLoadedModelFreesItsWeightsWhenItIsClosed() throws Exception {
        saved();
        ZooModel<Image, Classifications> model = tiny().build().loadModel();
        Parameter weight = Weights.of(model.getBlock()).get("stem.conv.weight");
        assertFalse(weight.getArray().isReleased());
        model.close();
        assertTrue(weight.getArray().isReleased());
    }

    @Test
    void djlTrainsAndSavesItAndTheZooReadsItAgain() throws Exception {
        saved();
        double[] before = probabilities(predict(tiny().build()));
        double[] after;
        Path trained = folder.resolve("trained");
        try (var model = tiny().build().loadModel()) {
            step(model);
            try (var predictor = model.newPredictor()) {
                after = probabilities(predictor.predict(image()));
            }
            model.save(trained, "scenes");
        }
        assertNotEquals(before[0], after[0], 1e-6);
        assertTrue(Files.exists(trained.resolve("scenes.safetensors")));
        var again = tiny().optArgument("weights", trained).build();
        assertArrayEquals(after, probabilities(predict(again)), 0);
    }

    private static void step(ZooModel<?, ?> model) {
        Optimizer sgd =
                Optimizer.sgd().setLearningRateTracker(Tracker.fixed(0.1f)).build();
        var config = new DefaultTrainingConfig(Loss.softmaxCrossEntropyLoss()).optOptimizer(sgd);
        try (Trainer trainer = model.newTrainer(config)) {
            trainer.initialize(TINY.input(4));
            NDManager scope = trainer.getManager();
            NDArray pixels = scope.randomNormal(TINY.input(4));
            NDArray labels = scope.create(new long[] {0, 1, 2, 3});
            try (GradientCollector gradients = trainer.newGradientCollector()) {
                NDList logits = trainer.forward(new NDList(pixels));
                gradients.backward(trainer.getLoss().evaluate(new NDList(labels), logits));
            }
            trainer.step();
        }
    }

    @Test
    void nothingIsRecordedOnAnyThread() throws Exception {
        try (Network network = TINY.build()) {
            byHand(network);
            ZooModel<NDList, Boolean> model = CruZoo.model(network, new Recording());
            assertFalse(onAnotherThread(model.newPredictor(), network));
            assertFalse(onAnotherThread(model.newPredictor(model.getNDManager().getDevice()), network));
            var ofDjl = model.getWrappedModel().newPredictor(model.getTranslator());
            assertTrue(onAnotherThread(ofDjl, network), "DJL does it by itself: CruModel.Quiet can go");
            model.close();
        }
    }

    private static boolean onAnotherThread(Predictor<NDList, Boolean> predictor, Network network) throws Exception {
        try (predictor) {
            NDList input = new NDList(network.manager().ones(TINY.input(1)));
            var task = new FutureTask<>(() -> predictor.predict(input));
            Thread thread = new Thread(task);
            thread.start();
            thread.join();
            return task.get();
        }
    }

    /** Says whether the output can be differentiated; {@code hasGradient} says no for every computed array. */
    private static final class Recording implements NoBatchifyTranslator<NDList, Boolean> {

        @Override
        public NDList processInput(TranslatorContext context, NDList input) {
            return input;
        }

        @Override
        public Boolean processOutput(TranslatorContext context, NDList output) {
            PtNDArray sum = (PtNDArray) output.singletonOrThrow().sum();
            try {
                JniUtils.backward(sum, (PtNDArray) sum.onesLike(), false, false);
                return true;
            } catch (EngineException nothingRecorded) {
                return false;
            }
        }
    }

    @Test
    void fiveHundredPredictionsLeaveNothingBehind() throws Exception {
        try (Network network = TINY.build();
                var model = CruZoo.model(network, NAMES);
                var predictor = model.newPredictor()) {
            long more = more(predictor, 50);
            long arrays = open(network, model);
            // Java's own heap takes memory while it grows; what is left behind takes more every time.
            for (int round = 0; round < 6 && (round == 0 || more >= 40 << 10); round++) {
                more = more(predictor, 500);
            }
            assertEquals(arrays, open(network, model));
            assertTrue(more < 40 << 10, more + " kB more");
        }
    }

    /** What so many predictions add to resident memory, in kB. */
    private static long more(Predictor<Image, ?> predictor, int predictions) throws Exception {
        long before = resident();
        for (int i = 0; i < predictions; i++) {
            predictor.predict(image());
        }
        return resident() - before;
    }

    private static long open(Network network, ZooModel<?, ?> model) {
        return network.manager().getManagedArrays().size()
                + model.getNDManager().getManagedArrays().size();
    }

    /** Resident memory in kB; 0 where the system does not say. */
    private static long resident() throws IOException {
        Path status = Path.of("/proc/self/status");
        if (!Files.exists(status)) {
            return 0;
        }
        try (Stream<String> lines = Files.lines(status)) {
            return lines.filter(line -> line.startsWith("VmRSS:"))
                    .mapToLong(line -> Long.parseLong(line.replaceAll("\\D", "")))
                    .sum();
        }
    }

    @Test
    void djlListsTheZooAndItsOwnSearchGoesOn() throws Exception {
        assertTrue(ModelZoo.hasModelZoo("org.crunet"));
        List<MRL> listed = ModelZoo.listModels().get(Application.CV.IMAGE_CLASSIFICATION);
        assertEquals(Networks.all().size(), listed.size());
        for (MRL model : listed) {
            assertEquals(model.getArtifactId(), model.listArtifacts().get(0).getName());
            assertNotNull(model.getDefaultArtifact().toString());
        }
        var another = Criteria.builder()
                .setTypes(Image.class, Classifications.class)
                .optApplication(Application.CV.IMAGE_CLASSIFICATION)
                .optArgument("weights", folder)
                .build();
        assertThrows(ModelNotFoundException.class, another::loadModel);
        assertTrue(criteria().build().isDownloaded());
        assertEquals(
                "ResNet-18", new CruZoo().getModelLoader("resnet-18").getMrl().getArtifactId());
    }

    @Test
    void everyRowHasAKeyOfItsOwn() {
        Set<String> keys = new HashSet<>();
        for (Architecture row : Networks.all()) {
            assertTrue(keys.add(row.key()), row.name());
            assertEquals(
                    row.key(),
                    row.withName("other words").withClasses(7).withImageSize(32).key());
        }
    }

    @Test
    void anUnknownNetworkIsAnsweredWithTheNearest() {
        saved();
        assertProblem(
                IllegalArgumentException.class,
                () -> new CruZoo().getModelLoader("CRU-Net-65"),
                "no network \"CRU-Net-65\" in the zoo, but, nearest first: CRU-Net-56");
        assertProblem(
                IllegalArgumentException.class,
                () -> criteria()
                        .optArgument("architecture", "resnext-50")
                        .build()
                        .loadModel(),
                "nearest first: ResNeXt-50 32x4d; ResNeXt-50 136x1d; ");
        assertProblem(
                IllegalArgumentException.class, () -> criteria().build().loadModel(), "no network \"tiny\" in the zoo");
    }

    @Test
    void weightsThatAreNotThereSaySo() throws Exception {
        assertProblem(
                IllegalArgumentException.class,
                () -> criteria().optArguments(null).build().loadModel(),
                "No weights are named: give .optArgument(\"weights\"");
        assertProblem(
                IllegalArgumentException.class,
                () -> tiny().build().loadModel(),
                "No .safetensors file in " + folder.toAbsolutePath());
        Path nowhere = folder.resolve("nowhere");
        assertProblem(
                IOException.class,
                () -> tiny().optArgument("weights", nowhere).build().loadModel(),
                "Cannot read " + nowhere + ": it does not exist");
        Path file = saved();
        Files.copy(file, folder.resolve("again.safetensors"));
        assertProblem(
                IllegalArgumentException.class,
                () -> tiny().build().loadModel(),
                "name one of [again.safetensors, crunet.safetensors]");
    }

    @Test
    void weightsThatAreWrongSaySo() throws Exception {
        Path file = saved();
        assertProblem(
                MalformedModelException.class,
                () -> criteria()
                        .optArgument("architecture", TINY.withClasses(7))
                        .build()
                        .loadModel(),
                "does not fit tiny");
        byte[] bytes = Files.readAllBytes(file);
        bytes[bytes.length - 5] ^= 1;
        Files.write(file, bytes);
        assertProblem(IOException.class, () -> tiny().build().loadModel(), file + "", "damaged");
        try (NDManager scope = NDManager.newBaseManager()) {
            Safetensors.write(file, Map.of("x", scope.ones(TINY.input(1))), Map.of());
        }
        assertProblem(
                IllegalArgumentException.class, () -> criteria().build().loadModel(), "does not say of which network");
    }

    @Test
    void argumentsThatAreWrongSaySo() {
        saved();
        assertArgument("topK", 0, "topK must be from 1 to the number of classes, 6: 0");
        assertArgument("topK", 7, "topK must be from 1 to the number of classes, 6: 7");
        assertArgument("topK", 2.5, "topK must be a whole number: 2.5");
        assertArgument("topk", 1, "no argument \"topk\", only [architecture, categories, shorterSide, topK, weights]");
        assertArgument("shorterSide", 27, "shorterSide must be at least the 28 pixels of the network's input: 27");
        assertArgument(
                "categories", List.of("a", "b"), "names for 2 categories, but the network has 6 classes: give as many");
        assertProblem(
                IllegalArgumentException.class,
                () -> tiny().optBlock(TINY.block()).build().loadModel(),
                "leave optBlock out");
    }

    private void assertArgument(String name, Object value, String message) {
        assertProblem(
                IllegalArgumentException.class,
                () -> tiny().optArgument(name, value).build().loadModel(),
                message);
    }

    private static void assertProblem(Class<? extends Exception> type, Executable call, String... parts) {
        String message = assertThrows(type, call).getMessage();
        List.of(parts).forEach(part -> assertTrue(message.contains(part), message));
    }
}
