package org.crunet.tensor;

/** Names from files, which may be of any length, in messages. */
public final class Quoted {

    private static final int LONGEST = 80;

    private Quoted() {}

    /** In quotation marks, and not too long to be read. */
    static String of(String name) {
        return '"' + shortened(name) + '"';
    }

    /**
     * The beginning of a long text.
     *
     * @param text of any length
     * @return its first 80 characters, and dots where there are more
     */
    public static String shortened(String text) {
        return text.length() > LONGEST ? text.substring(0, LONGEST) + "..." : text;
    }
}
