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
                        value.isTextual() || value.isNumber() || value.isBoolean(),
                        attribute + " of " + name() + " is no text: " + shortened(value.toString()));
                return shortened(value.asText());
            }
        }
        require(otherwise != null, name() + " has no " + attribute);
        return otherwise;
    }

    boolean flag(String attribute, boolean otherwise) {
        String text = text(attribute, String.valueOf(otherwise));
        boolean yes = text.equalsIgnoreCase("true") || text.equals("1");
        require(
                yes || text.equalsIgnoreCase("false") || text.equals("0"),
                attribute + " of " + name() + " is " + text + ", neither True nor False");
        return yes;
    }

    int whole(String attribute, Integer otherwise) {
        String text = text(attribute, otherwise == null ? null : otherwise.toString());
        return Integer.parseInt(text.replaceFirst("L$", ""));
    }

    /** {@code (3, 3)} as 3. */
    int square(String attribute, int otherwise) {
        String[] sides = text(attribute, "").replaceAll("[()\\[\\]L\\s]", "").split(",");
        if (sides.length == 1 && sides[0].isEmpty()) {
            return otherwise;
        }
        require(
                sides.length == 2 && sides[0].equals(sides[1]),
                attribute + " of " + name() + " is not the same both ways");
        int side = Integer.parseInt(sides[0]);
        require(side >= 0, attribute + " of " + name() + " is negative, " + side);
        return side;
    }

    /** Images before channels before pixels. */
    void requireLayout() {
        String layout = text("layout", "NCHW");
        require(layout.equals("NCHW") || layout.equals("None"), name() + " has the layout " + layout + ", not NCHW");
    }
}
