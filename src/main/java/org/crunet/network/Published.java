package org.crunet.network;

import static org.crunet.base.Errors.require;

import ai.djl.ndarray.types.DataType;
import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.DeserializationContext;
import com.fasterxml.jackson.databind.JsonDeserializer;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.JsonSerializer;
import com.fasterxml.jackson.databind.SerializationFeature;
import com.fasterxml.jackson.databind.SerializerProvider;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.module.SimpleModule;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.function.Function;
import java.util.stream.Stream;
import org.crunet.base.Errors;
import org.crunet.base.Named;
import org.crunet.block.Kernels;
import org.crunet.files.Folders;
import org.crunet.files.InputFile;
import org.crunet.files.WholeFile;

/** A network in a folder as hubs for weights keep it: {@code config.json}, {@code README.md} and {@code model.safetensors}. */
final class Published {

    private static final String CONFIG = "config.json";
    private static final String WEIGHTS = "model.safetensors";
    private static final String CODE = "code";
    private static final String OWN = "own code";
    private static final String LINEAR = "linear";
    private static final String FIX = ": build the Architecture, and load(Path.of(\"" + WEIGHTS + "\"))";
    private static final long MOST_UNITS = 10_000;

    /** An architecture as data; code in it as its name, by which this library's own is found again. */
    private static final JsonMapper JSON = JsonMapper.builder()
            .enable(SerializationFeature.INDENT_OUTPUT)
            .addModule(new SimpleModule()
                    .addSerializer(Named.class, writer((code, to) -> {
                        to.writeStartObject();
                        to.writeStringField(Architecture.isOwn(code) ? OWN : CODE, code.name());
                        to.writeEndObject();
                    }))
                    .addSerializer(Head.LinearClassifier.class, writer((head, to) -> to.writeString(LINEAR)))
                    .addDeserializer(Stage.Units.class, reader(Stage.Units.class, Stage.Kind::valueOf))
                    .addDeserializer(Head.class, reader(Head.class, linear -> Head.linear()))
                    .addDeserializer(Kernels.class, reader(Kernels.class, text -> null)))
            .build();

    private Published() {}

    private record Config(String name, long parameters, long multiplyAdds, Architecture architecture) {}

    /** Writes the three files; those that are there are replaced. */
    static void write(Network network, Architecture architecture, ModelCard card, Path folder, DataType kernels) {
        require(
                architecture != null,
                () -> network.name()
                        + " has no architecture that could be written down: build it from an Architecture");
        Folders.requireWritable(folder, "a network");
        Config config =
                new Config(network.name(), network.parameters(), network.cost().multiplyAdds(), architecture);
        try {
            String json = JSON.writeValueAsString(config) + "\n";
            Weights.save(network, folder.resolve(WEIGHTS), kernels);
            write(folder.resolve("README.md"), card.markdown(network));
            write(folder.resolve(CONFIG), json);
        } catch (JsonProcessingException e) {
            throw new IllegalStateException(e);
        }
    }

    private static void write(Path file, String text) {
        WholeFile.write(file, out -> out.write(text.getBytes(StandardCharsets.UTF_8)));
    }

    /** Builds the network that was written. */
    static Network load(Path folder) {
        require(
                !Files.isRegularFile(folder),
                () -> folder.toAbsolutePath() + " is a file, not a folder that a network was published in: build its"
                        + " architecture, and load(file)");
        Path file = folder.resolve(CONFIG);
        InputFile.require(file);
        try {
            Config config = JSON.readValue(Files.readString(file), Config.class);
            require(config != null && config.architecture != null, file + " says of no network what it is");
            Architecture architecture = config.architecture;
            requireSmall(architecture, folder.resolve(WEIGHTS));
            return architecture.load(folder.resolve(WEIGHTS));
        } catch (JsonProcessingException e) {
            String what = e.getCause() instanceof IllegalArgumentException known
                    ? known.getMessage()
                    : e.getOriginalMessage();
            throw new IllegalArgumentException(
                    file + " says of no network what it is: " + Errors.shortened(what, 300), e);
        } catch (IOException e) {
            throw new UncheckedIOException("Cannot read " + file.toAbsolutePath() + ": " + Errors.reason(e), e);
        }
    }

    /** Before anything is built of numbers that a file claims. */
    private static void requireSmall(Architecture architecture, Path weights) throws IOException {
        InputFile.require(weights);
        long units = architecture.stages().stream().mapToLong(Stage::units).sum();
        require(units <= MOST_UNITS, () -> "a network of " + units + " units, more than " + MOST_UNITS);
        long bytes = architecture.cost().fileBytes();
        require(
                bytes / 2 <= Files.size(weights), // kernels may be in half floats
                () -> "a network of " + bytes + " bytes, more than there are in " + weights);
    }

    /** Finds code of this library by its name. */
    private static <T> T code(Class<T> type, String name) {
        return Stream.concat(Networks.all().stream(), Relatives.all().stream().map(Relatives.Row::network))
                .flatMap(Architecture::code)
                .filter(code -> type.isInstance(code) && code.name().equals(name))
                .map(type::cast)
                .findFirst()
                .orElseThrow(() -> new IllegalArgumentException(
                        "no network in Networks and Relatives has \"" + Errors.shortened(name) + '"' + FIX));
    }

    private interface Writing<T> {
        void write(T value, JsonGenerator to) throws IOException;
    }

    private static <T> JsonSerializer<T> writer(Writing<T> writing) {
        return new JsonSerializer<>() {
            @Override
            public void serialize(T value, JsonGenerator to, SerializerProvider provider) throws IOException {
                writing.write(value, to);
            }
        };
    }

    private static <T> JsonDeserializer<T> reader(Class<T> type, Function<String, T> ofText) {
        return new JsonDeserializer<>() {
            @Override
            public T deserialize(JsonParser from, DeserializationContext context) throws IOException {
                JsonNode json = from.readValueAsTree();
                String own = json.path(OWN).asText();
                require(
                        own.isEmpty(),
                        () -> '"' + Errors.shortened(own) + "\" is code of one's own, which no file has" + FIX);
                return json.isTextual()
                        ? ofText.apply(json.asText())
                        : code(type, json.path(CODE).asText());
            }
        };
    }
}
