package org.crunet.exchange;

import static org.junit.jupiter.api.Assertions.assertTrue;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.types.Shape;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Locale;
import java.util.Map;
import org.crunet.network.Architecture;
import org.crunet.network.Golden;
import org.crunet.network.Network;
import org.crunet.network.Networks;
import org.junit.jupiter.api.condition.EnabledIfSystemProperty;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * torchvision's networks at full size, 1.9 GB of files that {@code pytorch_files.py full DIR} makes:
 * {@code mvn -Dtest=TorchvisionFullTest -Dpytorch.files=DIR test}.
 */
@EnabledIfSystemProperty(named = "pytorch.files", matches = ".+")
class TorchvisionFullTest {

    private static final Map<String, Architecture> NETWORKS = Map.of(
            "resnet50", Networks.RESNET_50,
            "resnext50_32x4d", Networks.RESNEXT_50,
            "wide_resnet50_2", Networks.WRN_50_2);

    @ParameterizedTest
    @CsvSource({
        "resnet50, .pth",
        "resnet50, -legacy.pth",
        "resnet50, .pth.tar",
        "resnet50, .safetensors",
        "resnext50_32x4d, .pth",
        "resnext50_32x4d, .pth.tar",
        "wide_resnet50_2, .pth",
        "wide_resnet50_2, .safetensors",
    })
    void logitsAreThoseOfTorchvision(String name, String form) throws IOException {
        Path folder = Path.of(System.getProperty("pytorch.files"));
        float[] golden = TorchvisionTest.logits(folder.resolve(name + ".csv"));
        long start = System.nanoTime();
        try (Network network = Torchvision.asTheyAre(NETWORKS.get(name), folder.resolve(name + form));
                NDArray image = Golden.fill(network.manager(), "input", new Shape(1, 3, 224, 224))) {
            double seconds = (System.nanoTime() - start) / 1e9;
            float[] found = network.forward(image).toFloatArray();
            float difference = 0;
            float largest = 0;
            for (int i = 0; i < golden.length; i++) {
                difference = Math.max(difference, Math.abs(golden[i] - found[i]));
                largest = Math.max(largest, Math.abs(golden[i]));
            }
            System.out.printf(
                    Locale.ROOT,
                    "%s%s: %.1e, largest logit %.4g, loaded in %.2f s%n",
                    name,
                    form,
                    difference,
                    largest,
                    seconds);
            assertTrue(difference < 1e-4 * Math.max(1, largest), difference + " of " + largest);
        }
    }
}
