/**
 * Training: {@link org.crunet.training.Training#fit} is the way in, {@link org.crunet.training.Recipe} says how, and
 * {@link org.crunet.training.Run} is what comes back. The loop is ours and small; tensors, autograd and layers are DJL's.
 *
 * <p>{@link org.crunet.training.Conversion} makes a stage of a trained network collective, to begin a training with.
 */
package org.crunet.training;
