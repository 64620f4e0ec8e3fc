package org.crunet.notebook;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class TensorsTest {
    private final NDManager manager = NDManager.newBaseManager();

    @AfterEach
    void free() {
        manager.close();
    }

    private static String text(NDArray array) {
        return Tensors.show(array).text();
    }

    @Test
    void aSmallArrayShowsItsValuesInRows() {
        NDArray array = manager.create(new float[] {0, -0.5f, 1, 10, 2, 3}, new Shape(2, 3));
        assertEquals("NDArray float32 (2, 3) on cpu\n[[ 0.00, -0.50,  1.00],\n [10.00,  2.00,  3.00]]", text(array));
    }

    @Test
    void aScalarAndWholeNumbers() {
        assertEquals("NDArray int64 () on cpu\n7", text(manager.create(7L)));
        assertEquals("NDArray boolean (2) on cpu\n[1, 0]", text(manager.create(new boolean[] {true, false})));
    }

    @Test
    void anEmptyArrayHasAHeadingOnly() {
        assertEquals("NDArray float32 (0, 3) on cpu", text(manager.create(new Shape(0, 3))));
    }

    @Test
    void anArrayOfStringsHasAHeadingOnly() {
        String shown = text(manager.create("text"));
        assertTrue(shown.startsWith("NDArray string"), shown);
        assertTrue(Tensors.show(new NDList(manager.create("text"))).text().contains("string"));
    }

    @Test
    void aLargeArrayIsSummedUp() {
        assertEquals(
                "NDArray float32 (2, 500) on cpu\nmin 0, mean 499.5, max 999\nfirst values 0, 1, 2, 3, 4, 5, ...",
                text(manager.arange(1000f).reshape(2, 500)));
        assertTrue(text(manager.arange(0, 1000, 1, DataType.INT32)).contains("min 0, mean 499.5, max 999"));
        assertTrue(text(manager.ones(new Shape(200), DataType.BOOLEAN)).contains("mean 1"));
    }

    @Test
    void showingAnArrayLeavesNothingBehind() {
        NDArray array = manager.ones(new Shape(50, 50));
        int before = manager.getManagedArrays().size();
        text(array);
        assertEquals(before, manager.getManagedArrays().size());
    }

    @Test
    void aClosedArraySaysSo() {
        NDArray array = manager.ones(new Shape(2));
        array.close();
        assertEquals("NDArray, closed", text(array));
        assertEquals(
                "NDList of 1\n0: NDArray, closed",
                Tensors.show(new NDList(array)).text());
    }

    @Test
    void aListHasALineForEach() {
        NDArray named = manager.ones(new Shape(2));
        named.setName("weight");
        assertEquals(
                "NDList of 2\n0: NDArray weight float32 (2) on cpu\n1: NDArray float32 (3) on cpu",
                Tensors.show(new NDList(named, manager.ones(new Shape(3)))).text());
    }
}
