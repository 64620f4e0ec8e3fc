package org.crunet.block;

/** Which factors the units of a collective group have in common; each unit has what is not shared for itself. */
public enum Sharing {

    /** The input factor {@code A3} (1x1) and the cores {@code G_r} (3x3): the paper's choice. */
    BOTH,
    /** The input factor {@code A3} (1x1) only. */
    REDUCE,
    /** The cores {@code G_r} (3x3) only. */
    CORE;

    boolean reduce() {
        return this != CORE;
    }

    boolean core() {
        return this != REDUCE;
    }
}
