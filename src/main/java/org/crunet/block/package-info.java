/**
 * Residual functions as the paper draws them: start with {@link org.crunet.block.CollectiveUnit}, whose {@code apply} is its
 * Fig. 3, and {@link org.crunet.block.SharedFactors}, what the units of a group have in common.
 * {@link org.crunet.block.ResidualUnit} is the same without sharing: ResNet, Wide ResNet and ResNeXt by the choice of
 * width and cardinality. A block writes its function once, over a {@link org.crunet.block.Flow}: of arrays to compute, of
 * shapes to be planned, initialised and counted.
 */
package org.crunet.block;
