package org.crunet.torch;

import ai.djl.ndarray.BaseNDManager;
import ai.djl.ndarray.NDManager;
import ai.djl.pytorch.engine.PtGradientCollector;
import ai.djl.pytorch.engine.PtNDArray;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.MethodHandles.Lookup;
import java.lang.invoke.VarHandle;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicBoolean;

/**
 * What a DJL manager owns. It keeps the memory that PyTorch was lent for as long as gradients may need it.
 *
 * <p>DJL makes an array of numbers by lending PyTorch a Java buffer, and forgets the buffer when the array is closed, though
 * the backward pass may still have to read it: after a garbage collection in between, gradients were wrong without a word.
 * Each {@code mul}, {@code div}, {@code pow}, {@code maximum} and {@code minimum} with a number does so, and with them DJL's
 * {@code swish}, {@code L2Loss} and weight decays. Nothing else in DJL is told when an array is closed.
 */
final class LentMemory extends ConcurrentHashMap<String, AutoCloseable> {

    private static final long serialVersionUID = 1;
    private static final VarHandle OWNED;
    private static final VarHandle LENT;
    private static final AtomicBoolean COLLECTING;
    /** Buffers of arrays that were closed while a gradient collector of DJL's was open. */
    private static final List<Object> KEPT = new ArrayList<>();
    /** Of those that this thread closed while it records gradients; null while it does not. */
    private static final ThreadLocal<List<Object>> RECORDED = new ThreadLocal<>();

    static {
        try {
            Lookup all = MethodHandles.lookup();
            OWNED = MethodHandles.privateLookupIn(BaseNDManager.class, all)
                    .findVarHandle(BaseNDManager.class, "resources", ConcurrentHashMap.class);
            LENT = MethodHandles.privateLookupIn(PtNDArray.class, all)
                    .findVarHandle(PtNDArray.class, "dataRef", ByteBuffer.class);
            COLLECTING = (AtomicBoolean) MethodHandles.privateLookupIn(PtGradientCollector.class, all)
                    .findStaticVarHandle(PtGradientCollector.class, "isCollecting", AtomicBoolean.class)
                    .get();
        } catch (ReflectiveOperationException e) {
            throw new IllegalStateException("this DJL cannot be guarded: use version 0.36.0", e);
        }
        try (NDManager any = NDManager.newBaseManager()) {
            guard(any.getParentManager());
        }
    }

    private LentMemory() {}

    /** Keeps what this thread closes in another list from now on, or nothing if that is null; returns the list so far. */
    static List<Object> keepIn(List<Object> list) {
        List<Object> before = RECORDED.get();
        RECORDED.set(list);
        return before;
    }

    /** Guards all managers there are and will be, once. */
    static void guard() {}

    private static void guard(NDManager manager) {
        synchronized (manager) {
            LentMemory guarded = new LentMemory();
            ((Map<?, ?>) OWNED.get(manager)).forEach((id, owned) -> guarded.put((String) id, (AutoCloseable) owned));
            OWNED.setVolatile(manager, guarded);
        }
    }

    @Override
    public AutoCloseable put(String id, AutoCloseable owned) {
        if (owned instanceof BaseNDManager manager) {
            guard(manager);
        }
        return super.put(id, owned);
    }

    /** One is closed. */
    @Override
    public AutoCloseable remove(Object id) {
        AutoCloseable owned = super.remove(id);
        keep(owned);
        return owned;
    }

    /** All are closed. */
    @Override
    public Collection<AutoCloseable> values() {
        super.values().forEach(LentMemory::keep);
        return super.values();
    }

    /** Until the next one, once the collector is closed. */
    private static void keep(AutoCloseable owned) {
        Object lent = owned instanceof PtNDArray array ? LENT.get(array) : null;
        if (lent != null && RECORDED.get() != null) {
            RECORDED.get().add(lent);
        } else if (lent != null) {
            synchronized (KEPT) {
                if (COLLECTING.get()) {
                    KEPT.add(lent);
                } else {
                    KEPT.clear();
                }
            }
        }
    }
}
