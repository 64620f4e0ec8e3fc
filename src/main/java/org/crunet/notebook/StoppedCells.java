package org.crunet.notebook;

import static org.crunet.notebook.Kernel.call;
import static org.crunet.notebook.Kernel.part;

import java.lang.reflect.InvocationHandler;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.lang.reflect.Proxy;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.Function;

/**
 * Answers cells that were waiting when the user stopped one as not run ({@code aborted}), as Jupyter's Python kernel does:
 * JJava would run them. Requests of other kinds are answered as ever.
 */
final class StoppedCells {
    private static final int READABLE = 1;

    private final Object shell;
    private final Object connection;
    private final Class<?> types;
    private volatile boolean stopped;

    private StoppedCells(Object shell, Object connection, Class<?> types) {
        this.shell = shell;
        this.connection = connection;
        this.types = types;
    }

    /**
     * Begins with the next cell; does nothing the second time.
     *
     * @param environment where JJava sends what the running cell shows
     */
    static void begin(Object environment) {
        Object shell = call(environment, "getShell");
        Class<?> types = call(call(call(environment, "getContext"), "getHeader"), "getType")
                .getClass();
        var cells = new StoppedCells(shell, part(shell, "connection"), types);
        if (!Proxy.isProxyClass(cells.handler(cells.type("execute_request")).getClass())) {
            cells.around("interrupt_request", cells::interrupted);
            cells.around("execute_request", cells::executed);
        }
    }

    private Object type(String name) {
        return call(types, "getType", name);
    }

    private Object handler(Object type) {
        return call(connection, "getHandler", type);
    }

    private void around(String request, Function<Object, InvocationHandler> change) {
        Object handler = handler(type(request));
        Class<?>[] same = handler.getClass().getInterfaces();
        Object changed = Proxy.newProxyInstance(same[0].getClassLoader(), same, change.apply(handler));
        call(connection, "setHandler", type(request), changed);
    }

    private InvocationHandler interrupted(Object handler) {
        return (proxy, handle, arguments) -> {
            stopped = true;
            return handle.invoke(handler, arguments);
        };
    }

    private InvocationHandler executed(Object handler) {
        return (proxy, handle, arguments) -> {
            stopped = false;
            handle.invoke(handler, arguments);
            if (stopped) {
                List<Object> waiting = waiting(); // before the answer to the stopped cell, after which others may come
                call(arguments[0], "resolveDeferrals");
                for (Object message : waiting) {
                    answer(message, handle);
                }
            }
            return null;
        };
    }

    private List<Object> waiting() {
        List<Object> messages = new ArrayList<>();
        while (((int) call(shell, "getEvents") & READABLE) != 0) {
            messages.add(call(shell, "readMessage"));
        }
        return messages;
    }

    private void answer(Object message, Method handle) throws IllegalAccessException, InvocationTargetException {
        Object environment = call(connection, "prepareReplyEnv", shell, message);
        Object type = call(call(message, "getHeader"), "getType");
        if (type.equals(type("execute_request"))) {
            call(environment, "setBusyDeferIdle");
            Map<String, ?> content = Map.of("status", "aborted");
            call(environment, "reply", call(message.getClass(), "new", message, type("execute_reply"), content));
        } else if (handler(type) != null) {
            handle.invoke(handler(type), environment, message);
        }
        call(environment, "resolveDeferrals");
    }
}
