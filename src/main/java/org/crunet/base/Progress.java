package org.crunet.base;

import java.util.Optional;
import java.util.ServiceLoader;

/** Is told how far long work has come; any thread may tell it. */
public interface Progress extends AutoCloseable {

    /** Hears everything, says nothing. */
    Progress SILENT = done -> {};

    /**
     * So much is done; the most that was told counts, as when work that was lost is done again.
     *
     * @param done number of things done so far
     */
    void done(long done);

    /**
     * So much is done, some of it at another time, which says nothing about the time that is left.
     *
     * @param done number of things done so far
     * @param before how many of them needed no work now
     */
    default void done(long done, long before) {
        done(done);
    }

    /** The work is over, whether or not all is done. */
    @Override
    default void close() {}

    /**
     * Progress shown where the program runs: a bar in a notebook, a line now and then in a terminal.
     *
     * @param what what is being done, such as {@code reading images}
     * @param total number of things to do
     * @return shows itself once the work has taken two seconds, in a terminal ten
     */
    static Progress of(String what, long total) {
        return ServiceLoader.load(Provider.class, Progress.class.getClassLoader()).stream()
                .flatMap(provider -> provider.get().progress(what, total).stream())
                .findFirst()
                .orElse(SILENT);
    }

    /** Offers progress for the place the program runs in; found by {@link ServiceLoader}. */
    interface Provider {

        /**
         * Progress of one piece of work.
         *
         * @param what what is being done
         * @param total number of things to do
         * @return new progress, or empty when this provider has no place to draw
         */
        Optional<Progress> progress(String what, long total);
    }
}
