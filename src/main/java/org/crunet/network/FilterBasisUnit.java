package org.crunet.network;

import ai.djl.ndarray.types.Shape;
import org.crunet.block.BatchNorm;
import org.crunet.block.Conv;
import org.crunet.block.Flow;
import org.crunet.block.Kernel;
import org.crunet.block.Normalisation;
import org.crunet.block.Place;
import org.crunet.block.Unit;

/**
 * A unit of deeply shared filter bases (Kang and Kim 2021), post-activation: each 3x3 is a basis of filters, some its own and
 * some shared, and a 1x1 of its own that combines them.
 *
 * <pre>
 * x -> basis -> BN -> 1x1 -> BN -> ReLU -> basis -> BN -> 1x1 -> BN -> + x -> ReLU
 * </pre>
 */
final class FilterBasisUnit extends Unit {

    private final Conv basis1;
    private final Conv combine1;
    private final Conv basis2;
    private final Conv combine2;
    private final BatchNorm norm1;
    private final BatchNorm norm2;
    private final BatchNorm norm3;
    private final BatchNorm norm4;

    /** Roles are base, or base1 and base2 if it has one for each 3x3. */
    FilterBasisUnit(Place place, int shared, int own, boolean twice, Normalisation norm) {
        super(place, "filter basis unit", ", " + shared + " shared and " + own + " own filters");
        int width = place.in();
        basis1 = conv("basis1", basis(place, twice ? "base1" : "base", shared, own), 1);
        norm1 = addChildBlock("norm1", norm.batchNorm());
        combine1 = conv("combine1", shared + own, width, 1, 1, 1);
        norm2 = addChildBlock("norm2", norm.batchNorm());
        basis2 = conv("basis2", basis(place, twice ? "base2" : "base", shared, own), 1);
        norm3 = addChildBlock("norm3", norm.batchNorm());
        combine2 = conv("combine2", shared + own, width, 1, 1, 1);
        norm4 = addChildBlock("norm4", norm.batchNorm());
    }

    private static Kernel basis(Place place, String role, int shared, int own) {
        Kernel base = place.stored(role, new Shape(shared, place.in(), 3, 3));
        return own == 0 ? base : Kernel.concat(Kernel.stored("own", new Shape(own, place.in(), 3, 3)), base);
    }

    @Override
    public <T> T apply(Flow<T> flow, T x) {
        T z = flow.convNorm(basis1, 1, norm1, x);
        z = flow.convNormRelu(combine1, 1, norm2, z);
        z = flow.convNorm(basis2, 1, norm3, z);
        z = flow.convNorm(combine2, 1, norm4, z);
        return flow.relu(flow.add(z, x));
    }
}
