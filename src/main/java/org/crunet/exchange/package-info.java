/**
 * Networks from other programs and for other programs. A network is a {@link org.crunet.network.Graph}; what another program
 * wrote is one too, and where the two are alike, weights go from one to the other, whatever they are called. Files without a
 * graph go by the names in them.
 *
 * <p>{@link org.crunet.exchange.Mxnet} reads MXNet's files, {@link org.crunet.exchange.Torchvision} PyTorch's.
 * {@link org.crunet.exchange.Onnx} writes ONNX files, for any program, and opens them in ONNX Runtime, whose
 * {@link org.crunet.exchange.OnnxNetwork} evaluates like a network of ours.
 */
package org.crunet.exchange;
