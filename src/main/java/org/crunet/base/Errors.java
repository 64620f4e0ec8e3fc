package org.crunet.base;

import java.io.IOException;
import java.nio.charset.CharacterCodingException;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileSystemException;
import java.nio.file.NoSuchFileException;
import java.util.function.Supplier;
import java.util.regex.Pattern;

/** Checks of arguments, and the words in which errors tell what was found. */
public final class Errors {

    private static final int LONGEST = 80;
    private static final Pattern BREAKS = Pattern.compile("[\\p{Cntrl}\\u2028\\u2029]");

    private Errors() {}

    /**
     * Throws unless a condition holds.
     *
     * @param holds the condition
     * @param message cause, value and fix
     * @throws IllegalArgumentException if it does not hold
     */
    public static void require(boolean holds, String message) {
        if (!holds) {
            throw new IllegalArgumentException(message);
        }
    }

    /**
     * Throws unless a condition holds, for what is checked a million times: the message is made only when it is needed.
     *
     * @param holds the condition
     * @param message cause, value and fix
     * @throws IllegalArgumentException if it does not hold
     */
    public static void require(boolean holds, Supplier<String> message) {
        if (!holds) {
            throw new IllegalArgumentException(message.get());
        }
    }

    /**
     * Throws unless a condition holds that a sound file meets.
     *
     * @param holds the condition
     * @param message what is wrong with it
     * @throws IOException if it does not hold
     */
    public static void check(boolean holds, String message) throws IOException {
        if (!holds) {
            throw new IOException(message);
        }
    }

    /**
     * Throws unless a condition holds that a sound file meets, for what is checked a million times.
     *
     * @param holds the condition
     * @param message what is wrong with it, made only when it is needed
     * @throws IOException if it does not hold
     */
    public static void check(boolean holds, Supplier<String> message) throws IOException {
        if (!holds) {
            throw new IOException(message.get());
        }
    }

    /**
     * Throws, before the work, if its result cannot fit into memory.
     *
     * @param bytes of the result
     * @param what the result, in the plural
     * @param fix what to do about it
     * @throws IllegalArgumentException if Java may use less
     */
    public static void requireMemory(long bytes, String what, String fix) {
        long most = Runtime.getRuntime().maxMemory();
        require(
                bytes < most,
                () -> what + " need " + (bytes >> 20) + " MiB, and Java may use " + (most >> 20) + ": " + fix
                        + ", or start Java with more, -Xmx" + ((bytes >> 30) + 2) + "g");
    }

    /**
     * Returns why a file cannot be read or written, without its path, which for some errors is all that their message has.
     *
     * @param e what was thrown
     * @return such as {@code there is no such file}
     */
    public static String reason(IOException e) {
        if (e instanceof NoSuchFileException) {
            return "there is no such file";
        }
        if (e instanceof AccessDeniedException) {
            return "no permission to read it";
        }
        if (e instanceof CharacterCodingException) {
            return "it is no text in UTF-8";
        }
        String message = e instanceof FileSystemException f ? f.getReason() : e.getMessage();
        return message == null ? e.toString() : message;
    }

    /**
     * Returns a name from a file in quotation marks, and not too long to be read.
     *
     * @param name of any length
     * @return at most 80 characters of it
     */
    public static String quoted(String name) {
        return '"' + shortened(name) + '"';
    }

    /**
     * Returns the beginning of a long text, in one line.
     *
     * @param text of any length
     * @return its first 80 characters, and dots where there are more
     */
    public static String shortened(String text) {
        return shortened(text, LONGEST);
    }

    /**
     * Returns the beginning of a long text, in one line.
     *
     * @param text of any length, such as a message of a library that may quote a file
     * @param most how many characters of it
     * @return those, and dots where there are more
     */
    public static String shortened(String text, int most) {
        String start =
                BREAKS.matcher(text.substring(0, Math.min(most, text.length()))).replaceAll(" ");
        return text.length() > most ? start + "..." : start;
    }
}
