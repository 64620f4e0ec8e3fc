package org.dflib.jjava.kernel;

import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;

/** Keeps the threads of cells where JJava does, and takes a new one for each cell, as JJava after a minute. */
public final class HastyKernel {
    private final Evaluator evaluator = new Evaluator();

    public Evaluator getEvaluator() {
        return evaluator;
    }

    /** What the cell gives, or throws. */
    public Object run(Callable<?> cell) throws InterruptedException, ExecutionException {
        return evaluator.execControl.executor.submit(cell).get();
    }

    public static final class Evaluator {
        private final Control execControl = new Control();
    }

    private static final class Control {
        private final ExecutorService executor = Executors.newCachedThreadPool();

        Control() {
            ((ThreadPoolExecutor) executor).setKeepAliveTime(0, TimeUnit.SECONDS);
        }
    }
}
