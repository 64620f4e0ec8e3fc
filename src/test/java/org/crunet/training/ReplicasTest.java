package org.crunet.training;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertTrue;

import ai.djl.Device;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import ai.djl.nn.Activation;
import ai.djl.nn.Parameter;
import ai.djl.nn.pooling.Pool;
import java.lang.reflect.Constructor;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import org.crunet.block.Chain;
import org.crunet.block.Conv;
import org.crunet.data.Augmentation;
import org.crunet.data.Splits;
import org.crunet.network.Network;
import org.crunet.network.Weights;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** A batch in parts, one after the other or on several devices, makes the step of the whole batch. */
class ReplicasTest {

    private static final Recipe RECIPE =
            Recipe.QUICK.withEpochs(2).withBatchSize(32).withLearningRate(0.2).withAugmentation(Augmentation.NONE);

    /** Without batch norm, which sees a part only. */
    private static Network network() {
        Chain chain = new Chain()
                .then("conv1", new Conv(3, 8, 3, 1, 1))
                .then("relu", Activation::relu)
                .then("conv2", new Conv(8, 2, 3, 1, 1))
                .then("pool", (NDArray x) -> Pool.globalAvgPool2d(x));
        return Network.of(chain, new Shape(1, 3, 8, 8));
    }

    private static Network trained(Recipe recipe, int devices) {
        return train(network(), TrainingTest.bars(), recipe, devices).network();
    }

    private static Run train(Network network, Splits data, Recipe recipe, int devices) {
        return train(network, data, recipe, Collections.nCopies(devices, Device.cpu()));
    }

    private static Run train(Network network, Splits data, Recipe recipe, List<Device> devices) {
        try (Loop loop = new Loop(network, data, recipe, TrainingListener.SILENT, null, devices)) {
            loop.run();
            return loop.result();
        }
    }

    @Test
    void fourTimesEightIsThirtyTwo() {
        try (Network whole = trained(RECIPE, 1);
                Network parts = trained(RECIPE.withAccumulation(4), 1);
                Network untrained = network()) {
            near(whole, parts, 1e-5);
            assertTrue(apart(whole, untrained) > 0.01, "it was trained");
        }
    }

    @Test
    void twoDevicesAreTwoParts() {
        try (Network parts = trained(RECIPE.withAccumulation(2), 1);
                Network devices = trained(RECIPE, 2);
                Network both = trained(RECIPE.withAccumulation(2), 2);
                Network odd = trained(RECIPE, 3)) {
            near(parts, devices, 1e-6);
            near(parts, both, 1e-5);
            near(parts, odd, 1e-5);
        }
    }

    @Test
    void aSmoothedLossOfPartsIsThatOfTheWhole() {
        Recipe smooth =
                RECIPE.withLabelSmoothing(0.2).withOptimizer(Optimizer.adamW()).withLearningRate(0.01);
        try (Network whole = trained(smooth, 1);
                Network parts = trained(smooth.withAccumulation(4), 2)) {
            near(whole, parts, 1e-4);
        }
    }

    /** A part of one image a device, and more devices than images in it. */
    @Test
    void devicesWithoutAnImageDoNothing() {
        Recipe two = RECIPE.withEpochs(1).withAccumulation(16);
        try (Network parts = trained(two, 1);
                Network devices = trained(two, 3)) {
            near(parts, devices, 1e-5);
        }
    }

    @Test
    @Tag("slow")
    void aNetworkWithBatchNormLearnsOnTwoDevices() {
        Recipe recipe = Small.RECIPE.withEpochs(8);
        Run run = train(Small.NETWORK.build(3), TrainingTest.bars(), recipe, 2);
        assertEquals("finished", run.ending());
        assertTrue(run.history().last().validationTop1() > 0.9, run.history().toString());
    }

