package org.crunet.exchange;

import static org.crunet.base.Errors.require;
import static org.crunet.base.Errors.shortened;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.List;

/**
 * A node of a graph of MXNet: an operator or a variable, what it takes and its attributes.
 *
 * @param json as the file has it
 */
record MxnetNode(JsonNode json) {

    private static final int MAX_NAME = 512;

    /** For messages too, as {@link #name}. */
    String operator() {
        return shortened(json.path("op").asText());
    }

    /** For messages. */
    String name() {
        return shortened(json.path("name").asText());
    }

    /** By which arrays are found. */
    String fullName() {
        String name = json.path("name").asText();
        require(name.length() <= MAX_NAME, "the name " + shortened(name) + " has " + name.length() + " characters");
        return name;
    }

    /** How many there are. */
    int inputs() {
        return json.path("inputs").size();
    }

    /** The place of the node that an input comes from. */
    int input(int input) {
        JsonNode from = json.path("inputs").path(input);
        require(from.path(0).canConvertToInt(), name() + " lacks input " + input);
        require(from.path(1).asInt(0) == 0, name() + " takes a second output");
        return from.path(0).asInt();
    }

    /**
     * An attribute, written in {@code attrs}, before in {@code attr}, and first in {@code param}: as text by MXNet, perhaps as
     * a number or truth by hand.
     *
     * @param otherwise MXNet's default, or null if it has none
     */
    String text(String attribute, String otherwise) {
        for (String key : List.of("attrs", "attr", "param")) {
            JsonNode value = json.path(key).path(attribute);
            if (!value.isMissingNode()) {
                require(
                        value.isValueNode() && !value.isNull(),
                        () -> attribute + " of " + name() + " is no text: " + shortened(value.toString()));
                return shortened(value.asText());
            }
        }
        require(otherwise != null, name() + " has no " + attribute);
        return otherwise;
    }

    boolean flag(String attribute, boolean otherwise) {
        String text = text(attribute, String.valueOf(otherwise));
        require(
                text.matches("(?i)true|false|[01]"),
                () -> attribute + " of " + name() + " is " + text + ", neither True nor False");
        return text.matches("(?i)true|1");
    }

    int whole(String attribute, Integer otherwise) {
        String text = text(attribute, otherwise == null ? null : otherwise.toString());
        return Integer.parseInt(text.replaceFirst("L$", ""));
    }

    /** {@code (3, 3)} as 3. */
    int square(String attribute, int otherwise) {
        String sides = text(attribute, "").replaceAll("[()\\[\\]L\\s]", "");
        if (sides.isEmpty()) {
            return otherwise;
        }
        require(
                sides.matches("(\\d+),\\1,?"),
                () -> attribute + " of " + name() + " is " + sides + ", not one whole number for both ways");
        return Integer.parseInt(sides.substring(0, sides.indexOf(',')));
    }

    /** Images before channels before pixels. */
    void requireLayout() {
        String layout = text("layout", "NCHW");
        require(layout.equals("NCHW") || layout.equals("None"), name() + " has the layout " + layout + ", not NCHW");
    }
}
