package org.crunet.network;

import ai.djl.ndarray.types.Shape;

/**
 * One row of the table of a network's layers.
 *
 * @param name path of the block in the network, such as {@code stage3/group1/unit2/expand}
 * @param kind what the block does, such as {@code conv 3x3, 32 groups}
 * @param output shape it computes, {@code (N, C, H, W)} for the N it was initialised with; null when it is not initialised
 * @param parameters trainable parameters counted here for the first time
 * @param shared how it is shared, such as {@code by 6 units} or {@code with a} earlier row; empty when the weights are its own
 */
public record Layer(String name, String kind, Shape output, long parameters, String shared) {}
