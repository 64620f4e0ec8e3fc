package org.crunet.exchange;

import java.io.IOException;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;

/** The values that a pickle has made and not used yet. Those below the last mark are out of reach. */
final class PickleStack {

    private final List<Object> values = new ArrayList<>();
    private final Deque<Integer> marks = new ArrayDeque<>();

    void push(Object value) {
        values.add(value);
    }

    void mark() {
        marks.push(values.size());
    }

    Object top() throws IOException {
        if (values.size() <= (marks.isEmpty() ? 0 : marks.peek())) {
            throw new IOException("its pickle takes what is not there");
        }
        return values.get(values.size() - 1);
    }

    Object pop() throws IOException {
        Object top = top();
        values.remove(values.size() - 1);
        return top;
    }

    /** The last ones, in the order they were pushed in. */
    Object[] popped(int count) throws IOException {
        Object[] popped = new Object[count];
        for (int i = count - 1; i >= 0; i--) {
            popped[i] = pop();
        }
        return popped;
    }

    /** All above the last mark, which goes too. */
    Object[] sinceMark() throws IOException {
        if (marks.isEmpty()) {
            throw new IOException("its pickle has no mark where it needs one");
        }
        List<Object> above = values.subList(marks.pop(), values.size());
        Object[] popped = above.toArray();
        above.clear();
        return popped;
    }
}
