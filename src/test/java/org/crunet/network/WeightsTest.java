package org.crunet.network;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.types.Shape;
import ai.djl.nn.Parameter;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.crunet.block.Conv;
import org.crunet.block.Normalisation;
import org.crunet.block.Place;
import org.crunet.block.Unit;
import org.crunet.block.UnitGroup;
import org.crunet.files.FaultyDisk;
import org.crunet.files.Safetensors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.function.Executable;
import org.junit.jupiter.api.io.TempDir;

class WeightsTest {

    private static final Architecture TINY = Networks.smallCru(8)
            .withName("tiny")
            .withStages(Stage.residual(1, 4, 2, 6), Stage.collective(4, 5, 8).withGroupsOf(2))
            .withClasses(3);

    @TempDir
    Path folder;

    @Test
    void aNetworkIsSavedWholeOrNotAtAllWhateverTheDiskDoes() throws IOException {
        Path file = Files.createDirectory(folder.resolve("inside")).resolve("w.safetensors");
        try (Network network = TINY.build()) {
            FaultyDisk.assertWholeOrNotAtAll(file, () -> network.save(file), FaultyDisk.Fault.values());
            TINY.load(file).close();
        }
    }

    @Test
    void namesFollowThePaperAndComeOnce() {
        Map<String, Parameter> names = Weights.of(Networks.CRU_NET_56.block());
        for (String name : List.of(
                "stem.conv.weight",
                "conv2.unit1.shortcut_norm.running_var",
                "conv4.shared.core.weight",
                "conv4.unit1.project.conv.weight",
                "conv4.unit3.expand.weight",
                "conv4.unit3.norm1.running_mean",
                "head.classifier.bias")) {
            assertTrue(names.containsKey(name), name);
        }
        assertEquals(
                1,
                names.keySet().stream()
                        .filter(n -> n.startsWith("conv4.") && n.contains("core"))
                        .count());
        assertTrue(Weights.of(Networks.CRU_NET_116.block()).containsKey("conv4.group3.unit6.mix.weight"));
    }

    /** Units of one's own that have no name. */
    private static final class Nameless implements Stage.Units {

        private static final long serialVersionUID = 1;

        @Override
        public Unit unit(Place place, Stage stage, Normalisation norm) {
            return Stage.Kind.BASIC.unit(place, stage, norm);
        }

        @Override
        public String words(Stage stage) {
            return "nameless";
        }
    }

    @Test
    void aFileHasTheKeyOfItsArchitectureUnlessItsUnitsHaveNoName() {
        Path file = folder.resolve("nameless.safetensors");
        Architecture nameless = Networks.RESNET_18.withKind(new Nameless());
        assertThrows(IllegalArgumentException.class, nameless::key);
        try (Network network = nameless.planned();
                Network row = Networks.RESNET_18.withName("other words").planned()) {
            assertFalse(Weights.about(network).containsKey("architecture"));
            assertEquals(Networks.RESNET_18.key(), Weights.about(row).get("architecture"));
        }
        try (Network network = nameless.build(3)) {
            network.save(file);
            nameless.load(file).close();
        }
    }

    @Test
    void savedAndLoadedIsWhatWasInMemory() {
        Path file = folder.resolve("tiny.safetensors");
        try (Network network = TINY.build(3)) {
            NDArray images = Golden.fill(network.manager(), "input", TINY.input(2));
            network.forward(images, true);
            network.save(file);
            try (Network loaded = TINY.load(file)) {
                assertArrayEquals(
                        network.forward(images).toFloatArray(),
                        loaded.forward(images).toFloatArray());
                Map<String, Parameter> before = Weights.of(network.block());
                Weights.of(loaded.block())
                        .forEach((name, parameter) -> assertArrayEquals(
                                before.get(name).getArray().toFloatArray(),
                                parameter.getArray().toFloatArray(),
                                name));
            }
        }
    }

    /** 98.0 MiB and at most 1 % for names, where DJL's own format takes 118 MB. */
    @Test
    void eachParameterIsOnDiskOnce() throws IOException {
        Path file = folder.resolve("cru56.safetensors");
        try (Network network = Networks.CRU_NET_56.build()) {
            network.save(file);
            double ratio = Files.size(file) / (double) network.cost().fileBytes();
            assertTrue(ratio > 1 && ratio < 1.01, "ratio " + ratio);
            assertEquals(98.0, network.cost().mebibytes(), 0.05);
        }
    }

    @Test
    void sharingIsRestored() {
        Path file = folder.resolve("tiny.safetensors");
        try (Network network = TINY.build(3)) {
            network.save(file);
        }
        try (Network loaded = TINY.load(file)) {
            UnitGroup group = groups(loaded).get(0);
            NDArray x = Golden.fill(loaded.manager(), "input", TINY.input(1));
            float[] before = loaded.forward(x).toFloatArray();
            Conv core = group.units().get(0).convs().get("core");
            core.weight().getArray().muli(0);
            assertFalse(Arrays.equals(before, loaded.forward(x).toFloatArray()));
            assertEquals(TINY.parameters(), loaded.parameters());
        }
    }

    private static List<UnitGroup> groups(Network network) {
        return network.block().getChildren().valueAt(2).getChildren().values().stream()
                .map(UnitGroup.class::cast)
                .toList();
    }

