package org.crunet.comparison;

import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * What a sweep came to.
 *
 * @param all a row a setting, combination by combination
 * @param missing combinations that are still to be trained, since the sweep was interrupted
 * @param seeds from which each was trained
 * @param images it was measured on, held back of those to train
 */
public record Settings(List<Setting> all, int missing, int seeds, int images) {

    /** Keeps its own copy of the list. */
    public Settings {
        all = List.copyOf(all);
    }

    /**
     * Returns the best setting of a network: of the highest mean top-1, the first of several.
     *
     * @param network its name
     * @return the setting
     * @throws IllegalArgumentException if no training of it finished; the message has the networks there are
     */
    public Setting best(String network) {
        return trained(network)
                .reduce((a, b) -> b.summary().top1() > a.summary().top1() ? b : a)
                .orElseThrow(() -> new IllegalArgumentException(
                        "no training of a network \"" + network + "\" finished: there are " + names()));
    }

    private Stream<Setting> trained(String network) {
        return all.stream()
                .filter(one ->
                        one.network().name().equals(network) && one.summary().runs() > 0);
    }

    private List<String> names() {
        return all.stream().map(one -> one.network().name()).distinct().toList();
    }

    /** Each network's best, and what that was chosen by. */
    @Override
    public String toString() {
        String chosen = names().stream()
                .filter(name -> trained(name).findAny().isPresent())
                .map(name -> "\nbest: " + best(name))
                .collect(Collectors.joining());
        int networks = Math.max(1, names().size());
        return all.size() / networks + " settings of each network, from " + seeds + (seeds == 1 ? " seed" : " seeds")
                + ", measured on " + images + " of the images to train"
                + (missing == 0 ? "" : "; " + missing + " are missing, the same call goes on") + chosen;
    }
}
