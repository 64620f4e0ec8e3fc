/**
 * Runs a trained network over images, in one view or ten crops, and says how well it does. Start with
 * {@link org.crunet.evaluation.Evaluation}.
 */
package org.crunet.evaluation;
