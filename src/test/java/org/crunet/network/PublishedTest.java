package org.crunet.network;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import ai.djl.ndarray.types.DataType;
import ai.djl.nn.Parameter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.crunet.block.Shortcut;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class PublishedTest {

    private static final ModelCard CARD = ModelCard.EMPTY
            .withAbout("A network of eleven units.")
            .withData("painted scenes")
            .withRecipe("one cycle, seed 1")
            .withAccuracy("91.0 % on 5,000 images, 95 % interval 90.2 to 91.8")
            .withCommit("0badcafe")
            .withLicence("apache-2.0");

    @TempDir
    private Path folder;

    private Path file(String name) {
        return folder.resolve(name);
    }

    @Test
    void whatIsReadIsWhatWasWritten() {
        List<Architecture> networks = List.of(
                Networks.smallCru(16),
                Networks.CRU_NET_56_TINY.withStages(Stage.collective(2, 8, 16).withSeparateStart(true)),
                Relatives.softSharing(16, 1, 4),
                Relatives.filterBases(Relatives.resNet(32, Shortcut.ZERO_PADDING), 16, 1, true),
                Relatives.wideResNet(16, 1),
                Relatives.cru(8, 2, 2, 2).withoutSharing().withName("unshared"));
        for (Architecture architecture : networks) {
            try (Network network = architecture.build(3)) {
                network.publish(folder.toString(), CARD);
                try (Network read = Networks.load(folder.toString())) {
                    assertEquals(architecture, read.architecture());
                    assertEquals(network.fingerprint(), read.fingerprint());
                }
            }
        }
    }

    @Test
    void kernelsInHalfFloatsTakeHalfTheRoomAndAreReadAsTheyWereRounded() throws Exception {
        try (Network network = Networks.smallCru(16).build(1)) {
            network.publish(folder.toString(), CARD);
            long size = Files.size(file("model.safetensors"));
            network.publish(folder.toString(), CARD, DataType.FLOAT16);
            assertTrue(Files.size(file("model.safetensors")) < 0.55 * size, "but for its header");
            try (Network read = Networks.load(folder.toString())) {
                Weights.of(network.block()).forEach((name, parameter) -> {
                    float[] kept = parameter.getArray().toFloatArray();
                    float[] found =
                            Weights.of(read.block()).get(name).getArray().toFloatArray();
                    boolean norm = parameter.getArray().getShape().dimension() < 2;
                    for (int i = 0; i < kept.length; i++) {
                        assertEquals(kept[i], found[i], norm ? 0 : Math.ulp(kept[i]) * (1 << 12) + 3e-8, name);
                    }
                });
                read.publish(folder.toString(), CARD, DataType.FLOAT16);
                try (Network again = Networks.load(folder.toString())) {
                    assertEquals(read.fingerprint(), again.fingerprint(), "rounded once, rounded for good");
                }
            }
            Map.Entry<String, Parameter> first =
                    Weights.of(network.block()).entrySet().iterator().next();
            first.getValue().getArray().muli(1e8);
            String message = assertThrows(
                            IllegalArgumentException.class,
                            () -> network.publish(folder.toString(), CARD, DataType.FLOAT16))
                    .getMessage();
            assertTrue(message.startsWith(first.getKey() + " has "), message);
        }
    }

    @Test
    void theCardHasAHeaderForSearchesAndWhatIsToBeKnown() throws Exception {
        try (Network network = Relatives.cru(40, 2, 3, 6).build(1)) {
            network.publish(folder.toString(), CARD);
        }
        String text = Files.readString(file("README.md"));
        assertTrue(text.startsWith("---\nlicense: apache-2.0\npipeline_tag: image-classification\n"), text);
        assertTrue(text.contains("# CRU-Net-46\n\nA network of eleven units.\n\n272,466 parameters"), text);
        assertTrue(text.contains("## Accuracy\n\n91.0 % on 5,000 images, 95 % interval 90.2 to 91.8\n"), text);
        assertFalse(ModelCard.EMPTY
                .withData("x")
                .markdown(Networks.smallCru(8).build(1))
                .contains("## Accuracy"));
    }

    @Test
    void codeOfOnesOwnIsInNoFile() {
        try (Network network = Schemes.softSharing().build(1)) {
            network.publish(folder.toString(), CARD);
        }
        refused("\"mix of 2\" is code of one's own, which no file has: build the Architecture, and load(Path");
        try (Network network = Relatives.softSharing(16, 1, 3).build(1)) {
            network.publish(folder.toString(), CARD);
        }
        refused("no network in Networks and Relatives has \"mix of 3\"");
        try (Network network = Schemes.softSharing().build(1)) {
            network.publish(folder.toString(), CARD);
        }
        try (Network read = Schemes.softSharing().load(file("model.safetensors"))) {
            assertEquals(Schemes.softSharing(), read.architecture());
        }
    }

    @Test
    void whatIsNoNetworkIsRefused() throws Exception {
        try (Network network = Networks.smallCru(16).build(1)) {
            network.publish(folder.toString(), CARD);
            String message = assertThrows(IllegalArgumentException.class, () -> network.save(file("w.pth")))
                    .getMessage();
            assertTrue(message.endsWith("w.pth says: give a name such as scenes.safetensors"), message);
        }
        String weights = file("model.safetensors").toString();
        String alone = assertThrows(IllegalArgumentException.class, () -> Networks.load(weights))
                .getMessage();
        assertTrue(alone.startsWith(weights + " is a file, not a folder that a network was published in"), alone);
        String config = Files.readString(file("config.json"));
        Files.writeString(file("config.json"), config.replace("\"width\" : 60", "\"width\" : 61"));
        refused("cardinality must divide the width");
        Files.writeString(file("config.json"), config.replace("\"units\" : 3", "\"units\" : 2000000000"));
        refused("a network of 4000000002 units, more than 10000");
        Files.writeString(file("config.json"), config.replace("\"out\" : 192", "\"out\" : 192000"));
        refused("more than there are in " + file("model.safetensors"));
        Files.writeString(file("config.json"), config.replace("\"CRU\"", "\"CRX\""));
        refused("CRX");
        Files.writeString(file("config.json"), config.substring(0, 300));
        refused("config.json says of no network what it is");
        Files.writeString(file("config.json"), "{\"name\": \"bert\", \"hidden_size\": 768}");
        refused("config.json says of no network what it is");
        Files.writeString(file("config.json"), "null");
        refused("config.json says of no network what it is");
    }

    private void refused(String why) {
        String message = assertThrows(IllegalArgumentException.class, () -> Networks.load(folder.toString()))
                .getMessage();
        assertTrue(message.contains(why) && message.length() < 1000, message);
    }
}