    @Test
    void whatDoesNotFitIsListedAndNothingChanges() {
        Path file = folder.resolve("tiny.safetensors");
        try (Network network = TINY.build(3)) {
            network.save(file);
        }
        Architecture otherClasses = TINY.withName("other").withClasses(4);
        Architecture otherGroups = TINY.withStage("conv3", stage -> stage.withGroupsOf(4));
        assertMessage(
                () -> otherClasses.load(file),
                file.toString(),
                "saved from tiny: build that, withClasses(3). ",
                "head.classifier.weight is (3, 8), not (4, 8)",
                "head.classifier.bias is (3), not (4)");
        assertMessage(
                () -> otherGroups.load(file),
                "missing: conv3.shared.reduce.weight",
                "surplus: conv3.group1.shared.reduce.weight",
                " more");
        try (Network network = otherClasses.build(1)) {
            float[] before =
                    network.trainable().values().iterator().next().getArray().toFloatArray();
            assertThrows(IllegalArgumentException.class, () -> network.load(file));
            assertArrayEquals(
                    before,
                    network.trainable().values().iterator().next().getArray().toFloatArray());
        }
        assertMessage(() -> TINY.load(folder.resolve("nowhere.safetensors")), "nowhere.safetensors", "does not exist");
    }

    /** A file from elsewhere has no checksum; one of ours that lacks it is damaged. */
    @Test
    void aLostChecksumIsNoticed() throws IOException {
        Path file = folder.resolve("tiny.safetensors");
        try (Network network = TINY.build(3)) {
            network.save(file);
            byte[] bytes = Files.readAllBytes(file);
            int at = new String(bytes, StandardCharsets.ISO_8859_1).indexOf("\"sha256\"");
            bytes[at + 1] ^= 1;
            Files.write(file, bytes);
            assertMessage(() -> TINY.load(file), "lost its checksum");

            Map<String, NDArray> arrays = new LinkedHashMap<>();
            Weights.of(network.block()).forEach((name, parameter) -> arrays.put(name, parameter.getArray()));
            Safetensors.write(file, arrays, Map.of());
            TINY.load(file).close();
        }
    }

    @Test
    void aDamagedFileIsRefused() throws IOException {
        Path file = folder.resolve("tiny.safetensors");
        try (Network network = TINY.build(3)) {
            network.save(file);
            byte[] good = Files.readAllBytes(file);
            Random random = new Random(1);
            Path damaged = folder.resolve("damaged.safetensors");
            for (int i = 0; i < 300; i++) {
                byte[] bytes = good.clone();
                bytes[random.nextInt(bytes.length)] ^= (byte) (1 << random.nextInt(8));
                Files.deleteIfExists(damaged);
                Files.write(damaged, bytes);
                RuntimeException error = assertThrows(RuntimeException.class, () -> network.load(damaged));
                assertTrue(error.getMessage().contains("damaged.safetensors"), error.getMessage());
            }
        }
    }

    @Test
    void aClosedNetworkSavesNothing() {
        Network network = TINY.build();
        network.close();
        Path file = folder.resolve("closed.safetensors");
        assertTrue(assertThrows(IllegalStateException.class, () -> network.save(file))
                .getMessage()
                .contains("closed"));
        assertFalse(Files.exists(file));
    }

    private static void assertMessage(Executable call, String... parts) {
        RuntimeException error = assertThrows(RuntimeException.class, call);
        assertTrue(
                error instanceof IllegalArgumentException || error instanceof UncheckedIOException, error.toString());
        List.of(parts).forEach(part -> assertTrue(error.getMessage().contains(part), error.getMessage()));
    }

    @Test
    void aWeightIsHadByItsNameAndAWrongNameIsAnsweredWithThoseThatAreNear() {
        try (Network network = Networks.smallCru(32).build()) {
            assertEquals(
                    new Shape(96, 60, 1, 1),
                    network.weight("conv3.unit2.expand.weight").getShape());
            var fault = assertThrows(IllegalArgumentException.class, () -> network.weight("conv3.unit9.expand.weight"));
            assertEquals(
                    "there is no weight conv3.unit9.expand.weight in small CRU-Net: there are "
                            + Weights.of(network.block()).size()
                            + ", such as [conv3.unit1.expand.weight, conv3.unit2.expand.weight, conv3.unit3.expand.weight,"
                            + " conv3.unit1.project.norm.weight]",
                    fault.getMessage());
            assertMessage(
                    () -> network.kernel("conv3.unit9.core"), "there is no kernel conv3.unit9.core in ", ", such as [");
        }
    }

    @Test
    void filesOfOtherProgramsAreToldFromDamagedOnes() throws IOException {
        Path golden = Path.of("src/test/resources/golden/pytorch");
        String zip = assertThrows(
                        UncheckedIOException.class, () -> Networks.RESNET_18.load(golden.resolve("basic.pth")))
                .getMessage();
        assertTrue(zip.endsWith("not a safetensors file: read it by Torchvision.load or PytorchFile.open"), zip);
        String names = assertThrows(
                        IllegalArgumentException.class,
                        () -> Networks.RESNET_18.load(golden.resolve("basic.safetensors")))
                .getMessage();
        assertTrue(names.contains("or Torchvision.load for torchvision's. missing: "), names);
    }
}
