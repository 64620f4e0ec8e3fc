package org.crunet.exchange;

import static org.crunet.base.Errors.quoted;

import java.io.IOException;
import java.math.BigInteger;
import java.nio.charset.Charset;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import net.razorvine.pickle.PickleException;
import net.razorvine.pickle.Unpickler;

/**
 * Reads what Python pickled, in any protocol from 1 to 5, through net.razorvine:pickle, and executes nothing: what a pickle
 * would call is given to {@link #make} as a name, and where that does not know it, an {@link Opaque} takes its place.
 *
 * <p>The library keeps the stack and the memo, and does what takes no more than 255 bytes. The rest of its operations are
 * replaced here, because no file may choose what they do: they find constructors in a registry that is common to the
 * process, call methods by reflection, hash whatever is a key, and allocate whatever length is claimed.
 *
 * <p>None is null; tuples are {@code Object[]}, lists {@code List}, dictionaries {@code Map} in their order, with an
 * {@link Opaque} for each key that is no text. Strings of Python 2 are text. Long bytes and texts are passed over.
 */
abstract class Pickle extends Unpickler {

    /** Those that push a constant, take from the stack or memo, or make a tuple or an empty list. */
    private static final String HARMLESS =
            ".(02NJKMG)]tqrhjU\u0080\u0085\u0086\u0087\u0088\u0089\u008a\u008c\u0094\u0095";

    private static final int MAX_STEPS = 1 << 20;
    private static final int MAX_TEXT = 1 << 16;
    private static final int MAX_TEXTS = 1 << 24;
    /** Of digits, and of what a class is called. */
    private static final int MAX_LINE = 1024;
    /** Characters that are compared in a step. */
    private static final int COMPARED = 64;

    private final FileBytes in;
    private int steps;
    private int texts;

    Pickle(FileBytes in) {
        this.in = in;
    }

    /** The name of a class or function, which is not looked up. */
    record Global(String name) {}

    /** Returns what calling this would give; an {@link Opaque} if it is not known. */
    abstract Object make(String global, Object[] arguments) throws IOException;

    /** Returns what a persistent name stands for. */
    abstract Object persistent(Object id) throws IOException;

    /** Reads one object, from the next byte up to its end. */
    final Object read() throws IOException {
        try {
            return load(in);
        } catch (PickleException e) {
            throw broken("is damaged, " + e.getMessage(), e);
        } catch (IndexOutOfBoundsException | ClassCastException | NullPointerException e) {
            throw broken("takes what is not there, or has no mark where it needs one", e);
        }
    }

    final void spend(int count) {
        steps += count;
        require(steps <= MAX_STEPS, MAX_STEPS + " steps");
    }

    private void spendText(long bytes) {
        texts += (int) bytes;
        require(texts <= MAX_TEXTS, MAX_TEXTS + " bytes of text");
    }

    private static void require(boolean holds, String limit) {
        if (!holds) {
            throw new IllegalArgumentException("its pickle has more than " + limit
                    + ", more than a network needs: save the state dict alone, torch.save(model.state_dict(), file)");
        }
    }

    /** Does one operation; the library those that are harmless. */
    @Override
    protected final Object dispatch(short code) throws IOException {
        spend(1);
        if (HARMLESS.indexOf(code) >= 0) {
            long before = in.position();
            Object result = super.dispatch(code);
            spendText(in.position() - before);
            return result;
        }
        switch (code) {
            case '1', 0x90 -> stack.pop_all_since_marker();
            case 'b' -> stack.pop();
            case 'a', 's' -> fill(Arrays.asList(popped(code == 'a' ? 1 : 2)));
            case 'e', 'u' -> fill(stack.pop_all_since_marker());
            default -> stack.add(made(code));
        }
        return NO_RETURN_VALUE;
    }

