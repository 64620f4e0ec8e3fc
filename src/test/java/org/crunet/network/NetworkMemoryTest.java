package org.crunet.network;

import static org.junit.jupiter.api.Assertions.assertTrue;

import ai.djl.engine.Engine;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.training.GradientCollector;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;

@EnabledOnOs(OS.LINUX)
@Tag("slow")
class NetworkMemoryTest {

    /** The largest network of the paper with published widths: the process's peak, whatever ran in it before. */
    @Test
    void cruNet116ForwardAndBackwardAtBatch4FitIn12Gigabytes() throws IOException {
        try (Network network = Networks.CRU_NET_116.build();
                NDManager scope = network.manager().newSubManager()) {
            NDArray images = Golden.fill(scope, "input", Networks.CRU_NET_116.input(4));
            try (GradientCollector collector = Engine.getInstance().newGradientCollector()) {
                collector.backward(network.forward(images, true).square().sum());
            }
            NDArray gradient =
                    network.trainable().values().iterator().next().getArray().getGradient();
            assertTrue(gradient.norm().getFloat() > 0);
        }
        double peak = peakGigabytes();
        System.out.printf("CRU-Net-116, batch 4, forward and backward: peak resident memory %.2f GB%n", peak);
        assertTrue(peak < 12, peak + " GB");
    }

    private static double peakGigabytes() throws IOException {
        return Files.readAllLines(Path.of("/proc/self/status")).stream()
                .filter(line -> line.startsWith("VmHWM"))
                .mapToDouble(line -> Long.parseLong(line.replaceAll("\\D", "")) * 1024 / 1e9)
                .findFirst()
                .orElseThrow();
    }
}
