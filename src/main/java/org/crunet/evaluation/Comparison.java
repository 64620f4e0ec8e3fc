package org.crunet.evaluation;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;

/**
 * Networks that were trained alike.
 *
 * @param members one row a training, network by network
 * @param planned how many trainings there were to be
 */
public record Comparison(List<Member> members, int planned) {

    /**
     * Keeps its own copy of the rows.
     *
     * @param members one row a training
     * @param planned how many there were to be
     */
    public Comparison {
        members = List.copyOf(members);
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
     * @param networks their names
     * @return a comparison of those alone, in the order given
     * @throws IllegalArgumentException if there is no such network; the message lists those there are
     */
    public Comparison only(String... networks) {
        List<String> names = members.stream().map(Member::network).distinct().toList();
        List<Member> chosen = new ArrayList<>();
        for (String network : networks) {
            if (!names.contains(network)) {
                throw new IllegalArgumentException("no network \"" + network + "\" was compared: there are " + names);
            }
            members.stream().filter(member -> member.network().equals(network)).forEach(chosen::add);
        }
        return new Comparison(chosen, chosen.size());
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
        String head = members.size() < planned
                ? members.size() + " of " + planned + " trainings; the same call goes on\n"
                : members.size() + " trainings\n";
        String failed = members.stream()
                .filter(member -> !member.ending().equals("finished"))
                .map(member -> "\n" + member.network() + ", seed " + member.seed() + ": " + member.ending())
                .collect(Collectors.joining());
        return standings().stream()
                        .map(row -> String.format(
                                Locale.ROOT,
                                "%s: %,d parameters, top-1 %.1f %% +- %.1f over %d seeds, %.0f s",
                                row.network(),
                                row.parameters(),
                                100 * row.top1(),
                                100 * row.spread(),
                                row.runs(),
                                row.seconds()))
                        .collect(Collectors.joining("\n", head, ""))
                + failed;
    }
}
