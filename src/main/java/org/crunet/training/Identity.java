package org.crunet.training;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.crunet.base.Errors;
import org.crunet.base.Records;
import org.crunet.data.Splits;
import org.crunet.network.Architecture;

/**
 * What a training is: all that its result depends on, as exact values. What network and images are called is for people and
 * not in it.
 *
 * @param fields canonical texts by what they are of, such as {@code recipe.epochs}
 */
record Identity(Map<String, String> fields) {

    Identity {
        Objects.requireNonNull(fields, "fields is null");
    }

    private static final Pattern NUMBER = Pattern.compile("-?0x[01]\\.[0-9a-f]+p-?\\d+");

    /** A text in quotation marks, or what opens, closes and parts. */
    private static final Pattern MARK = Pattern.compile("\"(?:\\\\.|[^\"\\\\])*+\"|([\\[({])|([\\])}])|(, )");

    private static final Pattern NAMED = Pattern.compile("([\\w\"]+)=(.*)");

    private static final List<String> NAMES = List.of("architecture.title", "architecture.variant");

    static Identity of(Architecture architecture, Splits data, Recipe recipe) {
        Map<String, String> fields = new LinkedHashMap<>();
        Records.fields(architecture)
                .forEach((name, value) -> fields.put("architecture." + name, Records.canonical(value)));
        fields.keySet().removeAll(NAMES);
        Records.fields(recipe.here()).forEach((name, value) -> fields.put("recipe." + name, Records.canonical(value)));
        fields.put("set of training images", data.train().fingerprint());
        fields.put("set of validation images", data.validation().fingerprint());
        return new Identity(fields);
    }

    /** 16 hexadecimal digits. */
    String key() {
        return Records.key(fields);
    }

    /** The first field that was another in an earlier training. */
    Optional<String> changed(Identity before) {
        return fields.keySet().stream()
                .filter(field -> !fields.get(field).equals(before.fields.get(field)))
                .findFirst();
    }

    /** Its first part that was another in an earlier training, with both values. */
    String difference(String field, Identity before) {
        return difference(field, String.valueOf(before.fields.get(field)), fields.get(field));
    }

    private static String difference(String field, String before, String now) {
        Map<String, String> were = new LinkedHashMap<>();
        Map<String, String> are = new LinkedHashMap<>();
        parts(field, before, were);
        parts(field, now, are);
        String part = Stream.concat(are.keySet().stream(), were.keySet().stream())
                .filter(path -> !Objects.equals(were.get(path), are.get(path)))
                .findFirst()
                .orElse(field);
        return "another " + part.replace("sha256", "content") + ": it was " + readable(were.get(part)) + " and is "
                + readable(are.get(part));
    }

    /** Finds every part of a canonical text by its path: a value, or the name of what has parts itself. */
    private static void parts(String path, String text, Map<String, String> all) {
        List<String> pieces = pieces(text);
        all.put(path, pieces.get(0));
        for (int i = 1; i < pieces.size(); i++) {
            Matcher named = NAMED.matcher(pieces.get(i));
            boolean hasName = named.matches();
            String place = path.equals("architecture.stages") ? Architecture.stageName(i - 1) : "" + i;
            parts(path + "." + (hasName ? named.group(1) : place), hasName ? named.group(2) : pieces.get(i), all);
        }
    }

    /** What is before the outermost brackets, and what is between them, comma by comma. */
    private static List<String> pieces(String text) {
        List<String> pieces = new ArrayList<>();
        int depth = 0;
        int from = 0;
        for (Matcher mark = MARK.matcher(text); mark.find(); ) {
            int before = depth;
            depth += mark.group(1) != null ? 1 : mark.group(2) != null ? -1 : 0;
            if (before + depth == 1 || depth == 1 && mark.group(3) != null) {
                pieces.add(text.substring(from, mark.start()));
                from = mark.end();
            }
        }
        return pieces.isEmpty() ? List.of(text) : pieces;
    }

    /** In decimal numbers, and no longer than somebody reads. */
    private static String readable(String canonical) {
        if (canonical == null || canonical.isEmpty()) {
            return "nothing";
        }
        String plain = canonical.replaceAll("\\w+\\$(?=[A-Z])", "").replaceAll("([0-9a-f]{8})[0-9a-f]{56}", "$1...");
        return Errors.shortened(NUMBER.matcher(plain).replaceAll(number -> "" + Double.parseDouble(number.group())));
    }
}
