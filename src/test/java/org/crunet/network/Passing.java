package org.crunet.network;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;

/** A network that passes everything on to another one, for tests that look at or change some of it. */
public abstract class Passing implements Classifier {

    /** The other one. */
    protected final Classifier network;

    protected Passing(Classifier network) {
        this.network = network;
    }

    @Override
    public String name() {
        return network.name();
    }

    @Override
    public Shape input() {
        return network.input();
    }

    @Override
    public NDManager manager() {
        return network.manager();
    }

    @Override
    public String fingerprint() {
        return network.fingerprint();
    }

    @Override
    public NDArray forward(NDArray images) {
        return network.forward(images);
    }
}
