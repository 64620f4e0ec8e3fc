package org.crunet.comparison;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.crunet.data.ImageSet;
import org.crunet.data.Splits;
import org.crunet.network.Architecture;
import org.crunet.network.Networks;
import org.crunet.notebook.Chart;
import org.crunet.notebook.Tables;
import org.crunet.training.Recipe;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SweepTest {

    private static final Splits DATA = TinyStudy.images("");
    private static final Architecture CRU =
            Networks.smallCru(16).withClasses(DATA.train().classes().size()).withName("CRU");
    private static final Architecture TWIN = CRU.withoutSharing().withName("twin");
    private static final Recipe RECIPE = Recipe.QUICK.withEpochs(1);

    @TempDir
    private Path folder;

    private Sweep rates(Architecture... networks) {
        return Sweep.of(networks)
                .in(folder.toString())
                .holdingBack(0.25)
                .recipe("rate", List.of(0.0001, 0.05), Recipe::withLearningRate);
    }

    @Test
    void eachNetworkIsTrainedWithEachCombination() throws Exception {
        Sweep sweep = rates(CRU, TWIN)
                .network(
                        "units",
                        List.of(1, 2),
                        (network, units) -> network.withStage("conv4", s -> s.withUnits(units)));
        Settings settings = sweep.run(RECIPE, DATA);
        assertEquals(2 * 2 * 2, settings.all().size());
        assertEquals(0, settings.missing());
        assertEquals(
                List.of(
                        "{rate=1.0E-4, units=1}",
                        "{rate=1.0E-4, units=2}",
                        "{rate=0.05, units=1}",
                        "{rate=0.05, units=2}"),
                settings.all().stream()
                        .filter(one -> one.network().name().equals("twin"))
                        .map(one -> one.values().toString())
                        .toList());
        Setting last = settings.all().get(7);
        assertEquals(2, last.network().stage("conv4").units());
        assertEquals(0.05, last.recipe().learningRate());
        assertEquals(last.network().parameters(), last.summary().parameters());
        assertEquals(
                List.of("network", "rate", "units", "parameters"),
                Tables.of(settings).columnNames().subList(0, 4));
        assertTrue(
                Chart.sweep(settings).toString().contains("heatmap"),
                Chart.sweep(settings).toString());
        try (Stream<Path> kept = Files.list(folder)) {
            assertEquals(8, kept.count(), "folders");
        }
        assertEquals(settings, sweep.run(RECIPE, DATA), "kept");
    }

    @Test
    void itIsMeasuredOnImagesToTrainAlone() {
        ImageSet train = DATA.train();
        Splits held = DATA.heldBack(0.25, 1);
        assertEquals(train.size(), held.train().size() + held.validation().size());
        int[] other = IntStream.range(0, 32)
                .map(i -> (DATA.validation().label(i) + 1) % train.classes().size())
                .toArray();
        byte[][] black = new byte[32][3 * 16 * 16];
        Splits otherTest = new Splits(train, new ImageSet("other", train.classes(), 16, 16, black, other));
        Settings one = rates(CRU).run(RECIPE, DATA);
        assertEquals(
                one.all().stream().map(Setting::summary).toList(),
                rates(CRU).run(RECIPE, otherTest).all().stream()
                        .map(Setting::summary)
                        .toList());
        assertTrue(
                one.toString()
                        .startsWith("2 settings of each network, from 1 seed, measured on "
                                + held.validation().size() + " of the images to train\nbest: CRU with {rate="),
                one.toString());
    }

    @Test
    void theBestIsOfTheHighestTop1() {
        Settings settings = rates(CRU).seeds(1, 2).run(RECIPE.withEpochs(4), DATA);
        Setting best = settings.best("CRU");
        settings.all()
                .forEach(
                        one -> assertTrue(one.summary().top1() <= best.summary().top1(), one.toString()));
        assertEquals(2, best.summary().runs());
        assertThrows(IllegalArgumentException.class, () -> settings.best("ResNet"));
    }

    @Test
    void namesAndValuesAreGivenOnce() {
        assertThrows(
                IllegalArgumentException.class,
                () -> rates(CRU).recipe("rate", List.of(1.0), Recipe::withLearningRate));
        assertThrows(
                IllegalArgumentException.class,
                () -> Sweep.of(CRU).recipe("rate", List.<Double>of(), Recipe::withLearningRate));
    }
}
