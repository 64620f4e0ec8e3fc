package org.crunet.tensor;

import java.util.concurrent.locks.ReadWriteLock;
import java.util.concurrent.locks.ReentrantReadWriteLock;
import java.util.function.Supplier;

/**
 * The newest result of a kind of search in this process, also of one that was interrupted: a kernel may end an interrupted
 * cell before its variable is assigned, and the factors are worth keeping.
 *
 * @param <T> what is found
 */
final class Newest<T> {

    private final ReadWriteLock running = new ReentrantReadWriteLock();
    private volatile T found;

    /** Searches, and keeps what is found; several may search at once. */
    T of(Supplier<T> search) {
        running.readLock().lock();
        try {
            T result = search.get();
            found = result;
            return result;
        } finally {
            running.readLock().unlock();
        }
    }

    /** Waits for a search that is just stopping. */
    T get() {
        running.writeLock().lock();
        try {
            if (found == null) {
                throw new IllegalStateException("nothing was factorised yet: call factorise() first");
            }
            return found;
        } finally {
            running.writeLock().unlock();
        }
    }
}
