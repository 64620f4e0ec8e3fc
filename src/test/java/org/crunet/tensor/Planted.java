package org.crunet.tensor;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.stream.IntStream;

/** Kernels made from known block terms, in Java arrays: random factors and cores, in part common to the kernels. */
final class Planted {

    private final int terms;
    private final Rank rank;
    private final List<Loops> outs = new ArrayList<>();
    private final List<Loops> cores = new ArrayList<>();
    private final List<Loops> ins = new ArrayList<>();

    private Planted(int terms, Rank rank) {
        this.terms = terms;
        this.rank = rank;
    }

    static Planted kernel(Random random, int terms, Rank rank, int out, int in, int height, int width) {
        return stack(random, terms, rank, Set.of(), in, height, width, out);
    }

    /** As many kernels as output channels are given. */
    static Planted stack(
            Random random, int terms, Rank rank, Set<Factor> shared, int in, int height, int width, int... out) {
        Planted planted = new Planted(terms, rank);
        for (int i = 0; i < out.length; i++) {
            planted.add(shared, Factor.OUT, planted.outs, Loops.random(random, out[i], terms * rank.out()));
            planted.add(
                    shared,
                    Factor.CORE,
                    planted.cores,
                    Loops.random(random, terms, rank.out(), rank.in(), height, width));
            planted.add(shared, Factor.IN, planted.ins, Loops.random(random, in, terms * rank.in()));
        }
        return planted;
    }

    private void add(Set<Factor> shared, Factor factor, List<Loops> list, Loops made) {
        list.add(shared.contains(factor) && !list.isEmpty() ? list.get(0) : made);
    }

    /** {@code G_r x1 A4_r x2 A3_r} of one kernel. */
    Loops term(int kernel, int r) {
        return core(kernel, r).tucker(Arrays.asList(out(kernel, r), in(kernel, r), null, null));
    }

    Loops core(int kernel, int r) {
        return cores.get(kernel).get(r);
    }

    Loops out(int kernel, int r) {
        return outs.get(kernel).columns(r * rank.out(), (r + 1) * rank.out());
    }

    Loops in(int kernel, int r) {
        return ins.get(kernel).columns(r * rank.in(), (r + 1) * rank.in());
    }

    Loops kernel(int kernel) {
        return IntStream.range(0, terms)
                .mapToObj(r -> term(kernel, r))
                .reduce((a, b) -> a.plus(b, 1))
                .orElseThrow();
    }

    /** Which recovered term is each planted one: the nearest, which must be another for each and as good as equal. */
    int[] matches(Decomposition found, int kernel, double error) {
        List<Loops> recovered =
                found.terms().stream().map(term -> Loops.of(term.rebuild())).toList();
        int[] matches = new int[terms];
        for (int r = 0; r < terms; r++) {
            Loops term = term(kernel, r);
            for (int other = 0; other < terms; other++) {
                boolean nearer =
                        term.relativeError(recovered.get(other)) < term.relativeError(recovered.get(matches[r]));
                matches[r] = nearer ? other : matches[r];
            }
            double off = term.relativeError(recovered.get(matches[r]));
            assertTrue(off < error, "term " + r + " is off by " + off);
        }
        assertEquals(terms, Arrays.stream(matches).distinct().count(), Arrays.toString(matches));
        return matches;
    }

    /** Every subset of what can be shared. */
    static List<Set<Factor>> choices() {
        return IntStream.range(0, 8)
                .mapToObj(bits -> {
                    Set<Factor> chosen = EnumSet.noneOf(Factor.class);
                    Arrays.stream(Factor.values())
                            .filter(factor -> (bits >> factor.ordinal() & 1) == 1)
                            .forEach(chosen::add);
                    return chosen;
                })
                .toList();
    }
}
