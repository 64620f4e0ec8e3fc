package org.crunet.torch;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import ai.djl.Device;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** The switches themselves; what they do only a GPU shows. */
class Tf32Test {

    @AfterEach
    void off() {
        Tf32.allow(false);
    }

    @Test
    void itIsSwitchedOnAndOff() {
        Tf32.allow(true);
        assertTrue(Tf32.isAllowed());
        Tf32.allow(false);
        assertFalse(Tf32.isAllowed());
    }

    @Test
    void anExactTrainingOnAGpuSwitchesItOff() {
        Tf32.allow(true);
        Precision.FLOAT32.prepare(Device.cpu());
        assertTrue(Tf32.isAllowed());
        Precision.FLOAT32.prepare(Device.gpu());
        assertFalse(Tf32.isAllowed());
        Precision.TF32.prepare(Device.gpu());
        assertTrue(Tf32.isAllowed());
        Precision.BF16.prepare(Device.gpu());
        assertFalse(Tf32.isAllowed());
    }

    @Test
    void aCpuHasNone() {
        assertEquals(Precision.FLOAT32, Precision.TF32.on(Device.cpu()));
        assertEquals(
                "in float32, since only GPUs since Ampere have tf32",
                Precision.TF32.said(Precision.TF32.on(Device.cpu())));
        assertEquals("in tf32", Precision.TF32.said(Precision.TF32));
    }
}
