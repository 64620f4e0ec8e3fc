package org.crunet.data;

import ai.djl.ndarray.NDArray;

/**
 * Images for one step of a network, without those that could not be read.
 *
 * @param images {@code (n, 3, H, W)}, normalised; of ten crops {@code (10 n, 3, H, W)}, image by image
 * @param labels the n labels
 * @param indices places of the n images in their set
 */
public record Batch(NDArray images, int[] labels, int[] indices) {}
