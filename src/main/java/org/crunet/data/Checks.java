package org.crunet.data;

import static org.crunet.base.Errors.require;

import java.util.List;
import java.util.Map;

/** Says what is wrong. */
final class Checks {
    private Checks() {}

    /** A folder is given, not the variable of the environment that is not set. */
    static void folder(String root, String what) {
        require(
                root != null,
                "root is null: give the folder of " + what
                        + "; if it comes from an environment variable, that is not set");
    }

    /** A line for every file with a problem. */
    static List<String> lines(Map<String, String> problems) {
        return problems.entrySet().stream()
                .map(entry -> entry.getKey() + ": " + entry.getValue())
                .toList();
    }
}
