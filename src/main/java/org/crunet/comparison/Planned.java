package org.crunet.comparison;

import java.io.Serializable;
import org.crunet.network.Architecture;
import org.crunet.training.Recipe;

/**
 * A training that a comparison is to make.
 *
 * @param number its place in the comparison, from 0
 * @param network what to train
 * @param recipe how, and from which seed
 * @param work how long a step takes, in steps of an average network
 */
record Planned(int number, Architecture network, Recipe recipe, double work) implements Serializable {

    boolean is(Member row) {
        return row.network().equals(network.name()) && row.seed() == recipe.seed();
    }
}
