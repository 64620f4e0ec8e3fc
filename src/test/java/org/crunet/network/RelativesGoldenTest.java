package org.crunet.network;

import static org.junit.jupiter.api.Assertions.assertEquals;

import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.crunet.base.Records;
import org.crunet.block.Sharing;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * A small member of every family of {@link Relatives} and of schemes of one's own, in both modes of batch norm: outputs,
 * all gradients and all updated statistics against {@code src/test/python/relatives.py}, an independent implementation in
 * PyTorch.
 */
class RelativesGoldenTest {

    private static final Map<String, Architecture> CASES = new TreeMap<>();

    static {
        Map<String, Architecture> rows = Relatives.all().stream()
                .map(Relatives.Row::network)
                .collect(Collectors.toMap(Architecture::name, row -> row, (a, b) -> a));
        Architecture zeroPadded = rows.get("ResNet-20 (A)");
        put("resnet-a", zeroPadded, 2, 2, 2);
        put("resnet-b", rows.get("ResNet-20 (B)"), 2, 2, 2);
        put("resnet-bottleneck", rows.get("ResNet-164"), 2, 3, 8);
        put("preresnet", rows.get("PreResNet-20"), 2, 2, 2);
        put("preresnet-bottleneck", rows.get("PreResNet-164"), 2, 3, 8);
        put("wrn", rows.get("WRN-16-4"), 2, 3, 3);
        put("resnext", rows.get("ResNeXt-29 32x4d"), 2, 4, 8);
        put("sha-resnet-bottleneck", rows.get("ShaResNet-164"), 2, 3, 8);
        put("sha-wrn", rows.get("Sha WRN-28-1"), 2, 2, 2);
        put("sha-resnet34", rows.get("ShaResNet-34"), 2, 2, 2);
        put("sha-resnet50", rows.get("ShaResNet-50"), 2, 3, 8);
        put("shared-resnet50", rows.get("ResNet50-Shared++"), 2, 3, 8);
        put("filter-bases-s2u1", Relatives.filterBases(zeroPadded, 2, 1, false), 2, 2, 2);
        put("filter-bases-s2u1-twice", Relatives.filterBases(rows.get("ResNet-20 (B)"), 2, 1, true), 2, 2, 2);
        put("filter-bases-s3u0", Relatives.filterBases(zeroPadded, 3, 0, false), 2, 2, 2);
        put("soft-sharing", rows.get("SWRN-28-1-4"), 2, 2, 2);
        put("cp", Relatives.cp(rows.get("ResNet-20 (B)"), "conv2", Sharing.ALL, 3), 2, 2, 2);
        put("tucker", Relatives.tucker(rows.get("ResNet-20 (B)"), "conv2", Sharing.ALL, 2, 3, 2, 2, 3), 2, 2, 2);
        put("cru", rows.get("CRU-Net-46"), 4, 6, 4);
        put("low-rank-factors", Relatives.lowRank(rows.get("CRU-Net-46"), 2, "reduce", "core"), 4, 6, 4);
        Architecture cru = Schemes.lowRankCru();
        put("low-rank-cru", cru.withStages(cru.stages().get(0), cru.stages().get(0)), 4, 3, 4);
        put("slices", Schemes.slices(), 2, 2, 2);
    }

    /**
     * Two stages of a network, each of two units, or three where they share, and of no more than two block terms. Width and
     * channels are of the first stage, the second has twice as many.
     */
    private static void put(String name, Architecture network, int stem, int width, int out) {
        List<Stage> stages = new ArrayList<>();
        for (Stage stage : network.stages().subList(0, 2)) {
            int factor = 1 << stages.size();
            Stage small = stage.withUnits(stage.sharing().isEmpty() ? 2 : 3)
                    .withCardinality(Math.min(2, stage.cardinality()))
                    .withWidth(width * factor);
            stages.add(Records.with(small, "out", out * factor));
        }
        Stem old = network.stem();
        CASES.put(
                name,
                network.withImageSize(old.pool() ? 16 : 12)
                        .withClasses(3)
                        .withStem(new Stem(stem, old.kernel(), old.stride(), old.pool(), old.normed()))
                        .withStages(stages.toArray(Stage[]::new)));
    }

    static Stream<Arguments> cases() {
        return CASES.keySet().stream()
                .flatMap(name -> Stream.of("eval", "train").map(mode -> Arguments.of(name, mode)));
    }

    @ParameterizedTest
    @MethodSource("cases")
    void inDoublePrecision(String name, String mode) {
        compare(name, mode, DataType.FLOAT64, 1e-6, 1e-6, 1e-7);
    }

    /** Outputs to 1e-5, gradients to 1e-4 of the largest number; the floor is for gradients that vanish mathematically. */
    @ParameterizedTest
    @Tag("slow")
    @MethodSource("cases")
    void inSinglePrecision(String name, String mode) {
        compare(name, mode, DataType.FLOAT32, 1e-5, 1e-4, 1e-5);
    }

    private static void compare(
            String name, String mode, DataType type, double outputs, double gradients, double floor) {
        Architecture network = CASES.get(name);
        Shape input = network.input(2);
        GoldenTest.compare(network.block(), input, "relatives/" + name, mode, type, outputs, gradients, floor);
    }

    /** What is in the folder is compared, all of it. */
    @Test
    void everyFileIsACase() {
        Set<String> files = Arrays.stream(
                        Golden.FOLDER.resolve("relatives").toFile().list())
                .map(file -> file.replace(".safetensors", ""))
                .collect(Collectors.toSet());
        assertEquals(CASES.keySet(), files);
    }
}
