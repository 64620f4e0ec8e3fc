package org.crunet.exchange;

import java.io.IOException;
import java.math.BigInteger;
import java.nio.charset.Charset;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.crunet.base.Errors;

/**
 * Reads one object that Python pickled, in any protocol from 1 to 5 (tensors cannot be pickled in 0), and executes nothing: what a pickle would call is given
 * to a {@link Maker} as a name, and where that does not know it, an {@link Opaque} takes its place.
 *
 * <p>None is null; integers are Long, or BigInteger beyond 64 bits; tuples are {@code Object[]}, lists {@code List},
 * dictionaries {@code Map}, with an {@link Opaque} for each key that is no text. Strings of Python 2 are text. Long bytes and texts are passed over.
 */
final class Pickle {

    private static final int MAX_STEPS = 1 << 20;
    private static final int MAX_TEXT = 1 << 16;
    private static final int MAX_TEXTS = 1 << 24;
    private static final int MAX_INTEGER = 1024;
    /** Of digits, and of what a class is called. */
    private static final int MAX_LINE = 1024;

    private final FileBytes in;
    private final Maker maker;
    private final PickleStack stack = new PickleStack();
    private final Map<Long, Object> memo = new HashMap<>();
    private int steps;
    private int texts;

    private Pickle(FileBytes in, Maker maker) {
        this.in = in;
        this.maker = maker;
    }

    /** The name of a class or function, which is not looked up. */
    record Global(String name) {}

    /** What may become of names. */
    interface Maker {

        /** What calling this would give; an {@link Opaque} if it is not known. */
        Object make(String global, Object[] arguments) throws IOException;

        /** What a persistent name stands for. */
        Object persistent(Object id) throws IOException;
    }

    /** Reads from the next byte up to the end of the object. */
    static Object read(FileBytes in, Maker maker) throws IOException {
        Pickle pickle = new Pickle(in, maker);
        int code = in.next();
        while (code != '.') {
            pickle.spend(1);
            pickle.step(code);
            code = in.next();
        }
        return pickle.stack.pop();
    }

    private void spend(int count) {
        steps += count;
        if (steps > MAX_STEPS) {
            throw tooMuch("steps", MAX_STEPS);
        }
    }

    private void spendText(int bytes) {
        texts += bytes;
        if (texts > MAX_TEXTS) {
            throw tooMuch("bytes of text", MAX_TEXTS);
        }
    }

    private static IllegalArgumentException tooMuch(String what, int limit) {
        return new IllegalArgumentException("its pickle has more than " + limit + " " + what
                + ", more than a network needs: save the state dict alone, torch.save(model.state_dict(), file)");
    }

    /** One line an operation, as in Python's pickletools. */
    private void step(int code) throws IOException {
        switch (code) {
            case 0x80 -> in.skip(1);
            case 0x95 -> in.skip(8);
            case '(' -> stack.mark();
            case '0' -> stack.pop();
            case '1', 0x90 -> stack.sinceMark();
            case '2' -> stack.push(stack.top());
            case 'N' -> stack.push(null);
            case 0x88 -> stack.push(true);
            case 0x89 -> stack.push(false);
            case 'I', 'L' -> stack.push(integer(line()));
            case 'J' -> stack.push((long) (int) in.number(4));
            case 'K' -> stack.push(in.number(1));
            case 'M' -> stack.push(in.number(2));
            case 0x8a -> stack.push(integer(in.number(1)));
            case 0x8b -> stack.push(integer(in.number(4)));
            case 'G' -> stack.push(Double.longBitsToDouble(Long.reverseBytes(in.number(8))));
            case 'U' -> stack.push(text(1, StandardCharsets.ISO_8859_1));
            case 'T' -> stack.push(text(4, StandardCharsets.ISO_8859_1));
            case 0x8c -> stack.push(text(1, StandardCharsets.UTF_8));
            case 'X' -> stack.push(text(4, StandardCharsets.UTF_8));
            case 0x8d -> stack.push(text(8, StandardCharsets.UTF_8));
            case 'C' -> stack.push(bytes(1));
            case 'B' -> stack.push(bytes(4));
            case 0x8e, 0x96 -> stack.push(bytes(8));
            case ')' -> stack.push(new Object[0]);
            case 't' -> stack.push(stack.sinceMark());
            case 0x85, 0x86, 0x87 -> stack.push(stack.popped(code - 0x84));
            case ']' -> stack.push(new ArrayList<>());
            case 'a' -> append(stack.popped(1));
            case 'e' -> append(stack.sinceMark());
            case '}' -> stack.push(new LinkedHashMap<>());
            case 's' -> put(stack.popped(2));
            case 'u' -> put(stack.sinceMark());
            case 0x8f -> stack.push(new Opaque("a set"));
            case 0x91 -> opaque("a set", stack.sinceMark());
            case 'c' -> stack.push(new Global(line() + "." + line()));
            case 0x93 -> global(stack.popped(2));
            case 'R', 0x81 -> call(stack.popped(2));
            case 0x92 -> call(stack.popped(3));
            case 'o' -> opaque("an object", stack.sinceMark());
            case 'b' -> stack.pop();
            case 'Q' -> stack.push(maker.persistent(stack.pop()));
            case 'q' -> memo.put(in.number(1), stack.top());
            case 'r' -> memo.put(in.number(4), stack.top());
            case 0x94 -> memo.put((long) memo.size(), stack.top());
            case 'h' -> stack.push(remembered(in.number(1)));
            case 'j' -> stack.push(remembered(in.number(4)));
            default -> throw broken("has the unknown operation " + code);
        }
    }

