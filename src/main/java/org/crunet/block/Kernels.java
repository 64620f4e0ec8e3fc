package org.crunet.block;

import ai.djl.ndarray.types.Shape;
import java.io.Serializable;
import org.crunet.base.Named;

/**
 * A formula by which units compute the kernel of a role. The name says what is computed wherever a run is recognised: a
 * changed formula takes a new name.
 *
 * @param name such as {@code mix of 2}
 * @param maker makes a kernel at a place
 */
public record Kernels(String name, Maker maker) implements Named, Serializable {

    /** Makes kernels. */
    @FunctionalInterface
    public interface Maker extends Serializable {

        /**
         * Makes the kernel of a unit.
         *
         * @param place where the unit stands, which gives it what it shares
         * @param shape {@code (out, in / groups, height, width)}
         * @return a kernel of this shape; null for an ordinary one
         */
        Kernel kernel(Place place, Shape shape);
    }

    /** Throws IllegalArgumentException if the name is blank. */
    public Kernels {
        Named.require(name, maker);
    }

    /** Returns whether the names are alike. */
    @Override
    public boolean equals(Object other) {
        return other instanceof Kernels kernels && kernels.name.equals(name);
    }

    @Override
    public int hashCode() {
        return name.hashCode();
    }

    @Override
    public String toString() {
        return name;
    }
}
