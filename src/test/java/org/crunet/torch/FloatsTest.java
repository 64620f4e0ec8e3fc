package org.crunet.torch;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import org.junit.jupiter.api.Test;

class FloatsTest {

    @Test
    void changesTheArrayItself() {
        try (NDManager manager = NDManager.newBaseManager()) {
            NDArray array = manager.zeros(new Shape(2, 3));
            try (Floats floats = Floats.of(array)) {
                assertEquals(6, floats.size());
                floats.put(1, new float[] {5, 6, 7}, 2);
                assertArrayEquals(new float[] {0, 5, 6, 0, 0, 0}, array.toFloatArray());
            }
        }
    }

    /** DJL lends the memory of a hidden copy here: what is written there would be lost. */
    @Test
    void changesAnArrayThatIsNotContiguousTooAndLeavesNothingBehind() {
        try (NDManager manager = NDManager.newBaseManager()) {
            NDArray rows = manager.zeros(new Shape(2, 3));
            NDArray columns = rows.transpose();
            int before = manager.getManagedArrays().size();
            try (Floats floats = Floats.of(columns)) {
                floats.put(1, new float[] {5}, 1);
            }
            assertArrayEquals(new float[] {0, 5, 0, 0, 0, 0}, columns.toFloatArray());
            assertEquals(before, manager.getManagedArrays().size());
        }
    }

    @Test
    void otherTypesAreRefused() {
        try (NDManager manager = NDManager.newBaseManager()) {
            NDArray integers = manager.create(new int[] {1});
            String message = assertThrows(IllegalArgumentException.class, () -> Floats.of(integers))
                    .getMessage();
            assertTrue(message.contains("int32"), message);
        }
    }
}
