package org.crunet.spark;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.CancellationException;
import org.crunet.base.Cluster;

/** What this process has opened for the tasks of the newest job, once for all of them. */
final class Opened {

    private static final Set<UUID> OVER = new HashSet<>();
    /** The job of every task that is at work. */
    private static final List<UUID> AT_WORK = new ArrayList<>();

    private static UUID newest;
    private static Cluster.Work<?, ?> work;

    private Opened() {}

    static <T, R> R done(UUID id, Cluster.Job<T, R> job, T task, Cluster.Place place) {
        Cluster.Work<T, R> opened = begin(id, job);
        try {
            return opened.of(task, place);
        } finally {
            end(id);
        }
    }

    @SuppressWarnings("unchecked") // a job opens what does its own tasks
    private static synchronized <T, R> Cluster.Work<T, R> begin(UUID id, Cluster.Job<T, R> job) {
        if (OVER.contains(id)) {
            throw new CancellationException("the job is over");
        }
        if (!id.equals(newest)) {
            work = job.open();
            newest = id;
        }
        AT_WORK.add(id);
        return (Cluster.Work<T, R>) work;
    }

    private static synchronized void end(UUID id) {
        AT_WORK.remove(id);
        Opened.class.notifyAll();
    }

    /** Lets go what a job that is over has opened here, once its tasks in this process have ended; none begins any more. */
    static void forget(UUID id) {
        Tasks.uninterrupted(() -> waitAndForget(id));
    }

    private static synchronized void waitAndForget(UUID id) {
        OVER.add(id);
        while (AT_WORK.contains(id)) {
            try {
                Opened.class.wait();
            } catch (InterruptedException e) {
                throw new IllegalStateException(e); // nobody has this thread
            }
        }
        if (id.equals(newest)) {
            newest = null;
            work = null;
        }
    }
}
