package org.crunet.block;

/**
 * What goes around a residual function: the input itself, or where channels or resolution change a {@link Shortcut}. A unit makes
 * it with {@link Unit#around}.
 */
public final class Around {

    private final Unit unit;
    private final Shortcut kind;
    private final int added;
    private final BatchNorm norm;
    private final Conv conv;
    private final boolean normedBefore;

    /** Its convolution and its batch norm are children of the unit. */
    Around(Unit unit, Shortcut kind, int added, BatchNorm norm, Conv conv, boolean normedBefore) {
        this.unit = unit;
        this.kind = kind;
        this.added = added;
        this.norm = norm;
        this.conv = conv;
        this.normedBefore = normedBefore;
    }

    /** Whether it is a projection that reads what the residual function's first convolution reads, in pre-activation. */
    boolean isBare() {
        return kind == Shortcut.BARE_PROJECTION;
    }

    /**
     * Computes it.
     *
     * @param <T> what flows
     * @param flow does the steps
     * @param x the unit's input; for a bare projection in pre-activation that of its first convolution
     * @return of the shape of the unit's output
     */
    public <T> T apply(Flow<T> flow, T x) {
        if (kind == null) {
            return x;
        }
        int stride = unit.stride();
        return switch (kind) {
            case PROJECTION ->
                normedBefore ? flow.conv(conv, flow.normRelu(norm, x), stride) : flow.convNorm(conv, stride, norm, x);
            case BARE_PROJECTION -> flow.conv(conv, x, stride);
            case ZERO_PADDING -> flow.zeroPad(x, stride, added);
        };
    }

    /** The 1x1, null where there is none. */
    Conv conv() {
        return conv;
    }

    /** The batch norm before or behind the 1x1, null where there is none. */
    BatchNorm norm() {
        return norm;
    }
}