    private Object remembered(long index) throws IOException {
        if (!memo.containsKey(index)) {
            throw broken("remembers nothing as " + index);
        }
        return memo.get(index);
    }

    private String line() throws IOException {
        StringBuilder line = new StringBuilder();
        for (int c = in.next(); c != '\n'; c = in.next()) {
            spendText(1);
            line.append((char) c);
            if (line.length() > MAX_LINE) {
                throw broken("has a number or name of more than " + MAX_LINE + " characters");
            }
        }
        return line.toString();
    }

    private Object integer(String line) throws IOException {
        try {
            return small(new BigInteger(line.strip().replaceFirst("L$", "")));
        } catch (NumberFormatException e) {
            throw broken("has the integer " + Errors.quoted(line));
        }
    }

    private Object integer(long bytes) throws IOException {
        if (bytes > MAX_INTEGER) {
            throw broken("has an integer of " + bytes + " bytes");
        }
        spendText((int) bytes);
        byte[] digits = in.take((int) bytes);
        for (int i = 0; i < digits.length / 2; i++) {
            byte low = digits[i];
            digits[i] = digits[digits.length - 1 - i];
            digits[digits.length - 1 - i] = low;
        }
        return digits.length == 0 ? (Object) 0L : small(new BigInteger(digits));
    }

    private static Object small(BigInteger integer) {
        return integer.bitLength() < Long.SIZE ? (Object) integer.longValue() : integer;
    }

    private Object text(int lengthBytes, Charset charset) throws IOException {
        long length = in.number(lengthBytes);
        if (length < 0 || length > MAX_TEXT) {
            in.skip(length);
            return new Opaque("a long text");
        }
        spendText((int) length);
        return new String(in.take((int) length), charset);
    }

    private Object bytes(int lengthBytes) throws IOException {
        in.skip(in.number(lengthBytes));
        return new Opaque("bytes");
    }

    private void append(Object[] values) throws IOException {
        if (stack.top() instanceof ArrayList<?>) {
            @SuppressWarnings("unchecked")
            List<Object> list = (List<Object>) stack.top();
            list.addAll(Arrays.asList(values));
        }
    }

    private void put(Object[] keysAndValues) throws IOException {
        if (!(stack.top() instanceof Map<?, ?>)) {
            return;
        }
        if (keysAndValues.length % 2 != 0) {
            throw broken("has a key without a value");
        }
        @SuppressWarnings("unchecked")
        Map<Object, Object> map = (Map<Object, Object>) stack.top();
        for (int i = 0; i < keysAndValues.length; i += 2) {
            Object key = keysAndValues[i];
            if (key instanceof Map || key instanceof List) {
                throw broken("has a key that cannot be one");
            }
            map.put(key(key), keysAndValues[i + 1]);
        }
    }

    /** Texts stay; all else becomes like itself only, so that no choice of keys makes the dictionary slow. */
    private static Object key(Object key) {
        if (key instanceof String) {
            return key;
        }
        return new Opaque(key instanceof Long ? key.toString() : "something else than a text");
    }

    private void opaque(String what, Object[] unused) {
        stack.push(new Opaque(what));
    }

    private void global(Object[] names) throws IOException {
        if (!(names[0] instanceof String module && names[1] instanceof String name)) {
            throw broken("has a name that is no text");
        }
        if (module.length() + name.length() > MAX_LINE) {
            throw broken("has a name of more than " + MAX_LINE + " characters");
        }
        stack.push(new Global(module + "." + name));
    }

    /** A function, its arguments and perhaps named ones. */
    private void call(Object[] parts) throws IOException {
        if (!(parts[1] instanceof Object[] arguments)) {
            throw broken("calls without a list of arguments");
        }
        for (Object argument : arguments) {
            int values = argument instanceof Object[] tuple ? tuple.length : 1;
            spend(argument instanceof List<?> list ? list.size() : values); // which may all be copied
        }
        stack.push(parts[0] instanceof Global global ? maker.make(global.name(), arguments) : new Opaque("an object"));
    }

    private IOException broken(String what) {
        return new IOException("its pickle " + what + " at byte " + in.position());
    }
}
