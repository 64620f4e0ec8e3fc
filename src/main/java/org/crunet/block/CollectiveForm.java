package org.crunet.block;

/** The two forms of the collective residual unit (Fig. 3). */
public enum CollectiveForm {

    /** Fig. 3, left: after the shared factors one own 1x1, D to C. */
    STANDARD,

    /** Fig. 3, right, "with better nonlinearity": an own 1x1, D to D, comes before it. All published networks. */
    IMPROVED
}
