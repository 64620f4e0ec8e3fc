package org.crunet.notebook;

import java.beans.Expression;
import java.lang.reflect.Field;
import java.lang.reflect.InvocationHandler;
import java.lang.reflect.Proxy;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.Stream;

/**
 * The Java kernel this program runs in, reached by reflection: JJava and IJava have the same methods under different
 * names of packages, and a plain program has neither.
 *
 * @param instance the kernel's own object
 */
record Kernel(Object instance) {
    /** Where a kernel keeps its instance: class and static method. */
    private static final List<String[]> HOMES = List.of(
            new String[] {"org.dflib.jjava.jupyter.kernel.BaseKernel", "notebookKernel"},
            new String[] {"io.github.spencerpark.ijava.IJava", "getKernelInstance"});

    private static final long PAUSE = 50_000_000;

    static Optional<Kernel> running() {
        return HOMES.stream().flatMap(home -> find(home[0], home[1]).stream()).findFirst();
    }

    private static Optional<Kernel> find(String type, String method) {
        try {
            return Optional.ofNullable(Class.forName(type).getMethod(method).invoke(null))
                    .map(Kernel::new);
        } catch (ReflectiveOperationException | LinkageError absent) {
            return Optional.empty();
        }
    }

    String name() {
        return call(instance, "getBanner").toString().lines().findFirst().orElse("unknown");
    }

    /**
     * Makes every further thread that runs cells begin with this: after a minute without a cell, or an interrupt, a kernel
     * takes a new one. Those of IJava are left as they are.
     */
    void beginThreads(Runnable first) {
        if (!isJJava()) {
            return;
        }
        var pool = (ThreadPoolExecutor) part(part(call(instance, "getEvaluator"), "execControl"), "executor");
        ThreadFactory threads = pool.getThreadFactory();
        pool.setThreadFactory(cells -> threads.newThread(() -> {
            try {
                first.run();
            } finally {
                cells.run(); // or the cell would wait for ever
            }
        }));
    }

    /** Makes stopping a cell take back those that wait too, from the next cell on; does nothing between cells or in IJava. */
    void stopWaitingCells() {
        if (isJJava() && listening()) {
            StoppedCells.begin(part(displays(), "env"));
        }
    }

    private boolean isJJava() {
        return instance.getClass().getName().startsWith("org.dflib.");
    }

    static Object part(Object whole, String name) {
        try {
            Field field = whole.getClass().getDeclaredField(name);
            field.setAccessible(true);
            return field.get(whole);
        } catch (ReflectiveOperationException e) {
            throw unknown(whole, name, e);
        }
    }

    /** Makes the kernel show values of a type, and of its subtypes, the way the function says. */
    <T> void show(Case<T, Output> view) {
        Object registration = call(call(instance, "getRenderer"), "createRegistration", view.type());
        String[] types = {Output.TEXT, Output.HTML, Output.PNG, Output.SVG, Output.PLOTLY};
        call(registration, "preferring", (Object) types);
        Class<?> renderFunction = Stream.of(registration.getClass().getMethods())
                .filter(m -> m.getName().equals("register") && m.getParameterCount() == 1)
                .map(m -> m.getParameterTypes()[0])
                .findFirst()
                .orElseThrow(() -> unknown(registration, "register", null));
        InvocationHandler handler = (proxy, called, arguments) -> switch (called.getName()) {
            case "render" -> {
                Object container = call(arguments[1], "getOutputContainer");
                view.of(arguments[0]).data().forEach((type, content) -> call(container, "putData", type, content));
                yield null;
            }
            case "equals" -> proxy == arguments[0];
            case "hashCode" -> System.identityHashCode(proxy);
            default -> "view of " + view.type().getName();
        };
        ClassLoader loader = renderFunction.getClassLoader();
        call(registration, "register", Proxy.newProxyInstance(loader, new Class<?>[] {renderFunction}, handler));
    }

    /** Shows a value below the running cell, under a name by which it can be updated. */
    void display(String id, Object value) {
        undisturbed(() -> call(instance, "display", rendered(id, value)));
    }

    /** Replaces what the name shows; does nothing once the cell has ended. */
    void update(String id, Object value) {
        undisturbed(() -> call(displays(), "updateDisplay", rendered(id, value)));
    }

    private Object displays() {
        return part(call(instance, "getIO"), "display");
    }

    /**
     * Works now while a cell runs, otherwise as soon as one does: an interrupt ends the cell before its work has
     * stopped, and a kernel drops what it is given between cells.
     */
    void whenListening(Runnable work) {
        if (listening()) {
            work.run();
            return;
        }
        Runnable later = () -> {
            while (!listening()) {
                LockSupport.parkNanos(PAUSE);
            }
            work.run();
        };
        var thread = new Thread(later, "notebook");
        thread.setDaemon(true);
        thread.start();
    }

    private boolean listening() {
        return (boolean) call(displays(), "isAttached");
    }

    private Object rendered(String id, Object value) {
        Object data = call(call(instance, "getRenderer"), "render", value == null ? Output.text("null") : value);
        call(data, "setDisplayId", id);
        return data;
    }

    /** An interrupted thread must not touch the kernel's channels, which would close them: holds the interrupt back. */
    private static void undisturbed(Runnable work) {
        boolean interrupted = Thread.interrupted();
        try {
            work.run();
        } finally {
            if (interrupted) {
                Thread.currentThread().interrupt();
            }
        }
    }

    static Object call(Object target, String name, Object... arguments) {
        try {
            return new Expression(target, name, arguments).getValue();
        } catch (RuntimeException e) {
            throw e;
        } catch (Exception e) {
            throw unknown(target, name, e);
        }
    }

    private static IllegalStateException unknown(Object target, String name, Exception cause) {
        String what = target.getClass().getName() + "." + name;
        return new IllegalStateException("this kernel has no usable " + what + ": use JJava 1.0 or IJava 1.3.0", cause);
    }
}
