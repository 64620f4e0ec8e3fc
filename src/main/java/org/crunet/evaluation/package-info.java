/**
 * What a trained network can do: {@link org.crunet.evaluation.Evaluation} measures it on a set of images, and a
 * {@link org.crunet.evaluation.Prediction} shows one image with what the network says. {@link org.crunet.evaluation.Compare}
 * trains several networks alike.
 */
package org.crunet.evaluation;
