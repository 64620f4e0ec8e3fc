package org.crunet.data;

import ai.djl.ndarray.NDArray;

/** Stand-in.
 * @param images a
 * @param labels a
 * @param indices a */
public record Batch(NDArray images, int[] labels, int[] indices) {}
