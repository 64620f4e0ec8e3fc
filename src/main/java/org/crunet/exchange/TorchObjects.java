package org.crunet.exchange;

import java.io.IOException;
import java.util.Arrays;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.crunet.base.Errors;
import org.crunet.exchange.Pickle.Global;
import org.crunet.files.Dtype;

/** The few names in PyTorch's pickles that tensors are made of; every other one makes nothing. */
final class TorchObjects implements Pickle.Maker {

    private static final String REBUILD = "torch._utils._rebuild_";
    /** Before PyTorch 0.4 a weight was a call of its class with its tensor. */
    private static final String PARAMETER = "torch.nn.parameter.Parameter";

    private static final String VARIABLE = "torch.autograd.variable.Variable";
    private static final Pattern STORAGE = Pattern.compile("torch(?:\\.cuda|\\.storage)?\\.(\\w+)Storage");
    private static final Map<String, Dtype> TYPES = Map.ofEntries(
            Map.entry("Float", Dtype.F32),
            Map.entry("Double", Dtype.F64),
            Map.entry("Half", Dtype.F16),
            Map.entry("BFloat16", Dtype.BF16),
            Map.entry("Long", Dtype.I64),
            Map.entry("Int", Dtype.I32),
            Map.entry("Short", Dtype.I16),
            Map.entry("Char", Dtype.I8),
            Map.entry("Byte", Dtype.U8),
            Map.entry("Bool", Dtype.BOOL));
    /** Written as bytes, with the type beside them. */
    private static final Map<String, Dtype> NEW_TYPES =
            Map.of("torch.uint16", Dtype.U16, "torch.uint32", Dtype.U32, "torch.uint64", Dtype.U64);
    /** Bytes of a number that is not read, to find the one after it. */
    private static final Map<String, Integer> OTHER_BYTES = Map.of(
            "ComplexFloat", 8, "ComplexDouble", 16, "QInt32", 4, "QInt8", 1, "QUInt8", 1, "QUInt4x2", 1, "QUInt2x4", 1);

    private static final int MAX_DIMENSIONS = 64;

    private final Map<String, Storage> storages = new HashMap<>();

    /**
     * A row of numbers that tensors are views of.
     *
     * @param key its name in the file
     * @param type what PyTorch calls it, without "Storage"
     * @param first where a view of it begins, in numbers; 0 for the whole
     */
    record Storage(String key, String type, long first) {

        /** Null if it is not one that is read. */
        Dtype dtype() {
            return TYPES.get(type);
        }

        /** Bytes of a number. */
        int width() {
            return TYPES.containsKey(type) ? dtype().bytes() : OTHER_BYTES.getOrDefault(type, 1);
        }
    }

    /**
     * A view of a storage; counts are of numbers.
     *
     * @param storage what it looks at
     * @param dtype what the numbers are
     * @param offset the first number
     * @param sizes dimensions, slowest first
     * @param strides steps from one to the next in each dimension
     */
    record Tensor(Storage storage, Dtype dtype, long offset, long[] sizes, long[] strides) {}

    /** A tensor that is not read, and why. */
    record Unread(String why) {}

    /** Those mentioned so far, by key. */
    Map<String, Storage> storages() {
        return storages;
    }

    @Override
    public Object make(String global, Object[] arguments) throws IOException {
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
    private static Map<Object, Object> ordered(Object[] arguments) throws IOException {
        Map<Object, Object> map = new LinkedHashMap<>();
        if (arguments.length > 0) {
            for (Object pair : argument(arguments, 0, List.class)) {
                List<?> entry = pair instanceof Object[] tuple
                        ? Arrays.asList(tuple)
                        : pair instanceof List<?> list ? list : List.of();
                if (entry.size() != 2 || !(entry.get(0) instanceof String)) {
                    throw new IOException("its pickle has a dictionary of something else than names and values");
                }
                map.put(entry.get(0), entry.get(1));
            }
        }
        return map;
    }

    private static Object tensor(Object[] arguments, Global newType) throws IOException {
        Storage storage = argument(arguments, 0, Storage.class);
        Dtype dtype = newType == null ? storage.dtype() : NEW_TYPES.get(newType.name());
        if (dtype == null) {
            return new Unread(newType == null ? "torch." + storage.type() + "Storage" : newType.name());
        }
        return new Tensor(
                storage,
                dtype,
                Math.max(-1, storage.first() + argument(arguments, 1, Long.class)),
                numbers(argument(arguments, 2, Object[].class)),
                numbers(argument(arguments, 3, Object[].class)));
    }

    private static long[] numbers(Object[] values) throws IOException {
        if (values.length > MAX_DIMENSIONS) {
            throw new IOException("a tensor claims " + values.length + " dimensions");
        }
        long[] numbers = new long[values.length];
        for (int i = 0; i < numbers.length; i++) {
            numbers[i] = argument(values, i, Long.class);
        }
        return numbers;
    }

    /** A storage, by {@code ("storage", type, key, device, size)} and perhaps a view {@code (key, offset, size)} of it. */
    @Override
    public Object persistent(Object id) throws IOException {
        Object[] parts = id instanceof Object[] tuple ? tuple : new Object[] {id};
        if (!"storage".equals(parts[0])) {
            return new Opaque("a class of a network");
        }
        String name = argument(parts, 1, Global.class).name();
        Matcher type = STORAGE.matcher(name);
        if (!type.matches()) {
            throw new IOException("a storage is of the unknown type " + Errors.quoted(name));
        }
        String kind = type.group(1).endsWith("Untyped") ? "Byte" : type.group(1);
        Storage whole = new Storage(argument(parts, 2, String.class), kind, 0);
        storages.putIfAbsent(whole.key(), whole);
        return parts.length > 5 && parts[5] instanceof Object[] view
                ? new Storage(whole.key(), kind, Math.max(-1, argument(view, 1, Long.class)))
                : whole;
    }

    private static <T> T argument(Object[] arguments, int index, Class<T> type) throws IOException {
        if (index >= arguments.length || !type.isInstance(arguments[index])) {
            throw new IOException("its pickle makes a tensor of something else than numbers in a storage");
        }
        return type.cast(arguments[index]);
    }
}
