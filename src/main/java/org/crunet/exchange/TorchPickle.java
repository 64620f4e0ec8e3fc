package org.crunet.exchange;

import static org.crunet.base.Errors.check;
import static org.crunet.base.Errors.quoted;

import ai.djl.ndarray.types.DataType;
import java.io.IOException;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Pickles of PyTorch: the few names that tensors are made of are known; every other one makes nothing. */
final class TorchPickle extends Pickle {

    private static final String REBUILD = "torch._utils._rebuild_";
    /** Before PyTorch 0.4 a weight was a call of its class with its tensor. */
    private static final String PARAMETER = "torch.nn.parameter.Parameter";

    private static final String VARIABLE = "torch.autograd.variable.Variable";
    private static final Pattern STORAGE = Pattern.compile("torch(?:\\.cuda|\\.storage)?\\.(\\w+)Storage");
    private static final Map<String, DataType> TYPES = Map.ofEntries(
            Map.entry("Float", DataType.FLOAT32),
            Map.entry("Double", DataType.FLOAT64),
            Map.entry("Half", DataType.FLOAT16),
            Map.entry("BFloat16", DataType.BFLOAT16),
            Map.entry("Long", DataType.INT64),
            Map.entry("Int", DataType.INT32),
            Map.entry("Short", DataType.INT16),
            Map.entry("Char", DataType.INT8),
            Map.entry("Byte", DataType.UINT8),
            Map.entry("Bool", DataType.BOOLEAN));
    /** Written as bytes, with the type beside them. */
    private static final Map<String, DataType> NEW_TYPES =
            Map.of("torch.uint16", DataType.UINT16, "torch.uint32", DataType.UINT32, "torch.uint64", DataType.UINT64);
    /** Bytes of a number that is not read, to find the one after it. */
    private static final Map<String, Integer> OTHER_BYTES = Map.of(
            "ComplexFloat", 8, "ComplexDouble", 16, "QInt32", 4, "QInt8", 1, "QUInt8", 1, "QUInt4x2", 1, "QUInt2x4", 1);

    private static final int MAX_DIMENSIONS = 64;
    private static final int MAX_KEY = 64;

    private final Map<String, Storage> storages = new HashMap<>();

    /**
     * A row of numbers that tensors are views of.
     *
     * @param key its name in the file
     * @param type what PyTorch calls it, without "Storage"
     * @param first where a view of it begins, in numbers; 0 for the whole
     */
    record Storage(String key, String type, long first) {

        /** Returns the bytes of a number. */
        int width() {
            return TYPES.containsKey(type) ? TYPES.get(type).getNumOfBytes() : OTHER_BYTES.getOrDefault(type, 1);
        }
    }

    /**
     * A view of a storage.
     *
     * @param storage what it looks at
     * @param type what the numbers are
     * @param offset the first number, counted from the storage's first
     * @param view where the others are
     */
    record Tensor(Storage storage, DataType type, long offset, Strided view) {}

    /** A tensor that is not read, by what it is made of. */
    record Unread(String what) {}

    TorchPickle(FileBytes in) {
        super(in);
    }

    /** Returns those mentioned so far, by key. */
    Map<String, Storage> storages() {
        return storages;
    }

    @Override
    Object make(String global, Object[] arguments) throws IOException {
        return switch (global) {
            case "collections.OrderedDict" -> ordered(arguments);
            case REBUILD + "parameter", REBUILD + "parameter_with_state", PARAMETER, VARIABLE ->
                arguments.length > 0 && arguments[0] != null ? arguments[0] : new Opaque(global);
            case REBUILD + "tensor", REBUILD + "tensor_v2" -> tensor(arguments, null);
            case REBUILD + "tensor_v3" -> tensor(arguments, argument(arguments, 6, Global.class));
            default ->
                global.matches("torch\\._(utils|tensor)\\._rebuild_.*") ? new Unread(global) : new Opaque(global);
        };
    }

    /** Empty, or from pairs, as Python 2 writes it. */
    private Map<Object, Object> ordered(Object[] arguments) throws IOException {
        Map<Object, Object> map = new LinkedHashMap<>();
        for (Object pair : arguments.length == 0 ? List.of() : argument(arguments, 0, List.class)) {
            Object[] entry = pair instanceof List<?> list ? list.toArray() : new Object[] {pair};
            entry = pair instanceof Object[] tuple ? tuple : entry;
            boolean named = entry.length == 2 && entry[0] instanceof String;
            check(named, "its pickle has a dictionary of something else than names and values");
            map.put(key(entry[0]), entry[1]);
        }
        return map;
    }

    private static Object tensor(Object[] arguments, Global newType) throws IOException {
        Storage storage = argument(arguments, 0, Storage.class);
        String name = newType == null ? "torch." + storage.type() + "Storage" : newType.name();
        DataType type = newType == null ? TYPES.get(storage.type()) : NEW_TYPES.get(name);
        if (type == null) {
            return new Unread(name);
        }
        long offset = Math.max(-1, storage.first() + number(arguments, 1));
        return new Tensor(storage, type, offset, new Strided(numbers(arguments, 2), numbers(arguments, 3)));
    }

    private static long[] numbers(Object[] arguments, int index) throws IOException {
        Object[] values = argument(arguments, index, Object[].class);
        check(values.length <= MAX_DIMENSIONS, "a tensor claims " + values.length + " dimensions");
        long[] numbers = new long[values.length];
        for (int i = 0; i < numbers.length; i++) {
            numbers[i] = number(values, i);
        }
        return numbers;
    }

    private static long number(Object[] arguments, int index) throws IOException {
        Number number = argument(arguments, index, Number.class);
        return number instanceof Integer ? number.longValue() : argument(arguments, index, Long.class);
    }

    /** Returns a storage, by {@code ("storage", type, key, device, size)} and perhaps a view {@code (key, offset, size)} of it. */
    @Override
    Object persistent(Object id) throws IOException {
        if (!(id instanceof Object[] parts && parts.length > 0 && "storage".equals(parts[0]))) {
            return new Opaque("a class of a network");
        }
        String name = argument(parts, 1, Global.class).name();
        Matcher type = STORAGE.matcher(name);
        check(type.matches(), "a storage is of the unknown type " + quoted(name));
        String kind = type.group(1).endsWith("Untyped") ? "Byte" : type.group(1);
        String key = argument(parts, 2, String.class);
        check(key.length() <= MAX_KEY, () -> "a storage has the long name " + quoted(key)); // it is hashed often
        Storage whole = new Storage(key, kind, 0);
        storages.putIfAbsent(whole.key(), whole);
        return parts.length > 5 && parts[5] instanceof Object[] view
                ? new Storage(whole.key(), kind, Math.max(-1, number(view, 1)))
                : whole;
    }

    private static <T> T argument(Object[] arguments, int index, Class<T> type) throws IOException {
        boolean there = index < arguments.length && type.isInstance(arguments[index]);
        check(there, "its pickle makes a tensor of something else than numbers in a storage");
        return type.cast(arguments[index]);
    }
}
