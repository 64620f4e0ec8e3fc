package org.crunet.network;

import ai.djl.ndarray.types.Shape;
import ai.djl.nn.Block;
import java.util.List;

/**
 * One row of the table of a network's layers: what a layer is and what it costs, for one image. Costs are 0 and the shape
 * null while the block is not initialised.
 *
 * @param name path of the block in the network, such as {@code conv4.unit2.expand}
 * @param kind what the block does, such as {@code conv 3x3, 128 -> 128, 32 groups}
 * @param output shape of the last use's output, {@code (N, C, H, W)} for the N it was initialised with
 * @param uses how often a forward pass runs it: a shared factor once a unit
 * @param parameters trainable parameters counted here for the first time
 * @param buffers running statistics of batch norm
 * @param multiplyAdds multiplications with their additions, in convolutions and fully connected layers, over all uses
 * @param activationBytes memory that training keeps of its outputs until the backward pass, over all uses, float32
 * @param fileBytes parameters and buffers on disk, float32
 * @param shared how it is shared, such as {@code by 6 units} or {@code with a} earlier row; empty when the weights are its own
 * @param mixing multiplications with their additions that compute kernels, once a batch, over all uses
 */
public record Layer(
        String name,
        String kind,
        Shape output,
        int uses,
        long parameters,
        long buffers,
        long multiplyAdds,
        long activationBytes,
        long fileBytes,
        String shared,
        long mixing) {

    /**
     * Lists the leaves of a block in the order of its children; a block without children is its own only row.
     *
     * @param block any DJL block; shapes and costs are known once it is initialised
     * @return one row a layer
     */
    public static List<Layer> of(Block block) {
        return Layers.of(block);
    }

    /**
     * Returns the path of a child. DJL numbers its children: "02norm1".
     *
     * @param parent path of the parent; empty for the root
     * @param child its name among the parent's children
     * @return the path as tables of layers and files of weights have it, such as {@code conv2.unit1.norm1}
     */
    public static String path(String parent, String child) {
        String name = child.replaceFirst("^\\d\\d", "");
        return parent.isEmpty() ? name : parent + "." + name;
    }

    /** The path of a child, which keeps DJL's number where children of another library's block are called alike. */
    static String path(String path, Block parent, String child) {
        return alone(parent, child) ? path(path, child) : path.isEmpty() ? child : path + "." + child;
    }

    /** Whether no other child is called so. */
    static boolean alone(Block parent, String child) {
        String name = path("", child);
        return parent.getChildren().keys().stream()
                        .filter(other -> path("", other).equals(name))
                        .count()
                == 1;
    }
}
