package org.crunet.base;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import ai.djl.ndarray.types.Shape;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class RecordsTest {

    private enum Colour {
        RED;

        @Override
        public String toString() {
            return "a word that may change";
        }
    }

    private record Point(double x, int y, String name, Colour colour, List<Float> more, int[] counts) {

        Point {
            Errors.require(y >= 0, "y must not be negative: " + y);
        }

        @Override
        public String toString() {
            return "another word that may change";
        }
    }

    private static final Point POINT = new Point(0.1, 2, "a \"b\"\n", Colour.RED, List.of(1.5f), new int[] {7, 8});

    @Test
    void theCanonicalTextHasNamesAndExactValuesAndNoWordsForPeople() {
        assertEquals(
                "RecordsTest$Point(x=0x1.999999999999ap-4, y=2, name=\"a \\\"b\\\"\\n\", colour=RecordsTest$Colour.RED,"
                        + " more=[0x1.8p0], counts=[7, 8])",
                Records.canonical(POINT));
        assertEquals("{\"a\"=1, \"b\"=[]}", Records.canonical(Map.of("b", Optional.empty(), "a", 1L)));
        assertEquals("null", Records.canonical(null));
        for (Object same : List.of(Optional.of(7L), new int[] {7}, new Shape(7))) {
            assertEquals(Records.canonical(List.of(7)), Records.canonical(same));
        }
        assertEquals(Records.canonical(1.0), Records.canonical(1f));
        assertNotEquals(Records.canonical(1.0), Records.canonical(1));
    }

    @Test
    void aKeyIsSixteenDigitsAndChangesWithTheLastBit() {
        String key = Records.key(POINT, "images");
        assertTrue(key.matches("[0-9a-f]{16}"), key);
        assertEquals(key, Records.key(Records.with(POINT, "x", 0.1), "images"));
        assertNotEquals(key, Records.key(Records.with(POINT, "x", Math.nextUp(0.1)), "images"));
        // printf '["a", 1]' | sha256sum
        assertEquals("2657442bb4a48d62", Records.key("a", 1));
    }

    @Test
    void whatSaysNothingOfItselfHasNoText() {
        Runnable lambda = () -> {};
        String message = assertThrows(IllegalArgumentException.class, () -> Records.canonical(List.of(lambda)))
                .getMessage();
        assertTrue(message.contains("use a record or an enum"), message);
    }

    @Test
    void aFieldIsChangedAndCheckedAsByTheConstructor() {
        assertEquals(5, Records.with(POINT, "y", 5).y());
        assertEquals(
                "y must not be negative: -1",
                assertThrows(IllegalArgumentException.class, () -> Records.with(POINT, "y", -1))
                        .getMessage());
        assertEquals(
                "Point has no field z",
                assertThrows(IllegalArgumentException.class, () -> Records.with(POINT, "z", 1))
                        .getMessage());
    }

    /** As members of a comparison and epochs are: every double as it was, also none. */
    record Row(String network, long seed, double loss, double top1) {}

    @Test
    void whatIsWrittenAsJsonIsReadBackToTheLastBit() {
        for (double value : new double[] {0.1, Double.NaN, Double.NEGATIVE_INFINITY, Double.MIN_VALUE, 1 / 3.0, -0.0}) {
            Row row = new Row("ä, \"b\"", (1L << 53) + 1, value, 1);
            assertEquals(row, Records.fromJson(Records.toJson(row), Row.class));
        }
        assertThrows(IllegalArgumentException.class, () -> Records.fromJson("{\"network\": 1", Row.class));
    }
}
