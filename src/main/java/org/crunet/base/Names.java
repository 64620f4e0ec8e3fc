package org.crunet.base;

import java.math.BigInteger;
import java.util.Collection;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** Lists of names in messages, no longer than somebody reads. */
public final class Names {

    /** Whole numbers by what they count to, before other names, which are all alike: a stable sort leaves those as they were. */
    public static final Comparator<String> BY_NUMBER =
            Comparator.comparing(Names::number, Comparator.nullsLast(Comparator.naturalOrder()));

    /** How many of a list are named. */
    private static final int NAMED = 4;
    /** Up to how many are all told when somebody asked for another. */
    private static final int SHOWN = 12;
    /** How many weights are named. */
    private static final int LISTED = 8;
    /** Characters of one of them. */
    private static final int LINE = 200;

    private Names() {}

    private static BigInteger number(String name) {
        return name.matches("-?[0-9]+") ? new BigInteger(name) : null;
    }

    /**
     * Returns the first few of many.
     *
     * @param all any number of names
     * @return four at most, and how many more there are
     */
    public static String some(List<String> all) {
        List<String> first = all.stream().limit(NAMED).map(Names::line).toList();
        return all.size() <= NAMED ? first.toString() : first + " and " + (all.size() - NAMED) + " more";
    }

    private static String line(String name) {
        return Errors.shortened(name, LINE);
    }

    /**
     * Returns those of many names that somebody may have meant, and how many there are.
     *
     * @param wanted a name that is not there
     * @param names those that are
     * @return such as {@code there are 365, such as [beach, beer_garden]}
     */
    public static String near(String wanted, List<String> names) {
        if (names.size() <= SHOWN) {
            return "there are " + names.stream().map(Names::line).toList();
        }
        List<String> near = names.stream()
                .sorted(Comparator.comparingInt(name -> -likeness(wanted.toLowerCase(Locale.ROOT), name)))
                .limit(NAMED)
                .map(Names::line)
                .toList();
        return "there are " + names.size() + ", such as " + near;
    }

    /** How much of two names is alike from the first letter on, which counts most, and from the last; all if one is in the other. */
    private static int likeness(String wanted, String name) {
        String other = name.toLowerCase(Locale.ROOT);
        if (other.contains(wanted) || wanted.contains(other)) {
            return 5 * Math.max(wanted.length(), other.length());
        }
        int first = 0;
        while (wanted.charAt(first) == other.charAt(first)) {
            first++;
        }
        int last = 0;
        while (wanted.charAt(wanted.length() - 1 - last) == other.charAt(other.length() - 1 - last)) {
            last++;
        }
        return 4 * first + last;
    }

    /**
     * Returns what keeps a file's weights from being a network's.
     *
     * @param wanted names that the network needs
     * @param found names that the file has
     * @param misshapen a line for every weight of another shape
     * @return the first few that are missing, surplus and of another shape; empty if all fit
     */
    public static String misfit(Collection<String> wanted, Collection<String> found, Collection<String> misshapen) {
        return Stream.of(
                        listed("missing: ", wanted, new LinkedHashSet<>(found)),
                        listed("surplus: ", found, new LinkedHashSet<>(wanted)),
                        listed("of another shape: ", misshapen, Set.of()))
                .filter(fault -> !fault.isEmpty())
                .collect(Collectors.joining("; "));
    }

    private static String listed(String heading, Collection<String> names, Set<String> others) {
        List<String> lacking =
                names.stream().filter(name -> !others.contains(name)).toList();
        String first = lacking.stream().limit(LISTED).map(Names::line).collect(Collectors.joining(", "));
        int more = lacking.size() - LISTED;
        return lacking.isEmpty() ? "" : heading + first + (more > 0 ? " and " + more + " more" : "");
    }

    /**
     * Returns the name of a column of a table.
     *
     * @param camelCase name of a record's component, such as {@code trainTop1}
     * @return in words, such as {@code train top-1}
     */
    public static String words(String camelCase) {
        return camelCase
                .replaceAll("(?<=[a-z0-9])(?=[A-Z])", " ")
                .replaceAll("(?<=[a-zA-Z])(?=[0-9])", "-")
                .toLowerCase(Locale.ROOT);
    }

    /**
     * Tells whether a name has a form.
     *
     * @param pattern a name with {@code *} for any text, such as {@code conv3.*.alpha}
     * @param name any
     * @return true if it has
     */
    public static boolean matches(String pattern, String name) {
        String regex = Stream.of(pattern.split("\\*", -1)).map(Pattern::quote).collect(Collectors.joining(".*"));
        return name.matches(regex);
    }

    /**
     * Finds what has a name of a form.
     *
     * @param <T> what has names
     * @param pattern a name with {@code *} for any text
     * @param all by their names
     * @return those of such a name, in their order
     * @throws IllegalArgumentException if there are none; the message has the names that are near
     */
    public static <T> Map<String, T> matching(String pattern, Map<String, T> all) {
        Map<String, T> found = new LinkedHashMap<>(all);
        found.keySet().removeIf(name -> !matches(pattern, name));
        Errors.require(
                !found.isEmpty(),
                () -> "no weight is called " + pattern + ": "
                        + near(pattern.replace("*", ""), List.copyOf(all.keySet())));
        return found;
    }

    /**
     * Returns a name as a part of a file's name.
     *
     * @param name such as {@code Sha WRN-28-1}
     * @return such as {@code sha-wrn-28-1}
     */
    public static String forFile(String name) {
        return name.toLowerCase(Locale.ROOT).replaceAll("[^a-z0-9]+", "-");
    }
}
