package org.crunet.torch;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import ai.djl.engine.Engine;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.training.GradientCollector;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.DisabledOnOs;
import org.junit.jupiter.api.condition.OS;

class InPlaceTest {

    @Test
    @DisabledOnOs(OS.WINDOWS)
    void reluChangesTheArrayAndNotItsNeighbours() {
        try (NDManager manager = NDManager.newBaseManager()) {
            NDArray array = manager.create(new float[] {-1, 2, -3, 4}).duplicate();
            assertTrue(InPlace.relu(array.get("1:3")));
            assertArrayEquals(new float[] {-1, 2, 0, 4}, array.toFloatArray());
        }
    }

    @Test
    @DisabledOnOs(OS.WINDOWS)
    void theBackwardPassKnowsOfIt() {
        try (NDManager manager = NDManager.newBaseManager()) {
            NDArray weight = manager.create(new float[] {-1, 2}).duplicate();
            weight.setRequiresGradient(true);
            try (GradientCollector collector = Engine.getInstance().newGradientCollector()) {
                NDArray sum = weight.add(1);
                assertTrue(InPlace.relu(sum));
                collector.backward(sum.mul(manager.create(new float[] {5, 7})).sum());
            }
            assertArrayEquals(new float[] {0, 7}, weight.getGradient().toFloatArray());
        }
    }
}
