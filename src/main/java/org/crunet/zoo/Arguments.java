package org.crunet.zoo;

import static org.crunet.base.Errors.require;
import static org.crunet.base.Errors.shortened;

import ai.djl.repository.zoo.Criteria;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeSet;
import org.crunet.base.Records;
import org.crunet.files.Folders;
import org.crunet.files.Safetensors;
import org.crunet.network.Architecture;
import org.crunet.network.Network;

/** What a criteria asks of the zoo; each name is explained in {@link CruZoo}. */
record Arguments(Map<String, Object> values, String artifact) {

    static final String ENDING = ".safetensors";

    private static final Set<String> NAMES =
            new TreeSet<>(Set.of("weights", "architecture", "categories", "topK", "shorterSide"));

    static Arguments of(Criteria<?, ?> criteria) {
        Map<String, Object> values = Objects.requireNonNullElse(criteria.getArguments(), Map.of());
        boolean forOthers = criteria.getTranslatorFactory() != null;
        for (String name : values.keySet()) {
            require(forOthers || NAMES.contains(name), "There is no argument \"" + name + "\", only " + NAMES);
        }
        require(criteria.getBlock() == null, "The zoo builds the block itself: leave optBlock out");
        return new Arguments(values, criteria.getArtifactId());
    }

    /** The file of weights, the only one of its kind if a folder was given. */
    Path weights() {
        String which =
                "No weights are named: give .optArgument(\"weights\", path of a " + ENDING + " file or its folder)";
        require(values.containsKey("weights"), which);
        Path path = Path.of(values.get("weights").toString());
        if (!Files.isDirectory(path)) {
            return path;
        }
        List<Path> files = Folders.list(path, "[^.].*\\.safetensors");
        String folder = path.toAbsolutePath() + ": ";
        require(!files.isEmpty(), "No " + ENDING + " file in " + folder + "put one there by network.save(...)");
        List<Path> names = files.stream().map(Path::getFileName).toList();
        require(files.size() == 1, "Several files of weights in " + folder + "name one of " + names);
        return files.get(0);
    }

    /** The network that is asked for; a row of the table gets as many classes as the file has. */
    Architecture architecture(Path weights) {
        Object asked = values.getOrDefault("architecture", artifact);
        if (asked instanceof Architecture architecture) {
            return architecture;
        }
        try (Safetensors file = Safetensors.open(weights)) {
            String key = file.metadata().get("architecture");
            String fix = ": say .optArtifactId(Networks.CRU_NET_56.name()), for example";
            require(
                    asked != null || key != null,
                    weights.toAbsolutePath() + " does not say of which network it is" + fix);
            Architecture row = asked != null
                    ? CruZoo.row(asked.toString())
                    : CruZoo.row(
                            file.metadata().get("network"), one -> one.key().equals(key));
            String input = file.metadata().get("input");
            if (input != null) {
                int[] shape = input.startsWith("[") ? Records.fromJson(input, int[].class) : new int[0];
                String anew = ": read it by architecture.load(file) and save it anew";
                require(
                        shape.length == 4,
                        weights.toAbsolutePath() + " is for " + shortened(input) + ", not [N,C,H,W]" + anew);
                row = row.withImageSize(shape[3]);
            }
            Safetensors.Entry classifier = file.entries().get("head.classifier.bias");
            return classifier == null
                    ? row
                    : row.withClasses((int) classifier.shape().size());
        }
    }

    ClassificationTranslator translator(Network network, Path weights) {
        ClassificationTranslator plain = ClassificationTranslator.of(network);
        return plain.withCategories(categories(plain.categories(), weights))
                .withTopK(number("topK", plain.topK()))
                .withShorterSide(number("shorterSide", plain.shorterSide()));
    }

    private List<String> categories(List<String> unnamed, Path weights) {
        Object asked = values.get("categories");
        if (asked instanceof List<?> list) {
            return list.stream().map(Object::toString).toList();
        }
        return asked == null
                ? Categories.beside(weights)
                        .map(file -> Categories.read(file, unnamed.size()))
                        .orElse(unnamed)
                : Categories.read(Path.of(asked.toString()), unnamed.size());
    }

    private int number(String name, int otherwise) {
        Object value = values.getOrDefault(name, otherwise);
        try {
            return Integer.parseInt(value.toString());
        } catch (NumberFormatException e) {
            throw new IllegalArgumentException(name + " must be a whole number: " + value, e);
        }
    }
}
