package org.crunet.base;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class InUseTest {

    private final List<String> freed = new ArrayList<>();
    private final InUse memory = new InUse(this, "it was closed", () -> freed.add("memory"));

    @Test
    void theLastWhoLeavesFreesIt() {
        int inside = memory.inside(() -> {
            memory.close();
            memory.close();
            assertEquals("it was closed", refused());
            return freed.size();
        });
        assertEquals(0, inside);
        assertEquals(List.of("memory"), freed);
        memory.close();
        assertEquals(List.of("memory"), freed);
    }

    @Test
    void whatFailsLeavesToo() {
        assertThrows(
                ArithmeticException.class,
                () -> memory.inside(() -> {
                    memory.close();
                    return 1 / (freed.size() * 0);
                }));
        assertEquals(List.of("memory"), freed);
    }

    @Test
    void whatWasLentIsFreedBefore() {
        InUse lent = memory.lend("the other was closed", () -> freed.add("lent"));
        memory.close();
        assertEquals(1, lent.inside(() -> {
            lent.close();
            return 1 + freed.size();
        }));
        assertEquals(List.of("lent", "memory"), freed);
        lent.close();
        assertEquals(2, freed.size());
    }

    private String refused() {
        return assertThrows(IllegalStateException.class, () -> memory.inside(() -> null))
                .getMessage();
    }
}