    /** Returns what an operation pushes. */
    private Object made(int code) throws IOException {
        return switch (code) {
            case 'I', 'L' -> integer(line());
            case 'T' -> text(4, StandardCharsets.ISO_8859_1);
            case 'X' -> text(4, StandardCharsets.UTF_8);
            case 0x8d -> text(8, StandardCharsets.UTF_8);
            case 'C' -> passed(1);
            case 'B', 0x8b -> passed(4);
            case 0x8e, 0x96 -> passed(8);
            case '}' -> new LinkedHashMap<>();
            case 0x8f -> new Opaque("a set");
            case 'o', 0x91 ->
                new Opaque("an object or set of " + stack.pop_all_since_marker().size());
            case 'c' -> global(line(), line());
            case 0x93 -> global(popped(2));
            case 'R', 0x81, 0x92 -> called(popped(code == 0x92 ? 3 : 2));
            case 'Q' -> persistent(stack.pop());
            default -> throw broken("has the unknown operation " + code, null);
        };
    }

    /** Returns the last ones, in the order they were pushed in. */
    private Object[] popped(int count) {
        Object[] popped = new Object[count];
        for (int i = count - 1; i >= 0; i--) {
            popped[i] = stack.pop();
        }
        return popped;
    }

    private String line() throws IOException {
        StringBuilder line = new StringBuilder();
        for (int c = in.read(); c != '\n'; c = in.read()) {
            line.append((char) c);
            requireShort(line);
        }
        spendText(line.length());
        return line.toString();
    }

    private void requireShort(CharSequence line) throws IOException {
        if (line.length() > MAX_LINE) {
            throw broken("has a number or name of more than " + MAX_LINE + " characters", null);
        }
    }

    private Object integer(String line) throws IOException {
        try {
            BigInteger integer = new BigInteger(line.strip().replaceFirst("L$", ""));
            return integer.bitLength() < Long.SIZE ? (Object) integer.longValue() : integer;
        } catch (NumberFormatException e) {
            throw broken("has the integer " + quoted(line), e);
        }
    }

    private Object text(int lengthBytes, Charset charset) throws IOException {
        long length = in.number(lengthBytes);
        if (length < 0 || length > MAX_TEXT) {
            in.pass(length);
            return new Opaque("a long text");
        }
        spendText(length);
        return new String(in.take(length), charset);
    }

    private Object passed(int lengthBytes) throws IOException {
        in.pass(in.number(lengthBytes));
        return new Opaque("bytes");
    }

    /** Puts values into the list, or keys and values into the dictionary, that is on top. */
    private void fill(List<Object> values) throws IOException {
        if (stack.peek() instanceof ArrayList<?>) {
            @SuppressWarnings("unchecked")
            List<Object> list = (List<Object>) stack.peek();
            list.addAll(values);
        } else if (stack.peek() instanceof Map<?, ?>) {
            @SuppressWarnings("unchecked")
            Map<Object, Object> map = (Map<Object, Object>) stack.peek();
            if (values.size() % 2 != 0) {
                throw broken("has a key without a value", null);
            }
            for (int i = 0; i < values.size(); i += 2) {
                map.put(key(values.get(i)), values.get(i + 1));
            }
        }
    }

    /** Texts stay; all else becomes like itself only, so that no choice of keys makes the dictionary slow. */
    final Object key(Object key) throws IOException {
        if (key instanceof Map || key instanceof List) {
            throw broken("has a key that cannot be one", null);
        }
        if (key instanceof String text) {
            spend(text.length() / COMPARED); // with others of the same hash
            return key;
        }
        return new Opaque(
                key instanceof Long || key instanceof Integer ? key.toString() : "something else than a text");
    }

    private Object global(Object... names) throws IOException {
        String name = (String) names[0] + "." + (String) names[1];
        requireShort(name);
        return new Global(name);
    }

    /** Returns what a function would, of its arguments and perhaps named ones. */
    private Object called(Object[] parts) throws IOException {
        Object[] arguments = (Object[]) parts[1];
        spend(arguments.length);
        for (Object argument : arguments) {
            int values = argument instanceof Object[] tuple ? tuple.length : 0;
            spend(argument instanceof List<?> list ? list.size() : values); // which may all be copied
        }
        return parts[0] instanceof Global global ? make(global.name(), arguments) : new Opaque("an object");
    }

    private IOException broken(String what, Exception e) {
        return new IOException("its pickle " + what + " at byte " + in.position(), e);
    }
}
