package org.crunet.training;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.nn.Parameter;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;

/**
 * Stochastic gradient descent with Nesterov momentum as PyTorch defines it: {@code g += wd w; v = m v + g;
 * w -= lr (g + m v)}.
 *
 * <p>DJL's own keeps the learning rate inside the velocity, so a step of the schedule acts late, and decays batch norms
 * and biases too.
 */
final class Sgd implements AutoCloseable {

    private final NDManager manager;
    private final List<Parameter> parameters;
    private final Recipe recipe;
    private final Map<Parameter, NDArray> velocities = new IdentityHashMap<>();

    Sgd(NDManager owner, List<Parameter> parameters, Recipe recipe) {
        this.manager = owner.newSubManager();
        this.parameters = parameters;
        this.recipe = recipe;
        for (Parameter parameter : parameters) {
            NDArray velocity = parameter.getArray().zerosLike();
            velocity.attach(manager);
            velocities.put(parameter, velocity);
        }
    }

    /** One update of every parameter; its gradient is zero afterwards. */
    void step(double learningRate) {
        for (Parameter parameter : parameters) {
            NDArray weight = parameter.getArray();
            NDArray velocity = velocities.get(parameter);
            try (NDManager scope = manager.newSubManager();
                    NDArray gradient = weight.getGradient()) {
                scope.tempAttachAll(weight, velocity, gradient);
                NDArray g = decays(parameter) ? gradient.add(weight.mul(recipe.weightDecay())) : gradient;
                velocity.muli(recipe.momentum()).addi(g);
                weight.subi(velocity.mul(recipe.momentum()).addi(g).muli(learningRate));
                gradient.muli(0);
            }
        }
    }

    private boolean decays(Parameter parameter) {
        return recipe.weightDecay() > 0 && parameter.getType() == Parameter.Type.WEIGHT;
    }

    @Override
    public void close() {
        manager.close();
    }
}
