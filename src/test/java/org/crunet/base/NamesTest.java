package org.crunet.base;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class NamesTest {

    @Test
    void whatFitsHasNoFaultAndOthersAreListedOnlyWhereTheyAre() {
        List<String> names = List.of("a", "b");
        assertEquals("", Names.misfit(names, List.of("b", "a"), List.of()));
        assertEquals("missing: b; surplus: c", Names.misfit(names, List.of("a", "c"), List.of()));
        assertEquals("of another shape: a is (2)", Names.misfit(names, names, List.of("a is (2)")));
        List<String> many = IntStream.range(0, 10).mapToObj(i -> "" + i).toList();
        assertEquals("surplus: 0, 1, 2, 3, 4, 5, 6, 7 and 2 more", Names.misfit(List.of(), many, List.of()));
    }

    @Test
    void ofManyOnlyTheNearestAreTold() {
        assertEquals("there are [beach, sky]", Names.near("bech", List.of("beach", "sky")));
        List<String> many =
                IntStream.range(0, 20).mapToObj(i -> i == 9 ? "beach" : "x" + i).toList();
        assertEquals("there are 20, such as [beach, x0, x1, x2]", Names.near("bech", many));
        List<String> units = IntStream.range(0, 20)
                .mapToObj(i -> "conv" + i / 5 + ".unit" + i % 5 + (i % 2 == 0 ? ".core" : ".expand"))
                .toList();
        assertTrue(
                Names.near("conv1.unit9.core", units).contains("[conv1.unit1.core, conv1.unit3.core, "),
                () -> Names.near("conv1.unit9.core", units));
        assertEquals("[x0, x1, x2, x3] and 16 more", Names.some(many));
    }
}
