package org.crunet.comparison;

import static org.crunet.base.Errors.require;

import java.util.ArrayList;
import java.util.BitSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.crunet.base.Names;
import org.crunet.evaluation.McNemar;

/**
 * Networks that were trained alike.
 *
 * @param members one row a training, network by network
 * @param answers which validation images each of them got right, of those that finished and of which it is known
 * @param missing the network's name for each training that is still to be made, since the comparison was interrupted or
 *     another process is making it
 * @param problems a line for everything that the trainings of this call left out or passed over, as in
 *     {@link org.crunet.training.Run}; what had finished before is not read again and has none
 * @param atLeast the networks in which a block of another library hides layers, so that their multiply-adds are at least those
 *     counted
 */
public record Comparison(
        List<Member> members, List<Answers> answers, List<String> missing, List<String> problems, Set<String> atLeast) {

    /** How many problems are printed. */
    private static final int PRINTED = 4;

    /**
     * Keeps copies of the lists.
     *
     * @throws IllegalArgumentException if answers are to other images than those before; the message names them
     */
    public Comparison {
        members = List.copyOf(members);
        answers = List.copyOf(answers);
        for (Answers one : answers) {
            Answers before = answers.get(0);
            require(
                    one.images().equals(before.images()),
                    () -> one.name() + " answered other images than " + before.name()
                            + ": compare trainings that were measured on the same");
        }
        missing = List.copyOf(missing);
        problems = List.copyOf(problems);
        atLeast = Set.copyOf(atLeast);
    }

    /**
     * Makes a comparison whose trainings are all there, without problems, of rows alone: intervals are then over seeds and not over
     * images.
     *
     * @param members one row a training
     */
    public Comparison(List<Member> members) {
        this(members, List.of(), List.of(), List.of(), Set.of());
    }

    /**
     * Returns how many trainings there were to be.
     *
     * @return those there are and those still to be made
     */
    public int planned() {
        return members.size() + missing.size();
    }

    /**
     * Returns means over the seeds of the trainings that finished, and how sure they are, a row a network, in the order of the
     * comparison.
     *
     * @return the rows
     */
    public List<Summary> summaries() {
        return networks().map(this::summary).toList();
    }

    private Stream<String> networks() {
        return members.stream().map(Member::network).distinct();
    }

    /**
     * Returns by how much each network is better than each after it, from the seeds from which both finished, and whether that is
     * decided.
     *
     * @return a row a pair; without those that have no seed in common
     */
    public List<Difference> differences() {
        List<String> networks = networks().toList();
        return IntStream.range(0, networks.size())
                .boxed()
                .flatMap(i -> networks.stream().skip(i + 1L).flatMap(second -> difference(networks.get(i), second)))
                .toList();
    }

    private Stream<Difference> difference(String first, String second) {
        return interval(first, second).map(interval -> Difference.of(first, second, interval)).stream();
    }

    /**
     * Tests whether two networks from one seed differ in how many images they get right. So little is known from one seed alone:
     * {@link #differences} asks all of them.
     *
     * @param first name of a network
     * @param second name of another
     * @param seed of both
     * @return McNemar's test
     * @throws IllegalArgumentException if it is not known which images one of them got right; the message has those known
     */
    public McNemar mcnemar(String first, String second, long seed) {
        BitSet read = known(first, seed).read();
        read.and(known(second, seed).read());
        BitSet one = known(first, seed).right();
        one.and(read);
        BitSet other = known(second, seed).right();
        other.and(read);
        return McNemar.of(one, other, read.cardinality());
    }

    private Answers known(String network, long seed) {
        return answers(network, seed)
                .orElseThrow(() -> new IllegalArgumentException(
                        "it is not known which images " + network + ", seed " + seed + ", got right, only of "
                                + answers.stream().map(Answers::name).toList()));
    }

    private Optional<Answers> answers(String network, long seed) {
        return answers.stream()
                .filter(one -> one.network().equals(network) && one.seed() == seed)
                .findFirst();
    }

    /** Of a network, or by how much it is better than another; nothing without a seed. */
    private Optional<Interval> interval(String network, String... other) {
        Map<Long, Double> means = top1(network);
        Stream.of(other).map(this::top1).forEach(theirs -> {
            means.keySet().retainAll(theirs.keySet());
            means.replaceAll((seed, mean) -> mean - theirs.get(seed));
        });
        List<Answers> first = answers(network, means.keySet());
        List<Answers> second = Stream.of(other)
                .flatMap(name -> answers(name, means.keySet()).stream())
                .toList();
        boolean known = first.size() + second.size() == (1 + other.length) * means.size();
        return means.isEmpty()
                ? Optional.empty()
                : Optional.of(known ? Interval.of(first, second) : Interval.ofMeans(means.values()));
    }

    /** By the seeds from which it finished. */
    private Map<Long, Double> top1(String network) {
        return of(network)
                .filter(Member::finished)
                .collect(Collectors.toMap(Member::seed, Member::top1, (a, b) -> b, LinkedHashMap::new));
    }

    private List<Answers> answers(String network, Set<Long> seeds) {
        return seeds.stream().flatMap(seed -> answers(network, seed).stream()).toList();
    }

    private Stream<Member> of(String network) {
        return members.stream().filter(member -> member.network().equals(network));
    }

    /**
     * Returns the comparison of some of the networks.
     *
     * @param networks their names, at least one
     * @return a comparison of those alone, in the order given, each once
     * @throws IllegalArgumentException if there is no such network, or no name; the message lists those there are
     */
    public Comparison only(String... networks) {
        List<String> names = Stream.concat(members.stream().map(Member::network), missing.stream())
                .distinct()
                .toList();
        require(networks.length > 0, "give the networks to keep, at least one of " + names);
        for (String network : networks) {
            require(names.contains(network), "no network \"" + network + "\" was compared: there are " + names);
        }
        List<String> kept = Stream.of(networks).distinct().toList();
        return new Comparison(
                kept.stream().flatMap(this::of).toList(),
                answers.stream().filter(one -> kept.contains(one.network())).toList(),
                missing.stream().filter(kept::contains).toList(),
                problems,
                atLeast.stream().filter(kept::contains).collect(Collectors.toSet()));
    }

    private Summary summary(String network) {
        Member one = of(network).findFirst().orElseThrow();
        List<Member> runs = of(network).filter(Member::finished).toList();
        double mean = runs.stream().mapToDouble(Member::top1).average().orElse(Double.NaN);
        double half = interval(network).map(Interval::half).orElse(Double.NaN);
        return new Summary(
                one.network(),
                one.parameters(),
                one.multiplyAdds(),
                runs.size(),
                mean,
                Math.max(0, mean - half),
                Math.min(1, mean + half),
                runs.stream().mapToDouble(Member::seconds).average().orElse(Double.NaN),
                metrics(runs));
    }

    private static Map<String, Double> metrics(List<Member> runs) {
        return runs.stream()
                .flatMap(run -> run.metrics().entrySet().stream())
                .collect(Collectors.groupingBy(
                        Map.Entry::getKey, LinkedHashMap::new, Collectors.averagingDouble(Map.Entry::getValue)));
    }

    /**
     * Returns what stands below a table of the {@link #summaries}: how many trainings there are, why each that failed did so, and
     * problems.
     *
     * @return lines of text, the first of which counts
     */
    public String remarks() {
        return head() + lines(rest());
    }

    @Override
    public String toString() {
        return head() + lines(summaries().stream().map(Comparison::line).toList()) + lines(rest());
    }

    private static String lines(List<String> lines) {
        return lines.stream().map(line -> "\n" + line).collect(Collectors.joining());
    }

    private List<Member> failed() {
        return members.stream().filter(member -> !member.finished()).toList();
    }

    private List<String> rest() {
        List<String> lines = new ArrayList<>();
        failed().forEach(member -> lines.add(member.network() + ", seed " + member.seed() + ": " + member.ending()));
        problems.stream().limit(PRINTED).forEach(lines::add);
        if (problems.size() > PRINTED) {
            lines.add("and " + (problems.size() - PRINTED) + " more");
        }
        List<String> unknown = networks()
                .filter(network -> top1(network).size()
                        > Math.max(1, answers(network, top1(network).keySet()).size()))
                .toList();
        if (!unknown.isEmpty()) {
            lines.add(
                    "intervals over seeds alone, too narrow for other images, as it is not known which images were right: "
                            + Names.some(unknown));
        }
        atLeast.stream()
                .sorted()
                .map(network -> network + ": at least these multiply-adds, as a block of another library hides layers")
                .forEach(lines::add);
        return lines;
    }

    private String head() {
        int failed = failed().size();
        String done = (missing.isEmpty() ? "" : members.size() + " of ")
                + planned()
                + (planned() == 1 ? " training" : " trainings")
                + (failed == 0 ? "" : ", of which " + failed + " failed")
                + (missing.isEmpty() ? "" : "; the same call goes on");
        return problems.isEmpty() ? done : done + "; problems: " + problems.size() + ", see problems()";
    }

    private static String line(Summary row) {
        String network = String.format(Locale.ROOT, "%s: %,d parameters, ", row.network(), row.parameters());
        if (row.runs() == 0) {
            return network + "no training finished";
        }
        String interval = String.format(Locale.ROOT, "(%.1f to %.1f) ", 100 * row.low(), 100 * row.high());
        String runs = row.runs() == 1 ? "from one seed" : interval + "from " + row.runs() + " seeds";
        return network + String.format(Locale.ROOT, "top-1 %.1f %% %s, %.0f s", 100 * row.top1(), runs, row.seconds());
    }
}
