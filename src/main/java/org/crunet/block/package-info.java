/**
 * Residual functions as the paper draws them: start with {@link org.crunet.block.CollectiveUnit}, whose {@code forward}
 * is its Fig. 3, and {@link org.crunet.block.SharedFactors}, what the units of a group have in common.
 * {@link org.crunet.block.ResidualUnit} is the same without sharing: ResNet, Wide ResNet and ResNeXt by the choice of
 * width and cardinality.
 */
package org.crunet.block;
