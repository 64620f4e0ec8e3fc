package org.crunet.tensor;

/** A part of a block term of a kernel, in the order in which an input meets them. */
public enum Factor {
    /** The input factor, {@code A3} in the paper, a 1x1 that reduces: {@code (in, d3*)} a term. */
    IN,
    /** The core {@code G}, a 3x3 with a group for every term: {@code (d4*, d3*, height, width)} a term. */
    CORE,
    /** The output factor, {@code A4} in the paper, a 1x1 that expands: {@code (out, d4*)} a term. */
    OUT
}
