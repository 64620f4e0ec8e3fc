package org.crunet.evaluation;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.stream.Stream;

/**
 * Networks that were trained alike.
 *
 * @param members one row a training, network by network
 * @param missing the network's name for each training that is still to be made, since the comparison was interrupted
 * @param problems a line for everything that the trainings of this call left out or passed over, as in
 *     {@link org.crunet.training.Run}; what had finished before is not read again and has none
 */
public record Comparison(List<Member> members, List<String> missing, List<String> problems) {

    /** How many problems are printed. */
    private static final int PRINTED = 4;

    /**
     * Keeps its own copy of the rows.
     *
     * @param members one row a training
     * @param missing a name each
     * @param problems a line each
     */
    public Comparison {
        members = List.copyOf(members);
        missing = List.copyOf(missing);
        problems = List.copyOf(problems);
    }

    /**
     * Trainings that are all there, without problems.
     *
     * @param members one row a training
     */
    public Comparison(List<Member> members) {
        this(members, List.of(), List.of());
    }

    /**
     * How many trainings there were to be.
     *
     * @return those there are and those still to be made
     */
    public int planned() {
        return members.size() + missing.size();
    }

    /**
     * Mean and spread over the seeds, a row a network, in the order of the comparison; networks of which no training
     * finished are left out.
     *
     * @return the rows
     */
    public List<Standing> standings() {
        return members.stream()
                .map(Member::network)
                .distinct()
                .map(this::finished)
                .filter(runs -> !runs.isEmpty())
                .map(Comparison::standing)
                .toList();
    }

    /**
     * Some of the networks.
     *
     * @param networks their names, at least one
     * @return a comparison of those alone, in the order given
     * @throws IllegalArgumentException if there is no such network, or no name; the message lists those there are
     */
    public Comparison only(String... networks) {
        List<String> names = Stream.concat(members.stream().map(Member::network), missing.stream())
                .distinct()
                .toList();
        if (networks.length == 0) {
            throw new IllegalArgumentException("give the networks to keep, at least one of " + names);
        }
        List<Member> chosen = new ArrayList<>();
        for (String network : networks) {
            if (!names.contains(network)) {
                throw new IllegalArgumentException("no network \"" + network + "\" was compared: there are " + names);
            }
            members.stream().filter(member -> member.network().equals(network)).forEach(chosen::add);
        }
        List<String> kept = List.of(networks);
        return new Comparison(chosen, missing.stream().filter(kept::contains).toList(), problems);
    }

    private List<Member> finished(String network) {
        return members.stream()
                .filter(member ->
                        member.network().equals(network) && member.ending().equals("finished"))
                .toList();
    }

    private static Standing standing(List<Member> runs) {
        Member one = runs.get(0);
        double mean = runs.stream().mapToDouble(Member::top1).average().orElseThrow();
        double squares = runs.stream()
                .mapToDouble(run -> (run.top1() - mean) * (run.top1() - mean))
                .sum();
        return new Standing(
                one.network(),
                one.parameters(),
                one.multiplyAdds(),
                runs.size(),
                mean,
                runs.size() > 1 ? Math.sqrt(squares / (runs.size() - 1)) : Double.NaN,
                runs.stream().mapToDouble(Member::top1).min().orElseThrow(),
                runs.stream().mapToDouble(Member::top1).max().orElseThrow(),
                runs.stream().mapToDouble(Member::seconds).average().orElseThrow());
    }

    @Override
    public String toString() {
        List<String> lines = new ArrayList<>(List.of(head()));
        standings().forEach(row -> lines.add(line(row)));
        members.stream()
                .filter(member -> !member.ending().equals("finished"))
                .forEach(member -> lines.add(member.network() + ", seed " + member.seed() + ": " + member.ending()));
        problems.stream().limit(PRINTED).forEach(lines::add);
        if (problems.size() > PRINTED) {
            lines.add("and " + (problems.size() - PRINTED) + " more");
        }
        return String.join("\n", lines);
    }

    private String head() {
        String done = missing.isEmpty()
                ? members.size() + " trainings"
                : members.size() + " of " + planned() + " trainings; the same call goes on";
        return problems.isEmpty() ? done : done + "; problems: " + problems.size() + ", see problems()";
    }

    private static String line(Standing row) {
        String runs = row.runs() == 1
                ? "from one seed"
                : String.format(Locale.ROOT, "+- %.1f over %d seeds", 100 * row.spread(), row.runs());
        return String.format(
                Locale.ROOT,
                "%s: %,d parameters, top-1 %.1f %% %s, %.0f s",
                row.network(),
                row.parameters(),
                100 * row.top1(),
                runs,
                row.seconds());
    }
}
