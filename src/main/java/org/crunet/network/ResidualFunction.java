package org.crunet.network;

import org.crunet.tensor.Rank;

/**
 * The residual function of a stage as a choice of R and core size: a row of the paper's table of residual functions. Read
 * from a unit that keeps channels and resolution, built as the network builds it.
 *
 * @param network name of the network
 * @param stage name of the stage as in Table 1
 * @param kernels kernels of a unit that are factorised: one, or the two of a basic unit
 * @param terms number of block terms R of each
 * @param core size of each core, {@code d3* x d4*}
 * @param dense parameters of the kernels if they were not factorised
 * @param own parameters of a unit's own convolutions, or of what their kernels are computed from
 * @param shared parameters of those that the units of a group, or stages, have in common
 */
public record ResidualFunction(
        String network, String stage, int kernels, int terms, Rank core, long dense, long own, long shared) {}
