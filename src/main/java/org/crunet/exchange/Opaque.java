package org.crunet.exchange;

/** Stands for what a pickle would make and {@link Pickle} does not. Each one is like itself only. */
final class Opaque {

    private final String what;

    Opaque(String what) {
        this.what = what;
    }

    @Override
    public String toString() {
        return what;
    }
}
