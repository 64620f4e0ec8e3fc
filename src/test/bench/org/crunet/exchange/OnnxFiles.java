package org.crunet.exchange;

import ai.djl.ndarray.NDArray;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import org.crunet.network.Architecture;
import org.crunet.network.Golden;
import org.crunet.network.Network;
import org.crunet.network.Networks;

/**
 * Networks at full size, filled by {@code fill.py}, as ONNX files, and how far ONNX Runtime and PyTorch are apart in Java.
 * {@code src/test/python/check_onnx.py} checks the files.
 *
 * <pre>
 * OnnxFiles FOLDER    writes there NAME.onnx, and what PyTorch makes of one image, NAME.onnx.csv
 * </pre>
 */
public final class OnnxFiles {

    private static final List<Architecture> NETWORKS = List.of(
            Networks.CRU_NET_56,
            Networks.CRU_NET_56_SEPARATE,
            Networks.CRU_NET_116,
            Networks.RESNEXT_50,
            Networks.original(Networks.RESNET_50));

    private OnnxFiles() {}

    /**
     * Writes the files.
     *
     * @param arguments the folder
     * @throws IOException if it cannot be written to
     */
    public static void main(String... arguments) throws IOException {
        Path folder = Files.createDirectories(Path.of(arguments[0]));
        for (Architecture architecture : NETWORKS) {
            Path file = folder.resolve(architecture.name().replaceAll("\\W+", "-") + ".onnx");
            try (Network network = OnnxTest.filled(architecture.build())) {
                Onnx.save(network, file);
                NDArray images = Golden.fill(network.manager(), "input", architecture.input(2));
                NDArray logits = network.forward(images);
                List<String> lines =
                        Arrays.stream(logits.toArray()).map(Number::toString).toList();
                Files.write(Path.of(file + ".csv"), lines);
                try (OnnxNetwork fast = Onnx.open(file)) {
                    System.out.printf(
                            "%-28s %.1f MiB, logits up to %.3g, apart by %.2g of that%n",
                            network.name(),
                            Files.size(file) / 1048576.0,
                            logits.abs().max().getFloat(),
                            OnnxTest.apart(logits, fast.forward(images)));
                }
            }
        }
    }
}
