package org.crunet.base;

import java.lang.ref.Reference;
import java.util.Map;
import java.util.concurrent.CancellationException;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/**
 * Native memory that several threads may be using: who closes it does not wait for them, since they may have been interrupted
 * and forgotten, or be who closes it. Nobody else comes in then, and the last one who leaves frees it.
 *
 * <p>A process that ends, as by Ctrl-C or a kernel's restart, takes the native libraries down under those who compute with
 * them, which would crash it. So it first interrupts who is inside of any, and waits for them, 20 seconds at most; they may come in
 * again meanwhile, and nobody else.
 */
public final class InUse {

    private static final int LAST_SECONDS = 20;

    /** Who is inside of any, with how many of them. */
    private static final Map<Thread, Integer> EVERYBODY = new ConcurrentHashMap<>();

    private static volatile boolean ending;

    static {
        Runtime.getRuntime().addShutdownHook(new Thread(InUse::end, "waits for networks in use"));
    }

    /**
     * What is done inside.
     *
     * @param <T> what comes out
     * @param <E> what it throws
     */
    @FunctionalInterface
    public interface Work<T, E extends Exception> {

        /**
         * Does it.
         *
         * @return what comes out
         * @throws E if it fails
         */
        T get() throws E;
    }

    private final Object owner;
    private final String closedMessage;
    private final Runnable free;
    private int inside;
    private boolean closed;

    /**
     * Makes one that is open, with nobody inside.
     *
     * @param owner kept from garbage collection while somebody is inside
     * @param closedMessage what to say to those who come too late, such as {@code tiny was closed: build it again}
     * @param free frees the memory; is called once
     */
    public InUse(Object owner, String closedMessage, Runnable free) {
        this.owner = owner;
        this.closedMessage = closedMessage;
        this.free = free;
    }

    /**
     * Makes another that is inside this one until it is closed itself and its last one has left.
     *
     * @param itsMessage what to say to those who come too late
     * @param itsFree frees its own memory, before this one's
     * @return one that is open
     * @throws IllegalStateException if this was closed
     */
    public InUse lend(String itsMessage, Runnable itsFree) {
        enter();
        return new InUse(this, itsMessage, () -> {
            itsFree.run();
            leave();
        });
    }

    /**
     * Does work during which the memory is not freed.
     *
     * @param <T> what comes out
     * @param <E> what the work throws
     * @param work what to do
     * @return the work's result
     * @throws E as the work does
     * @throws IllegalStateException if it was closed
     * @throws CancellationException if the process is ending
     */
    public <T, E extends Exception> T inside(Work<T, E> work) throws E {
        int of = EVERYBODY.merge(Thread.currentThread(), 1, Integer::sum);
        try {
            if (ending && of == 1) {
                throw new CancellationException("the process is ending");
            }
            return entered(work);
        } finally {
            EVERYBODY.computeIfPresent(Thread.currentThread(), (thread, many) -> many == 1 ? null : many - 1);
        }
    }

    private <T, E extends Exception> T entered(Work<T, E> work) throws E {
        enter();
        try {
            return work.get();
        } finally {
            leave();
        }
    }

    /** One that called {@code System.exit} waits for this, and never goes on. */
    private static boolean isEnding(Thread thread) {
        return Stream.of(thread.getStackTrace())
                .anyMatch(at -> at.getClassName().equals("java.lang.Shutdown"));
    }

    private static void end() {
        ending = true;
        EVERYBODY.keySet().removeIf(InUse::isEnding);
        EVERYBODY.keySet().forEach(Thread::interrupt);
        try {
            for (int i = 0; i < 100 * LAST_SECONDS && !EVERYBODY.isEmpty(); i++) {
                TimeUnit.MILLISECONDS.sleep(10);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    /**
     * Throws if it was closed.
     *
     * @throws IllegalStateException if it was
     */
    public synchronized void requireOpen() {
        if (closed) {
            throw new IllegalStateException(closedMessage);
        }
    }

    private synchronized void enter() {
        requireOpen();
        inside++;
    }

    private void leave() {
        freeIf(last());
        Reference.reachabilityFence(owner);
    }

    private synchronized boolean last() {
        inside--;
        return closed && inside == 0;
    }

    /** Frees the memory, now or when the last one has left; a second time nothing happens. */
    public void close() {
        freeIf(first());
    }

    private synchronized boolean first() {
        boolean now = !closed && inside == 0;
        closed = true;
        return now;
    }

    private void freeIf(boolean now) {
        if (now) {
            free.run();
        }
    }
}
