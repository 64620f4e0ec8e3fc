package org.crunet.notebook;

import java.util.ArrayList;
import java.util.List;
import java.util.function.IntFunction;
import java.util.stream.IntStream;

/**
 * The part of a long sequence that is shown: all of it, or its two ends.
 *
 * @param size length of the sequence
 * @param limit how many are shown at most
 */
record Cut(int size, int limit) {

    boolean whole() {
        return size <= limit;
    }

    private int head() {
        return whole() ? size : limit / 2;
    }

    private int tail() {
        return whole() ? size : size - (limit - head());
    }

    IntStream kept() {
        return IntStream.concat(IntStream.range(0, head()), IntStream.range(tail(), size));
    }

    /** One element for each place that is kept, and one for the gap between the ends if there is one. */
    <T> List<T> map(IntFunction<T> element, T gap) {
        List<T> all = new ArrayList<>();
        IntStream.range(0, head()).mapToObj(element).forEach(all::add);
        if (!whole()) {
            all.add(gap);
        }
        IntStream.range(tail(), size).mapToObj(element).forEach(all::add);
        return all;
    }

    /** What to say below; empty when everything is shown. */
    String note(String what) {
        return whole() ? "" : Numbers.format("%s 1-%d and %,d-%,d of %,d shown", what, head(), tail() + 1, size, size);
    }
}
