package org.crunet.data;

/** Says what is wrong before it does harm. */
final class Checks {

    private Checks() {}

    static void require(boolean holds, String message) {
        if (!holds) {
            throw new IllegalArgumentException(message);
        }
    }
}
