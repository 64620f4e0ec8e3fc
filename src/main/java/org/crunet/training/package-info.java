/**
 * One network learns: the recipe, the loop, and the checkpoints that a killed run goes on from. Start with
 * {@link org.crunet.training.Training#fit}; {@code Loop.step} is the step. Optimizer, schedule, loss, terms of
 * it, metrics and steps of an augmentation may be code of one's own under a name, which stands for it: {@link
 * org.crunet.base.Named}; {@code OpenRecipeTest} has examples.
 */
package org.crunet.training;
