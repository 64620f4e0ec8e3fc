package org.crunet.training;

import java.nio.file.Path;
import org.crunet.data.ImageFolder;
import org.crunet.data.Splits;
import org.crunet.network.Network;
import org.crunet.network.Networks;

/**
 * Trains the small CRU network on CIFAR-10 and prints the loss of every step, to lay beside those of PyTorch:
 * {@code src/test/python/train_cifar.py} takes the weights saved here, and prints the same columns.
 *
 * <pre>
 * CifarParity WEIGHTS.safetensors CIFAR_FOLDER EPOCHS SEED IMAGES_PER_CLASS           prints epoch,step,loss,top1
 * CifarParity WEIGHTS.safetensors CIFAR_FOLDER EPOCHS SEED IMAGES_PER_CLASS STEPS     stops after so many steps
 * </pre>
 */
final class CifarParity implements TrainingListener {

    private final int last;
    private double before;

    private CifarParity(int last) {
        this.last = last;
    }

    /**
     * Writes the initial weights, trains, and prints {@code epoch,step,loss,top1}: a row for every step, and one of the
     * validation for every epoch.
     *
     * @param arguments file to write, folder to read, then the numbers
     */
    public static void main(String... arguments) {
        Recipe recipe = Recipe.QUICK.withEpochs(Integer.parseInt(arguments[2])).withSeed(Long.parseLong(arguments[3]));
        int last = arguments.length > 5 ? Integer.parseInt(arguments[5]) : Integer.MAX_VALUE;
        Splits data = ImageFolder.of(arguments[1])
                .size(32)
                .limit(Integer.parseInt(arguments[4]))
                .split();
        try (Network network = Networks.smallCru(32).build(recipe.seed())) {
            network.save(Path.of(arguments[0]));
            System.out.println("epoch,step,loss,top1");
            Training.fit(network, data, recipe, TrainingListener.SILENT, new CifarParity(last));
        }
    }

    /** The loss of the step alone; a step tells the mean since the epoch began. */
    @Override
    public void step(Step step) {
        double sum = step.loss() * step.step();
        System.out.println(step.epoch() + "," + step.step() + "," + (sum - before) + ",");
        before = step.step() == step.steps() ? 0 : sum;
        if (step.epoch() == 1 && step.step() == last) {
            Thread.currentThread().interrupt();
        }
    }

    @Override
    public void epoch(History history) {
        Epoch last = history.last();
        System.out.println(last.epoch() + ",," + last.validationLoss() + "," + last.validationTop1());
    }
}
