package org.crunet.network;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import ai.djl.nn.Block;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.StreamSupport;
import org.crunet.block.Chain;
import org.crunet.block.Normalisation;
import org.crunet.block.SharedKernels;

/**
 * The golden files that {@code src/test/python/reference.py} made, an independent implementation in PyTorch, and the
 * cases and numbers it shares with the tests.
 */
public final class Golden {

    static final Path FOLDER = Path.of("src/test/resources/golden");

    private Golden() {}

    static JsonNode json(String file) {
        try {
            return new ObjectMapper().readTree(FOLDER.resolve(file).toFile());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    public static List<JsonNode> cases() {
        return StreamSupport.stream(json("cases.json").spliterator(), false).toList();
    }

    static JsonNode named(String name) {
        return cases().stream()
                .filter(c -> c.get("name").asText().equals(name))
                .findFirst()
                .orElseThrow();
    }

    public static Shape input(JsonNode c) {
        return new Shape(StreamSupport.stream(c.get("input").spliterator(), false)
                .mapToLong(JsonNode::asLong)
                .toArray());
    }

    /** A whole network, or one stage by itself, named as in a network. */
    public static Block block(JsonNode c) {
        if (c.has("classes")) {
            return architecture(c).block();
        }
        Block stage = stages(c)[0].build(
                (int) input(c).get(1), c.get("firstStride").asInt(), normalisation(c), new SharedKernels());
        return new Chain().then("conv2", stage);
    }

    static Architecture architecture(JsonNode c) {
        JsonNode stem = c.get("stem");
        Stem first = new Stem(
                stem.get("channels").asInt(),
                stem.get("kernel").asInt(),
                stem.get("stride").asInt(),
                stem.get("pool").asBoolean(),
                true);
        Shape input = input(c);
        return new Architecture(
                "golden",
                "",
                (int) input.get(1),
                (int) input.get(2),
                first,
                List.of(stages(c)),
                Head.linear(),
                c.get("classes").asInt(),
                normalisation(c),
                List.of());
    }

    private static Normalisation normalisation(JsonNode c) {
        return new Normalisation(
                Normalisation.Order.valueOf(c.get("order").asText()),
                (float) c.get("epsilon").asDouble(),
                (float) c.get("momentum").asDouble());
    }

    private static Stage[] stages(JsonNode c) {
        List<Stage> stages = new ArrayList<>();
        for (JsonNode s : c.get("stages")) {
            Stage.Kind kind = Stage.Kind.valueOf(
                    s.get("kind").asText().equals("CRU_STANDARD")
                            ? "STANDARD_CRU"
                            : s.get("kind").asText());
            int units = s.get("units").asInt();
            int width = s.get("width").asInt();
            Stage stage = Stage.residual(units, width, 1, s.get("out").asInt())
                    .withCardinality(s.get("cardinality").asInt())
                    .withKind(kind);
            stages.add(
                    stage.collective()
                            ? stage.withGroupsOf(Math.min(units, s.path("group").asInt(units)))
                                    .withSeparateStart(s.path("separate").asBoolean(false))
                            : stage);
        }
        return stages.toArray(Stage[]::new);
    }

    /** The numbers of {@code fill.py}: a tensor of this name and shape. */
    public static NDArray fill(NDManager manager, String name, Shape shape) {
        float[] values = new float[Math.toIntExact(shape.size())];
        double scale = 0.4;
        double offset = 0;
        if (name.equals("input")) {
            scale = 2;
        } else if (name.equals("coefficients") || name.startsWith("probe:")) {
            scale = 1;
        } else if (name.endsWith("classifier.bias")) {
            scale = 0.2;
        } else if (shape.dimension() > 1) {
            scale = Math.sqrt(6.0 / shape.slice(1).size());
        } else if (name.endsWith(".weight") || name.endsWith(".running_var")) {
            scale = 0.5;
            offset = 1;
        }
        long seed = 0xCBF29CE484222325L;
        for (byte b : name.getBytes(StandardCharsets.UTF_8)) {
            seed = (seed ^ b & 0xff) * 0x100000001B3L;
        }
        for (int i = 0; i < values.length; i++) {
            values[i] = (float) (offset + scale * (2 * uniform(seed, i + 1) - 1));
        }
        return manager.create(values, shape);
    }

    private static double uniform(long seed, long i) {
        long z = seed + i * 0x9E3779B97F4A7C15L;
        z = (z ^ z >>> 30) * 0xBF58476D1CE4E5B9L;
        z = (z ^ z >>> 27) * 0x94D049BB133111EBL;
        z ^= z >>> 31;
        return (z >>> 40) * 0x1p-24;
    }
}
