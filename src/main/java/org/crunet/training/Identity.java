package org.crunet.training;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Pattern;
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

    private static final Pattern NUMBER = Pattern.compile("-?0x[01]\\.[0-9a-f]+p-?\\d+");

    private static final List<String> NAMES = List.of("architecture.title", "architecture.variant");

    static Identity of(Architecture architecture, Splits data, Recipe recipe) {
        Map<String, String> fields = new LinkedHashMap<>();
        Records.fields(architecture)
                .forEach((name, value) -> fields.put("architecture." + name, Records.canonical(value)));
        fields.keySet().removeAll(NAMES);
        Records.fields(recipe).forEach((name, value) -> fields.put("recipe." + name, Records.canonical(value)));
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

    /** What it was and what it is. */
    String difference(String field, Identity before) {
        return "another " + field + ": it was " + readable(before.fields.get(field)) + " and is "
                + readable(fields.get(field));
    }

    /** With decimal numbers. */
    private static String readable(String canonical) {
        return NUMBER.matcher(String.valueOf(canonical)).replaceAll(number -> "" + Double.parseDouble(number.group()));
    }
}
