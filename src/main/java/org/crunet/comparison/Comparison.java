package org.crunet.comparison;

import static org.crunet.base.Errors.require;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * Networks that were trained alike.
 *
 * @param members one row a training, network by network
 * @param missing the network's name for each training that is still to be made, since the comparison was interrupted or
 *     another process is making it
 * @param problems a line for everything that the trainings of this call left out or passed over, as in
 *     {@link org.crunet.training.Run}; what had finished before is not read again and has none
 * @param atLeast the networks in which a block of another library hides layers, so that their multiply-adds are at least those
 *     counted
 */
public record Comparison(List<Member> members, List<String> missing, List<String> problems, Set<String> atLeast) {

    /** How many problems are printed. */
    private static final int PRINTED = 4;

    /** Keeps copies of the lists. */
    public Comparison {
        members = List.copyOf(members);
        missing = List.copyOf(missing);
        problems = List.copyOf(problems);
        atLeast = Set.copyOf(atLeast);
    }

    /**
     * Makes a comparison whose trainings are all there, without problems.
     *
     * @param members one row a training
     */
    public Comparison(List<Member> members) {
        this(members, List.of(), List.of(), Set.of());
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
     * Returns mean and spread over the seeds of the trainings that finished, a row a network, in the order of the comparison.
     *
     * @return the rows
     */
    public List<Summary> summaries() {
        return members.stream()
                .map(Member::network)
                .distinct()
                .map(network -> summary(of(network).toList()))
                .toList();
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
                missing.stream().filter(kept::contains).toList(),
                problems,
                atLeast.stream().filter(kept::contains).collect(Collectors.toSet()));
    }

    private static Summary summary(List<Member> all) {
        Member one = all.get(0);
        List<Member> runs = all.stream().filter(Member::finished).toList();
        double mean = runs.stream().mapToDouble(Member::top1).average().orElse(Double.NaN);
        double squares = runs.stream()
                .mapToDouble(run -> (run.top1() - mean) * (run.top1() - mean))
                .sum();
        return new Summary(
                one.network(),
                one.parameters(),
                one.multiplyAdds(),
                runs.size(),
                mean,
                runs.size() > 1 ? Math.sqrt(squares / (runs.size() - 1)) : Double.NaN,
                runs.stream().mapToDouble(Member::top1).min().orElse(Double.NaN),
                runs.stream().mapToDouble(Member::top1).max().orElse(Double.NaN),
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
        String spread = String.format(Locale.ROOT, "+- %.1f over %d seeds", 100 * row.spread(), row.runs());
        String runs = row.runs() == 1 ? "from one seed" : spread;
        return network + String.format(Locale.ROOT, "top-1 %.1f %% %s, %.0f s", 100 * row.top1(), runs, row.seconds());
    }
}
