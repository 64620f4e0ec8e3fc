package org.crunet.block;

/** Which factors the units of a collective group have in common; each unit has what is not shared for itself. */
public enum Sharing {

    /** The input factor {@code A3} (1x1) and the cores {@code G_r} (3x3): the paper's choice. */
    BOTH(true, true, ""),
    /** The input factor {@code A3} (1x1) only. */
    REDUCE(true, false, "sharing the 1x1 only"),
    /** The cores {@code G_r} (3x3) only. */
    CORE(false, true, "sharing the 3x3 only");

    private final boolean reduce;
    private final boolean core;
    private final String remark;

    Sharing(boolean reduce, boolean core, String remark) {
        this.reduce = reduce;
        this.core = core;
        this.remark = remark;
    }

    /**
     * Returns whether the units have the input factor in common.
     *
     * @return true if they run one 1x1
     */
    public boolean reduce() {
        return reduce;
    }

    /**
     * Returns whether the units have the cores in common.
     *
     * @return true if they run one 3x3
     */
    public boolean core() {
        return core;
    }

    /**
     * Returns what the name of a network and the description of a stage say about it.
     *
     * @return such as {@code sharing the 1x1 only}; nothing for the paper's choice
     */
    public String remark() {
        return remark;
    }
}