    /** On a thread of its own PyTorch records gradients unless told not to. */
    @Test
    void anyThreadMayTrainOnTwoDevices() throws Exception {
        Network[] trained = new Network[1];
        Thread thread = new Thread(() -> trained[0] = trained(RECIPE, 2));
        thread.start();
        thread.join();
        try (Network here = trained(RECIPE, 2)) {
            near(here, trained[0], 0);
        }
    }

    private static final List<Device> DEVICES = List.of(Device.cpu(), cpuZero());

    /** PyTorch's name {@code cpu:0} for the CPU, which tells managers apart where there is no second device. */
    private static Device cpuZero() {
        try {
            Constructor<Device> constructor = Device.class.getDeclaredConstructor(String.class, int.class);
            constructor.setAccessible(true);
            return constructor.newInstance("cpu", 0);
        } catch (ReflectiveOperationException e) {
            throw new AssertionError(e);
        }
    }

    @Test
    void eachDeviceGetsItsImages() {
        Set<Integer> numbers = new TreeSet<>();
        Chain chain = new Chain()
                .then("look", (NDArray x) -> {
                    numbers.add(x.getManager().getDevice().getDeviceId());
                    return x;
                })
                .then("conv", new Conv(3, 2, 3, 1, 1))
                .then("pool", (NDArray x) -> Pool.globalAvgPool2d(x));
        try (Network network = Network.of(chain, new Shape(1, 3, 8, 8))) {
            train(network, TrainingTest.bars(), RECIPE.withMixup(0.4), DEVICES);
        }
        assertEquals(Set.of(-1, 0), numbers);
    }

    /** DJL makes an array on the device of the manager that is asked for it. */
    @Test
    void aPassAsksOnlyManagersOfItsDevice() {
        Objective objective = new Objective(RECIPE.withLabelSmoothing(0.1));
        var mix = new Objective.Mix(0.3, new int[] {1, 0});
        try (Network network = network();
                Replicas replicas = new Replicas(network, DEVICES);
                NDManager scope = network.manager().newSubManager()) {
            NDArray images = scope.ones(new Shape(2, 3, 8, 8));
            for (int i = 0; i < DEVICES.size(); i++) {
                Replicas.Replica replica = replicas.all().get(i);
                NDArray x = replica.here(images.duplicate());
                int before = arraysBeside(x, network);
                NDArray logits = network.forward(replica.weights(), mix.images(x), true);
                NDArray share = Objective.times(objective.loss(logits, new int[] {0, 1}, mix), 0.5);
                Score.right(logits, new int[] {0, 1});
                assertEquals(
                        DEVICES.get(i).getDeviceId(), x.getManager().getDevice().getDeviceId());
                assertSame(x.getManager(), share.getManager());
                assertEquals(before, arraysBeside(x, network));
                Weights.of(network.block()).values().forEach(parameter -> {
                    NDManager owner = replica.weights()
                            .getValue(parameter, replica.device(), true)
                            .getManager();
                    assertEquals(
                            replica.device().getDeviceId(), owner.getDevice().getDeviceId());
                });
            }
        }
    }

    /** How many there are that are not of the image's own manager. */
    private static int arraysBeside(NDArray x, Network network) {
        return network.manager().getManagedArrays().size()
                - x.getManager().getManagedArrays().size();
    }

    @Test
    void copiesLeaveNothingBehind() {
        try (Network network = network()) {
            int before = network.manager().getManagedArrays().size();
            train(network, TrainingTest.bars(), RECIPE, 2);
            assertEquals(before, network.manager().getManagedArrays().size());
        }
    }

    private static void near(Network expected, Network actual, double tolerance) {
        Map<String, Parameter> other = Weights.of(actual.block());
        Weights.of(expected.block())
                .forEach((name, parameter) -> assertArrayEquals(
                        parameter.getArray().toFloatArray(),
                        other.get(name).getArray().toFloatArray(),
                        (float) tolerance,
                        name));
    }

    private static double apart(Network one, Network other) {
        try (NDArray difference = one.weight("conv1.weight").sub(other.weight("conv1.weight"))) {
            return difference.abs().max().getFloat();
        }
    }
}
