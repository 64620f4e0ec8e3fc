/**
 * Training: {@link org.crunet.training.Training#fit} is the way in, {@link org.crunet.training.Recipe} says how, and
 * {@link org.crunet.training.Run} is what comes back. The loop is ours and small; tensors, autograd and layers are DJL's.
 *
 * <p>{@link org.crunet.training.RunFolder} keeps a training on disk and goes on with it; what is in a checkpoint is all that
 * the next step depends on. {@code Loop} is the loop: read {@code Loop.step} first, then {@code Objective}, the loss, and
 * {@code Updates}, the optimizers.
 *
 * <p>{@link org.crunet.training.Conversion} makes a stage of a trained network collective, to begin a training with.
 */
package org.crunet.training;
