package org.crunet.exchange;

import static org.crunet.base.Errors.quoted;
import static org.crunet.base.Errors.require;
import static org.crunet.base.Errors.shortened;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.crunet.exchange.TorchPickle.Tensor;
import org.crunet.exchange.TorchPickle.Unread;

/** The dictionary of tensors by name in what PyTorch saved, which may be an entry of a larger checkpoint. */
final class StateDict {

    private static final List<String> KEYS = List.of("state_dict", "model_state_dict", "model", "net", "module");
    private static final int MAX_DEPTH = 8;
    private static final int MAX_NAME = 512;

    private StateDict() {}

    /**
     * Returns the tensors of the checkpoint's network: each a {@link Tensor}, or {@link Unread}.
     *
     * @param root what was saved
     * @throws IllegalArgumentException if there are none; the message says what to save instead
     */
    static Map<String, Object> of(Object root) {
        String held = "it holds " + described(root) + " and not a dictionary of tensors";
        require(root instanceof Map, held + ": save that, torch.save(model.state_dict(), file)");
        Map<String, Object> tensors = new LinkedHashMap<>();
        inner((Map<?, ?>) root).forEach((key, value) -> {
            if (key instanceof String name && (value instanceof Tensor || value instanceof Unread)) {
                require(
                        name.length() <= MAX_NAME,
                        () -> "its tensor " + quoted(name) + " has a name of " + name.length()
                                + " characters: rename it where it was saved");
                tensors.put(name, value);
            }
        });
        Stream<?> keys = ((Map<?, ?>) root).keySet().stream().limit(10);
        require(
                !tensors.isEmpty(),
                () -> "it has no tensors by name, neither itself nor under one of " + KEYS + ", only "
                        + keys.map(StateDict::described).toList());
        return tensors;
    }

    private static Map<?, ?> inner(Map<?, ?> root) {
        Map<?, ?> at = root;
        for (int depth = 0; depth < MAX_DEPTH; depth++) {
            for (String key : KEYS) {
                if (at.get(key) instanceof Map<?, ?> deeper) {
                    at = deeper;
                    break;
                }
            }
        }
        return at;
    }

    private static String described(Object value) {
        if (value instanceof Tensor) {
            return "a tensor";
        }
        if (value instanceof List || value instanceof Object[]) {
            return "a list";
        }
        return value instanceof Map ? "a dictionary" : shortened(String.valueOf(value));
    }
}
