/**
 * What a trained network can do: {@link org.crunet.evaluation.Evaluation} measures it on a set of images, and a
 * {@link org.crunet.evaluation.Prediction} shows one image with what the network says. {@link org.crunet.evaluation.Compare}
 * trains several networks alike, {@link org.crunet.evaluation.Features} finds images that look alike to a network.
 */
package org.crunet.evaluation;
