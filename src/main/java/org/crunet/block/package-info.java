/**
 * The collective residual unit as a block, and others: residual functions, with factors that units share and without.
 * Start with {@link org.crunet.block.CollectiveUnit}, whose {@code apply} is Fig. 3.
 *
 * <p>A block writes its function once, over a {@link org.crunet.block.Flow}: of arrays to compute, of shapes to be planned,
 * initialised and counted.
 */
package org.crunet.block;
