/**
 * Weights and networks of other programs: MXNet's, PyTorch's, and ONNX files. Start with {@link org.crunet.exchange.Torchvision}
 * to read weights and {@link org.crunet.exchange.Onnx} to write a network and run it in ONNX Runtime.
 *
 * <p>A network is a {@link org.crunet.network.Graph}; what another program wrote is one too, and where the two are alike,
 * weights go from one to the other, whatever they are called.
 */
package org.crunet.exchange;
