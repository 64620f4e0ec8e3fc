package org.crunet.tensor;

import static org.crunet.base.Errors.require;

/**
 * The size of the core of a block term of a kernel: {@code d3* x d4*} in the paper, whose spatial modes are left alone.
 *
 * @param in input channels of the core, {@code d3*}
 * @param out output channels of the core, {@code d4*}
 */
public record Rank(int in, int out) {

    /** Throws IllegalArgumentException unless both are positive. */
    public Rank {
        require(in > 0 && out > 0, "rank: both must be positive: in=" + in + ", out=" + out);
    }

    @Override
    public String toString() {
        return in == out ? in + " x " + out : "in=" + in + ", out=" + out;
    }
}
