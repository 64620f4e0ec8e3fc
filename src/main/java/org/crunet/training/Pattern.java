package org.crunet.training;

import static org.crunet.base.Errors.require;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.crunet.base.Names;

/** Names with {@code *} for any text. */
final class Pattern {

    private Pattern() {}

    static boolean matches(String pattern, String name) {
        String regex = Stream.of(pattern.split("\\*", -1))
                .map(java.util.regex.Pattern::quote)
                .collect(Collectors.joining(".*"));
        return name.matches(regex);
    }

    /** Those of a name that matches. */
    static <T> Map<String, T> matching(String pattern, Map<String, T> all) {
        Map<String, T> found = new LinkedHashMap<>(all);
        found.keySet().removeIf(name -> !matches(pattern, name));
        require(
                !found.isEmpty(),
                () -> "no weight is called " + pattern + ": "
                        + Names.near(pattern.replace("*", ""), List.copyOf(all.keySet())));
        return found;
    }
}
