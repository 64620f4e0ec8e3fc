/**
 * What a trained network can do: {@link org.crunet.evaluation.Evaluation} measures it on a set of images, and a
 * {@link org.crunet.evaluation.Prediction} shows one image with what the network says. An
 * {@link org.crunet.evaluation.Evaluator} says where that is kept and on which machines of a
 * {@link org.crunet.evaluation.Cluster} it is run; {@link org.crunet.evaluation.ClassScore} and
 * {@link org.crunet.evaluation.Calibration} are its results by class and by how sure the network is.
 * {@link org.crunet.evaluation.Compare} trains several networks alike, {@link org.crunet.evaluation.Features} finds images that
 * look alike to a network.
 */
package org.crunet.evaluation;
