package org.crunet.network;

import java.io.Serializable;
import org.crunet.base.Named;
import org.crunet.block.FlowBlock;
import org.crunet.block.Normalisation;

/**
 * What stands behind the last stage, and in a network of one's own the whole of it.
 *
 * <pre>{@code
 * small.withHead(Head.named("two layers", (in, classes, norm) -> new TwoLayers(in, classes)))
 * Architecture.of("tiny", 32, 10, (in, classes, norm) -> new Tiny(in, classes))
 * }</pre>
 */
public interface Head extends Serializable {

    /**
     * Makes it.
     *
     * @param in channels of its input
     * @param classes number of classes
     * @param norm setting and place of every batch norm
     * @return a new block, {@code (N, in, H, W)} to logits {@code (N, classes)}
     */
    FlowBlock block(int in, int classes, Normalisation norm);

    /** Global average pool and a linear classifier, in pre-activation behind BN and ReLU. */
    record LinearClassifier() implements Head {

        @Override
        public FlowBlock block(int in, int classes, Normalisation norm) {
            return new LinearHead(in, classes, norm);
        }

        @Override
        public String toString() {
            return "pool, linear";
        }
    }

    /**
     * Code with a name, which is all that tells it apart.
     *
     * @param name what it is called
     * @param head what it makes
     */
    record Own(String name, Head head) implements Head, Named {

        /** Checks that there is a name. */
        public Own {
            Named.require(name, head);
        }

        @Override
        public FlowBlock block(int in, int classes, Normalisation norm) {
            return head.block(in, classes, norm);
        }

        /** Returns whether the names are alike. */
        @Override
        public boolean equals(Object other) {
            return other instanceof Own own && own.name.equals(name);
        }

        @Override
        public int hashCode() {
            return name.hashCode();
        }

        @Override
        public String toString() {
            return name;
        }
    }

    /**
     * Returns the head of all networks of the paper: in pre-activation BN and ReLU, then global average pool and a linear
     * classifier (Table 1).
     *
     * @return the head; its {@link #block} is a part for networks of one's own
     */
    static Head linear() {
        return new LinearClassifier();
    }

    /**
     * Gives code a name, which takes its place in the identity of a training: {@link Named}.
     *
     * @param name what to call it
     * @param head what to make
     * @return the head
     * @throws IllegalArgumentException if the name is blank
     */
    static Head named(String name, Head head) {
        return new Own(name, head);
    }
}
