package org.crunet.exchange;

import static org.junit.jupiter.api.Assertions.assertTrue;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.types.Shape;
import java.io.IOException;
import java.nio.file.Files;
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
 * The CRU-Nets at full size, 1.2 GB of files that {@code mxnet_files.py full DIR} makes:
 * {@code mvn -Dtest=MxnetFullTest -Dmxnet.files=DIR test}.
 */
@EnabledIfSystemProperty(named = "mxnet.files", matches = ".+")
class MxnetFullTest {

    private static final Map<String, Architecture> NETWORKS = Map.of(
            "cru56", Networks.CRU_NET_56,
            "cru56-separate", Networks.CRU_NET_56_SEPARATE,
            "cru116", Networks.CRU_NET_116);

    @ParameterizedTest
    @CsvSource({
        "cru56, -0000",
        "cru56-separate, -0000",
        "cru116, -0000",
        "cru56, -gluon",
        "cru56-separate, -gluon",
        "cru116, -gluon",
        "cru116, -authors-0000",
    })
    void logitsAreThoseOfMxnet(String name, String form) throws IOException {
        Path folder = Path.of(System.getProperty("mxnet.files"));
        double[] golden = Files.readAllLines(folder.resolve(name + ".csv")).stream()
                .mapToDouble(Double::parseDouble)
                .toArray();
        try (Network network = Mxnet.load(NETWORKS.get(name), folder.resolve(name + form + ".params"));
                NDArray image = Golden.fill(network.manager(), "input", new Shape(1, 3, 224, 224))) {
            float[] found = network.forward(image).toFloatArray();
            double largest = 0;
            double difference = 0;
            for (int i = 0; i < golden.length; i++) {
                largest = Math.max(largest, Math.abs(golden[i]));
                difference = Math.max(difference, Math.abs(golden[i] - found[i]));
            }
            System.out.printf(
                    Locale.ROOT, "%s%s: %.1e of the largest logit, %.4g%n", name, form, difference / largest, largest);
            assertTrue(difference < 1e-4 * largest, difference + " of " + largest);
        }
    }
}
