/**
 * Networks from other programs and for other programs. A network is a {@link org.crunet.network.Graph}; what another program
 * wrote is one too, and where the two are alike, weights go from one to the other, whatever they are called. Files without a
 * graph go by the names in them. Start with {@link org.crunet.exchange.Mxnet} and {@link org.crunet.exchange.Torchvision}.
 */
package org.crunet.exchange;
