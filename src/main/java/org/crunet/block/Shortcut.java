package org.crunet.block;

/** A way around the convolutions of a unit that changes channels or resolution; around the others goes the input itself. */
public enum Shortcut {

    /** A 1x1 convolution with a batch norm of its own: before it, with ReLU, in pre-activation, behind it in post-activation. */
    PROJECTION,
    /** A 1x1 convolution alone; in pre-activation it reads what the first convolution reads (He et al. 2016). */
    BARE_PROJECTION,
    /** Pixels left out and channels of zeros added, half before and half behind: no weights (option A of He et al. 2015). */
    ZERO_PADDING
}
