package org.crunet.network;

import ai.djl.ndarray.types.Shape;

/**
 * One row of the table of a network's layers.
 *
 * @param name path of the block in the network, such as {@code stage3/unit2/expand}
 * @param kind what the block does, such as {@code conv 3x3, 32 groups}
 * @param output shape it computes, {@code (N, C, H, W)} with {@code N = -1}; null when the block is not initialised
 * @param parameters trainable parameters counted here for the first time
 * @param shared what is shared, such as {@code shared with stage3/unit1}; empty when the row's weights are its own
 */
public record Layer(String name, String kind, Shape output, long parameters, String shared) {}
