/**
 * One network learns: the recipe, the loop, and the checkpoints that a killed run goes on from. Start with
 * {@link org.crunet.training.Training#fit}; {@code Loop.step} is the step.
 */
package org.crunet.training;
