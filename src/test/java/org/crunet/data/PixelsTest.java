package org.crunet.data;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Memory is told again by the number that was written into it. */
class PixelsTest {

    /** Whatever other tests gave back. */
    @BeforeEach
    void takeAll() {
        for (int i = 0; i < 4; i++) {
            Pixels.take(1);
        }
    }

    private static Pixels marked(int floats, float mark) {
        Pixels pixels = Pixels.take(floats);
        pixels.values().put(0, mark);
        return pixels;
    }

    private static float mark(int floats) {
        return Pixels.take(floats).values().get(0);
    }

    @Test
    void theSmallestThatFitsIsUsedAgain() {
        Pixels small = marked(10, 1);
        Pixels large = marked(1000, 2);
        Pixels middle = marked(100, 3);
        small.giveBack();
        large.giveBack();
        middle.giveBack();
        assertEquals(3, mark(50));
        assertEquals(2, mark(50));
        assertEquals(1, mark(10));
        assertEquals(0, mark(10), "no more is free");
    }

    @Test
    void ofTooManyTheSmallestAreGivenUp() {
        Pixels[] small = new Pixels[4];
        for (int i = 0; i < small.length; i++) {
            small[i] = marked(10 + i, 1 + i);
        }
        Pixels large = marked(1000, 9);
        for (Pixels one : small) {
            one.giveBack();
        }
        large.giveBack();
        assertEquals(9, mark(500));
        assertEquals(2, mark(1));
    }

    @Test
    void moreThanABufferHoldsIsRefused() {
        String message = assertThrows(IllegalArgumentException.class, () -> Pixels.take(1L << 29))
                .getMessage();
        assertTrue(message.contains("536870912 numbers"), message);
    }
}
