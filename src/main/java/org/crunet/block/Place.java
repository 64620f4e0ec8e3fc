package org.crunet.block;

import static org.crunet.base.Errors.require;

import ai.djl.ndarray.types.Shape;
import java.util.LinkedHashSet;
import java.util.Set;

/** The place of a unit: what enters it, its stride, and the kernels that it shares with other units. */
public final class Place {

    private final int in;
    private final int stride;
    private final int unit;
    private final UnitGroup group;
    private final Set<String> roles = new LinkedHashSet<>();

    /** In a group, or by itself where that is null. */
    Place(int in, int stride, int unit, UnitGroup group) {
        this.in = in;
        this.stride = stride;
        this.unit = unit;
        this.group = group;
    }

    /**
     * Makes the place of a unit by itself, which shares nothing.
     *
     * @param in channels of its input
     * @param stride its step in pixels
     * @return a new place
     */
    public static Place alone(int in, int stride) {
        return new Place(in, stride, 0, null);
    }

    /**
     * Returns the channels of the unit's input.
     *
     * @return those of the stage's input for its first unit, of its output for the others
     */
    public int in() {
        return in;
    }

    /**
     * Returns the unit's step.
     *
     * @return the stride in pixels
     */
    public int stride() {
        return stride;
    }

    /**
     * Returns whether the unit shares a role with others.
     *
     * @param role such as {@code core}
     * @return false if it has a kernel of its own
     */
    public boolean shares(String role) {
        roles.add(role);
        return group != null && group.owner(role, unit) >= 0;
    }

    /** What was asked for. */
    Set<String> roles() {
        return roles;
    }

    /**
     * Gives a role a stored tensor to compute kernels from: the one that the unit shares there, or else a new one, which will
     * belong to the convolution that takes it.
     *
     * @param role such as {@code templates}
     * @param shape of its numbers
     * @return the tensor
     * @throws IllegalArgumentException if another unit shares it with another shape; the message has both
     */
    public Kernel stored(String role, Shape shape) {
        return shares(role) ? group.stored(role, unit, shape) : Kernel.stored(role, shape);
    }

    /**
     * Returns the number of the unit in its stage.
     *
     * @return from 0
     */
    public int unit() {
        return unit;
    }

    /** The convolution that it shares in a role; what it wants must have the same shape. */
    Conv shared(String role, Conv wanted) {
        return group.shared(role, unit, wanted);
    }

    /** The kernel that it computes in a role, null if that is an ordinary one. */
    Kernel computed(String role, Shape shape) {
        Kernels kernels = group == null ? null : group.kernels().get(role);
        Kernel computed = kernels == null ? null : kernels.maker().kernel(this, shape);
        require(
                computed == null || computed.shape().equals(shape),
                () -> kernels + " computes " + computed.shape() + " as " + role + " of unit" + (unit + 1)
                        + ", not the kernel that is needed there, " + shape);
        return computed;
    }
}
