package org.crunet.base;

import ai.djl.ndarray.types.Shape;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.lang.reflect.Array;
import java.lang.reflect.Constructor;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.RecordComponent;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.util.Arrays;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/**
 * Records as data: a copy with one field changed, the canonical text that says what a record is, a key of it for names of
 * folders, and JSON that is read back. What a run is depends on this, and on no word that is shown to people.
 */
public final class Records {

    private static final JsonMapper JSON = JsonMapper.builder().build();
    private static final int KEY_DIGITS = 16;
    private static final int MAX_REASON = 400;

    private Records() {}

    /**
     * Returns a copy with one field changed, checked by the record's own constructor.
     *
     * @param <R> the record
     * @param record what to copy
     * @param field the name of a component
     * @param value its new value
     * @return a new record
     * @throws IllegalArgumentException if the record has no such component, or as its constructor does
     */
    public static <R extends Record> R with(R record, String field, Object value) {
        Map<String, Object> values = fields(record);
        Errors.require(values.containsKey(field), () -> record.getClass().getSimpleName() + " has no field " + field);
        values.put(field, value);
        Class<?>[] types = Stream.of(record.getClass().getRecordComponents())
                .map(RecordComponent::getType)
                .toArray(Class<?>[]::new);
        try {
            @SuppressWarnings("unchecked")
            Constructor<R> constructor = (Constructor<R>) record.getClass().getDeclaredConstructor(types);
            constructor.setAccessible(true);
            return constructor.newInstance(values.values().toArray());
        } catch (InvocationTargetException e) {
            throw e.getCause() instanceof RuntimeException cause ? cause : new IllegalStateException(e.getCause());
        } catch (ReflectiveOperationException e) {
            throw new IllegalStateException(e);
        }
    }

    /**
     * Returns the value of a component.
     *
     * @param component one of the record's
     * @param record any record
     * @return what its accessor returns
     */
    public static Object value(RecordComponent component, Record record) {
        try {
            component.getAccessor().setAccessible(true);
            return component.getAccessor().invoke(record);
        } catch (ReflectiveOperationException e) {
            throw new IllegalStateException("cannot read " + component.getName() + " of " + record.getClass(), e);
        }
    }

    /**
     * Returns what a value is, exactly: the names of types and fields, numbers to the last bit. Two values have one text if
     * and only if they are alike; numbers are so by what they are, whole or not, and lists, arrays, shapes and optionals by
     * what is in them, of whatever type they are.
     *
     * @param value a record, enum, text, number, something {@link Named}, a shape, or a list, array, map or optional
     *     of such
     * @return one line
     * @throws IllegalArgumentException if there is anything else in it, such as a lambda
     */
    public static String canonical(Object value) {
        if (value == null || value instanceof Boolean || value instanceof Integer || value instanceof Long) {
            return String.valueOf(value);
        }
        if (value instanceof Double || value instanceof Float) {
            return Double.toHexString(((Number) value).doubleValue());
        }
        if (value instanceof String text) {
            return toJson(text);
        }
        if (value instanceof Enum<?> constant) {
            return name(constant.getDeclaringClass()) + "." + constant.name();
        }
        if (value instanceof Named named) {
            return name(value.getClass()) + "(" + toJson(named.name()) + ")";
        }
        if (value instanceof Record record) {
            return fields(record).entrySet().stream()
                    .map(field -> field.getKey() + "=" + canonical(field.getValue()))
                    .collect(Collectors.joining(", ", name(record.getClass()) + "(", ")"));
        }
        return several(value);
    }

    private static String several(Object value) {
        if (value instanceof Optional<?> optional) {
            return several(optional.stream().toList());
        }
        if (value instanceof Collection<?> all) {
            return all.stream().map(Records::canonical).collect(Collectors.joining(", ", "[", "]"));
        }
        if (value instanceof Shape shape) {
            return several(shape.getShape());
        }
        if (value instanceof Map<?, ?> map) {
            Map<String, String> sorted = new TreeMap<>();
            map.forEach((key, one) -> sorted.put(canonical(key), canonical(one)));
            return sorted.toString();
        }
        Errors.require(
                value.getClass().isArray(),
                () -> value.getClass()
                        + " has no fields that say what it is: use a record or an enum, or give it a name");
        return several(IntStream.range(0, Array.getLength(value))
                .mapToObj(i -> Array.get(value, i))
                .toList());
    }

    /**
     * Finds what code has a name in a value.
     *
     * @param value as for {@link #canonical}
     * @return the names, in the order of the fields
     */
    public static List<String> names(Object value) {
        Collection<?> parts = value instanceof Record record
                ? fields(record).values()
                : value instanceof Collection<?> all ? all : List.of();
        return value instanceof Named named
                ? List.of(named.name())
                : parts.stream().flatMap(part -> names(part).stream()).toList();
    }

    /** Without the package, which may change. */
    private static String name(Class<?> type) {
        return type.getName().substring(type.getPackageName().length() + 1);
    }

    /**
     * Returns the fields of a record by their names.
     *
     * @param record any record
     * @return in the order of its components
     */
    public static Map<String, Object> fields(Record record) {
        Map<String, Object> fields = new LinkedHashMap<>();
        for (RecordComponent component : record.getClass().getRecordComponents()) {
            fields.put(component.getName(), value(component, record));
        }
        return fields;
    }

    /**
     * Returns a short key of values: the beginning of the SHA-256 of their canonical texts.
     *
     * @param values as for {@link #canonical}
     * @return 16 hexadecimal digits
     * @throws IllegalArgumentException if there is anything in them that has no canonical text
     */
    public static String key(Object... values) {
        MessageDigest digest = Checksum.digest();
        digest.update(canonical(Arrays.asList(values)).getBytes(StandardCharsets.UTF_8));
        return Checksum.hex(digest).substring(0, KEY_DIGITS);
    }

    /**
     * Returns a value as JSON.
     *
     * @param value a record, or a list or map of such
     * @return one line
     */
    public static String toJson(Object value) {
        try {
            return JSON.writeValueAsString(value);
        } catch (JsonProcessingException e) {
            throw new IllegalArgumentException("cannot be written as JSON: " + e.getOriginalMessage(), e);
        }
    }

    /**
     * Reads what {@link #toJson} wrote.
     *
     * @param <T> what it is
     * @param json one line
     * @param type its class
     * @return the value
     * @throws IllegalArgumentException if it is damaged or of another type
     */
    public static <T> T fromJson(String json, Class<T> type) {
        try {
            T value = JSON.readValue(String.valueOf(json), type);
            Errors.require(value != null, () -> "no " + type.getSimpleName() + ": it is null");
            return value;
        } catch (JsonProcessingException e) {
            String reason = Errors.shortened(e.getOriginalMessage(), MAX_REASON);
            throw new IllegalArgumentException("no " + type.getSimpleName() + ": " + reason, e);
        }
    }
}
