/**
 * Multilinear algebra and the paper's decompositions, on plain arrays. Start with {@link org.crunet.tensor.TensorAlgebra}, then
 * {@link org.crunet.tensor.BlockTerms} and {@link org.crunet.tensor.Collective}, whose result is a
 * {@link org.crunet.tensor.Decomposition}: a sum of Tucker terms, which for a kernel is a row of convolutions.
 */
package org.crunet.tensor;
