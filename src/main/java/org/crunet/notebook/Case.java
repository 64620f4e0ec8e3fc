package org.crunet.notebook;

import java.util.List;
import java.util.Optional;
import java.util.function.Function;

/**
 * What is made of values of one type.
 *
 * @param type the type, with its subtypes
 * @param make makes it
 */
record Case<T, R>(Class<T> type, Function<? super T, R> make) {

    /** What the first case that has the value's type makes of it. */
    static <R> Optional<R> first(List<Case<?, R>> cases, Object value) {
        return cases.stream()
                .filter(one -> one.type.isInstance(value))
                .findFirst()
                .map(one -> one.of(value));
    }

    R of(Object value) {
        return make.apply(type.cast(value));
    }
}
