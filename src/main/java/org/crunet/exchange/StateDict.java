package org.crunet.exchange;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.crunet.base.Errors;
import org.crunet.exchange.TorchObjects.Tensor;
import org.crunet.exchange.TorchObjects.Unread;

/** The dictionary of tensors by name in what PyTorch saved, which may be an entry of a larger checkpoint. */
final class StateDict {

    private static final List<String> KEYS = List.of("state_dict", "model_state_dict", "model", "net", "module");
    private static final int MAX_DEPTH = 8;
    private static final int MAX_NAME = 512;

    private StateDict() {}

    /**
     * The tensors of the checkpoint's network.
     *
     * @param root what was saved
     * @throws IllegalArgumentException if there are none, or one that is not read; the message says what to save instead
     */
    static Map<String, Tensor> of(Object root) {
        if (!(root instanceof Map)) {
            throw new IllegalArgumentException("it holds " + described(root)
                    + " and not a dictionary of tensors: save that, torch.save(model.state_dict(), file)");
        }
        Map<String, Tensor> tensors = new LinkedHashMap<>();
        inner((Map<?, ?>) root).forEach((key, value) -> {
            if (value instanceof Unread unread) {
                throw new IllegalArgumentException(
                        "its tensor " + Errors.quoted(String.valueOf(key)) + " is made of " + unread.why()
                                + ", which is not read: save it as plain numbers, such as tensor.dequantize() or to_dense()");
            }
            if (key instanceof String name && value instanceof Tensor tensor) {
                if (name.length() > MAX_NAME) {
                    throw new IllegalArgumentException("its tensor " + Errors.quoted(name) + " has a name of "
                            + name.length() + " characters, more than any weight's: rename it where it was saved");
                }
                tensors.put(name, tensor);
            }
        });
        if (tensors.isEmpty()) {
            throw new IllegalArgumentException(
                    "it has no tensors by name, neither itself nor under one of " + KEYS + ", only "
                            + ((Map<?, ?>) root)
                                    .keySet().stream()
                                            .limit(10)
                                            .map(StateDict::described)
                                            .toList());
        }
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
        return value instanceof Map ? "a dictionary" : Errors.shortened(String.valueOf(value));
    }
}
