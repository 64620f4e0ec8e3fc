package org.crunet.data;

import java.io.IOException;
import java.nio.charset.CharacterCodingException;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileSystemException;
import java.nio.file.NoSuchFileException;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;

/** Says what is wrong. */
final class Checks {
    /** At this size one image has 200 million numbers. */
    static final int LARGEST_SIDE = 8192;

    private Checks() {}

    static void require(boolean holds, String message) {
        if (!holds) {
            throw new IllegalArgumentException(message);
        }
    }

    /** For what is checked a million times: the message is made only when it is needed. */
    static void require(boolean holds, Supplier<String> message) {
        if (!holds) {
            throw new IllegalArgumentException(message.get());
        }
    }

    /** A folder is given, not the variable of the environment that is not set. */
    static void folder(String root, String what) {
        require(
                root != null,
                "root is null: give the folder of " + what
                        + "; if it comes from an environment variable, that is not set");
    }

    /** The side of a square image. */
    static void side(int pixels, String example) {
        require(
                pixels >= 1 && pixels <= LARGEST_SIDE,
                "An image cannot be " + pixels + " pixels wide: use " + example + ", for example, and at most "
                        + LARGEST_SIDE);
    }

    /** Before the work, whether its result can fit at all. */
    static void memory(long bytes, String what, String fix) {
        long most = Runtime.getRuntime().maxMemory();
        require(
                bytes < most,
                () -> what + " need " + (bytes >> 20) + " MiB, more than the " + (most >> 20)
                        + " MiB that Java may use: " + fix
                        + ", or start Java with more, -Xmx" + ((bytes >> 30) + 2) + "g");
    }

    /** A line for every file with a problem. */
    static List<String> lines(Map<String, String> problems) {
        return problems.entrySet().stream()
                .map(entry -> entry.getKey() + ": " + entry.getValue())
                .toList();
    }

    /** Why a file cannot be read, without its path, which for some errors is all that their message has. */
    static String reason(IOException e) {
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
}
