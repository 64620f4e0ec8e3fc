/**
 * What lies below the blocks. First the mathematics, on plain arrays: {@link org.crunet.tensor.TensorAlgebra}, then the
 * decompositions {@link org.crunet.tensor.Tucker}, {@link org.crunet.tensor.Cp}, {@link org.crunet.tensor.BlockTerms} and
 * {@link org.crunet.tensor.Collective}, whose result is a {@link org.crunet.tensor.Decomposition}, or one for every kernel: a
 * sum of Tucker terms, which for a kernel is a row of convolutions.
 *
 * <p>Then what the native library needs: {@link org.crunet.tensor.NativeSettings} prepares it,
 * {@link org.crunet.tensor.Gradients} keeps it from recording gradients, {@link org.crunet.tensor.Floats} opens an array's
 * memory to Java, and {@link org.crunet.tensor.Safetensors} keeps arrays in files that Python reads too.
 * {@link org.crunet.tensor.MxnetArrays} and {@link org.crunet.tensor.PytorchFile} read what MXNet and PyTorch wrote; all three
 * are a {@link org.crunet.tensor.TensorFile}. {@link org.crunet.tensor.InputFile} and {@link org.crunet.tensor.Names} say what
 * is wrong with files and names.
 */
package org.crunet.tensor;
