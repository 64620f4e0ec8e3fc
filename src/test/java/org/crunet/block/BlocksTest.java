package org.crunet.block;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import ai.djl.engine.Engine;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import ai.djl.nn.Block;
import ai.djl.nn.Parameter;
import ai.djl.training.GradientCollector;
import ai.djl.training.ParameterStore;
import ai.djl.util.Pair;
import java.util.Arrays;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class BlocksTest {

    private static final Normalisation NORM = Normalisation.AUTHORS;

    private final NDManager manager = NDManager.newBaseManager();
    private final Random random = new Random(7);

    @AfterEach
    void close() {
        manager.close();
    }

    @ParameterizedTest
    @CsvSource({"1, 1, 8, 4", "1, 2, 8, 2", "3, 1, 6, 4", "3, 2, 6, 4", "3, 2, 8, 1", "2, 1, 6, 1"})
    void collectiveUnitsAreThePapersFormula(int units, int stride, int in, int cardinality) {
        UnitGroup group = group(units, in, 8, 4, cardinality, stride);
        NDArray x = filled(new Shape(1, in, 7, 6));
        initialise(group, x.getShape());

        Oracle expected = Oracle.of(x);
        for (Unit unit : group.units()) {
            boolean first = unit == group.units().get(0);
            expected = unit(expected, group.shared(), unit, first ? stride : 1, cardinality);
        }
        assertTrue(expected.difference(forward(group, x)) < 1e-5);
    }

    /** Fig. 3, right, and the projection at the start of a stage. */
    private static Oracle unit(Oracle input, Block shared, Block unit, int stride, int cardinality) {
        Oracle x = input;
        Oracle shortcut = input;
        if (has(unit, "project")) {
            Block project = child(unit, "project");
            x = input.normRelu(norm(project, "norm"), NORM.epsilon()).conv(weight(project, "conv"), 1, 1);
            shortcut = input.normRelu(norm(project, "shortcut_norm"), NORM.epsilon())
                    .conv(weight(project, "conv"), 1, stride);
        }
        return x.normRelu(norm(unit, "norm1"), NORM.epsilon())
                .conv(weight(shared, "reduce"), 1, 1)
                .conv(weight(shared, "core"), cardinality, stride)
                .normRelu(norm(unit, "norm2"), NORM.epsilon())
                .conv(weight(unit, "mix"), 1, 1)
                .normRelu(norm(unit, "norm3"), NORM.epsilon())
                .conv(weight(unit, "expand"), 1, 1)
                .plus(shortcut);
    }

    @ParameterizedTest
    @CsvSource({"8, 1, 1", "8, 2, 4", "6, 1, 2", "6, 2, 1"})
    void residualUnitIsThePapersFormula(int in, int stride, int cardinality) {
        ResidualUnit unit = ResidualUnit.bottleneck(in, 8, 4, cardinality, stride, NORM);
        NDArray x = filled(new Shape(1, in, 5, 8));
        initialise(unit, x.getShape());

        Oracle input = Oracle.of(x);
        Oracle shortcut = has(unit, "shortcut")
                ? input.normRelu(norm(unit, "shortcut_norm"), NORM.epsilon()).conv(weight(unit, "shortcut"), 1, stride)
                : input;
        Oracle expected = input.normRelu(norm(unit, "norm1"), NORM.epsilon())
                .conv(weight(unit, "reduce"), 1, 1)
                .normRelu(norm(unit, "norm2"), NORM.epsilon())
                .conv(weight(unit, "core"), cardinality, stride)
                .normRelu(norm(unit, "norm3"), NORM.epsilon())
                .conv(weight(unit, "expand"), 1, 1)
                .plus(shortcut);
        assertTrue(expected.difference(forward(unit, x)) < 1e-5);
    }

    @ParameterizedTest
    @CsvSource({"1, 7, 6", "2, 7, 6", "2, 1, 1", "1, 1, 1", "3, 8, 7"})
    void declaredShapesAreTheComputedOnes(int stride, int height, int width) {
        Shape input = new Shape(2, 6, height, width);
        for (Block block : new Block[] {
            group(2, 6, 8, 4, 4, stride),
            ResidualUnit.bottleneck(6, 8, 4, 2, stride, NORM),
            new Conv(6, 9, 3, 3, stride),
            new Conv(6, 9, 7, 1, stride)
        }) {
            initialise(block, input);
            Shape declared = block.getOutputShapes(new Shape[] {input})[0];
            assertEquals(declared, forward(block, filled(input)).getShape(), block.toString());
        }
    }

    @Test
    void sharedFactorsAreListedOnceAndCountByFormula() {
        int units = 5;
        int c = 12;
        int d = 6;
        UnitGroup group = UnitGroup.collective(units, c, d);
        initialise(group, new Shape(1, c, 4, 4));
        long trainable = group.getParameters().values().stream()
                .filter(Parameter::requiresGradient)
                .mapToLong(p -> p.getShape().size())
                .sum();
        long shared = c * d + 9 * d;
        long own = d * d + d * c + 2 * (c + d + d);
        assertEquals(shared + units * own, trainable);
    }

    @Test
    void theGradientOfASharedFactorIsTheSumOfItsUnits() {
        Shape input = new Shape(2, 8, 5, 5);
        UnitGroup together = UnitGroup.collective(2, 8, 4);
        UnitGroup first = UnitGroup.collective(1, 8, 4);
        UnitGroup second = UnitGroup.collective(1, 8, 4);
        for (Block block : new Block[] {together, first, second}) {
            initialise(block, input);
        }
        copy(together.shared(), first.shared());
        copy(together.shared(), second.shared());
        copy(together.units().get(0), first.units().get(0));
        copy(together.units().get(1), second.units().get(0));
        NDArray x = filled(input);

        backward(new Chain().then("a", together), x);
        backward(new Chain().then("a", first).then("b", second), x);
        for (String name : new String[] {"reduce", "core"}) {
            NDArray sum = weight(first.shared(), name)
                    .getGradient()
                    .add(weight(second.shared(), name).getGradient());
            NDArray shared = weight(together.shared(), name).getGradient();
            assertTrue(sum.norm().getFloat() > 0.01);
            assertTrue(shared.sub(sum).norm().getFloat() < 1e-5 * sum.norm().getFloat(), name);
        }
    }

    /** {@code NDArrays.concat} of a single array has none. */
    @Test
    void aStackOfOneKernelHasTheGradientOfTheKernel() {
        Shape shape = new Shape(3, 2, 3, 3);
        Conv plain = new Conv(2, 3, 3, 1, 1, Kernel.stored("weight", shape));
        Conv stack = new Conv(2, 3, 3, 1, 1, Kernel.concat(Kernel.stored("weight", shape)));
        NDArray x = filled(new Shape(2, 2, 5, 5));
        initialise(plain, x.getShape());
        initialise(stack, x.getShape());
        copy(plain, stack);
        backward(plain, x);
        backward(stack, x);
        NDArray gradient = plain.getParameters().valueAt(0).getArray().getGradient();
        assertTrue(gradient.norm().getFloat() > 0.01);
        assertEquals(gradient, stack.getParameters().valueAt(0).getArray().getGradient());
    }

    /** What a unit makes on its way is closed, its input is not: DJL would hold it all until the batch is done. */
    @Test
    void aBlockLeavesItsInputAndItsOutputOnly() {
        NDArray x = filled(new Shape(2, 8, 5, 5));
        UnitGroup strided = group(2, 8, 12, 4, 4, 2);
        ResidualUnit unit = ResidualUnit.bottleneck(8, 8, 4, 1, 1, NORM);
        Chain chain = new Chain().then("a", unit).then("b", strided);
        initialise(chain, x.getShape());
        try (NDManager scope = manager.newSubManager()) {
            x.attach(scope);
            forward(chain, x);
            assertEquals(2, scope.getManagedArrays().size());
        }
    }

    /** Steps close or change what they are given: a second use must not compute something else. */
    @Test
    void aValueUsedTwiceInsideABlockIsRefused() {
        Conv a = new Conv(4, 4, 1, 1, 1);
        Conv b = new Conv(4, 4, 1, 1, 1);
        NDArray x = filled(new Shape(1, 4, 3, 3));
        initialise(a, x.getShape());
        initialise(b, x.getShape());
        Forward flow = new Forward(new ParameterStore(manager, false), false, x);
        NDArray y = flow.conv(a, x, 1);
        assertThrows(IllegalStateException.class, () -> flow.add(flow.add(y, x), y));
        NDArray z = flow.conv(a, x, 1);
        assertThrows(IllegalStateException.class, () -> flow.add(flow.relu(z), z));
        NDArray w = flow.conv(a, x, 1);
        NDArray sum = flow.add(w, flow.conv(b, x, 1));
        assertThrows(IllegalStateException.class, () -> flow.add(sum, w));
        NDArray v = flow.conv(a, x, 1);
        NDArray far = flow.conv(b, flow.relu(v), 1);
        String message = assertThrows(IllegalStateException.class, () -> flow.add(far, v))
                .getMessage();
        assertTrue(message.contains("used twice"), message);
    }

    /** As DJL's identity block does, and dropout in evaluation. */
    @Test
    void aBlockMayPassItsInputOn() {
        NDArray x = filled(new Shape(1, 4, 3, 3));
        Conv a = new Conv(4, 4, 1, 1, 1);
        Conv b = new Conv(4, 4, 1, 1, 1);
        Chain chain = new Chain().then("a", a).then("same", y -> y).then("b", b);
        initialise(chain, x.getShape());
        float[] expected = forward(b, forward(a, x)).toFloatArray();
        assertArrayEquals(expected, forward(chain, x).toFloatArray(), 1e-6f);
    }

    @Test
    void oneFactorServesEveryUnit() {
        UnitGroup group = UnitGroup.collective(3, 8, 4);
        NDArray x = filled(new Shape(1, 8, 5, 5));
        initialise(group, x.getShape());
        float before = forward(group, x).sum().getFloat();
        weight(group.shared(), "core").muli(0);
        group.units().forEach(unit -> weight(unit, "expand").muli(0));
        assertEquals(x.sum().getFloat(), forward(group, x).sum().getFloat(), 1e-3);
        assertTrue(Math.abs(before - x.sum().getFloat()) > 1e-2);
    }

    @Test
    void whatDoesNotFitIsRefusedWithItsValues() {
        assertMessage(
                () -> basic(8, 16, Map.of("conv1", Sharing.ALL)),
                "unit1 and unit2 cannot share conv1: (16, 8, 3, 3) and (16, 16, 3, 3)");
        assertMessage(() -> basic(8, 8, Map.of("core", Sharing.ALL)), "there is no unit with [core]", "[conv1, conv2]");
        assertMessage(() -> new Conv(6, 8, 3, 4, 1), "groups must divide", "groups=4", "in=6", "out=8");
        assertMessage(() -> new Conv(6, 8, 2, 1, 1), "odd size", "size=2");
        assertMessage(() -> new Conv(6, 8, 3, 1, 0), "stride=0");
        assertMessage(() -> UnitGroup.collective(0, 8, 4), "size=0");
        assertMessage(() -> new Normalisation(Normalisation.Order.PRE_ACTIVATION, 0, 0.9f), "epsilon=0.0");
        assertMessage(() -> new Normalisation(Normalisation.Order.PRE_ACTIVATION, 1e-5f, 1), "momentum=1.0");
        for (Block block :
                new Block[] {UnitGroup.collective(2, 16, 8), ResidualUnit.bottleneck(16, 16, 8, 1, 1, NORM)}) {
            assertMessage(() -> initialise(block, new Shape(1, 3, 4, 4)), "(N, 16, H, W)", "(1, 3, 4, 4)");
        }
        UnitGroup group = UnitGroup.collective(1, 6, 4);
        initialise(group, new Shape(1, 6, 4, 4));
        assertMessage(() -> forward(group, filled(new Shape(1, 4, 4, 6))), "(N, 6, H, W)", "(1, 4, 4, 6)");
        Conv conv = new Conv(6, 8, 3, 1, 1);
        initialise(conv, new Shape(1, 6, 4, 4));
        assertMessage(() -> forward(conv, filled(new Shape(1, 5, 4, 4))), "(N, 6, H, W)", "(1, 5, 4, 4)");
    }

    private static void assertMessage(org.junit.jupiter.api.function.Executable call, String... parts) {
        String message = assertThrows(IllegalArgumentException.class, call).getMessage();
        Arrays.stream(parts).forEach(part -> assertTrue(message.contains(part), message));
    }

    private NDArray filled(Shape shape) {
        float[] values = new float[(int) shape.size()];
        for (int i = 0; i < values.length; i++) {
            values[i] = (float) random.nextGaussian();
        }
        return manager.create(values, shape);
    }

    /** Every parameter random, also scale, shift and running statistics, so that a mixed-up batch norm shows. */
    private void initialise(Block block, Shape input) {
        block.initialize(manager, DataType.FLOAT32, input);
        for (Pair<String, Parameter> entry : block.getParameters()) {
            NDArray array = entry.getValue().getArray();
            NDArray values = filled(array.getShape());
            boolean positive = entry.getValue().getType() == Parameter.Type.RUNNING_VAR
                    || entry.getValue().getType() == Parameter.Type.GAMMA;
            values.mul(0.5).copyTo(array);
            if (positive) {
                values.abs().add(0.5).copyTo(array);
            }
        }
    }

    private NDArray forward(Block block, NDArray x) {
        return block.forward(new ParameterStore(manager, false), new NDList(x), false)
                .singletonOrThrow();
    }

    private void backward(Block block, NDArray x) {
        try (GradientCollector collector = Engine.getInstance().newGradientCollector()) {
            NDArray y = block.forward(new ParameterStore(manager, false), new NDList(x), true)
                    .singletonOrThrow();
            collector.backward(y.square().sum());
        }
    }

    private static void copy(Block from, Block to) {
        for (int i = 0; i < from.getParameters().size(); i++) {
            NDArray source = from.getParameters().get(i).getValue().getArray();
            source.duplicate().copyTo(to.getParameters().get(i).getValue().getArray());
        }
    }

    private static UnitGroup group(int size, int in, int out, int width, int cardinality, int stride) {
        Map<String, Sharing> sharing = Map.of("reduce", Sharing.ALL, "core", Sharing.ALL, "project", Sharing.ALL);
        return new UnitGroup(
                0,
                size,
                in,
                out,
                stride,
                sharing,
                Map.of(),
                null,
                place -> new CollectiveUnit(place, out, width, cardinality, CollectiveForm.IMPROVED, NORM));
    }

    private static UnitGroup basic(int in, int out, Map<String, Sharing> sharing) {
        return new UnitGroup(
                0,
                3,
                in,
                out,
                1,
                sharing,
                Map.of(),
                null,
                place -> ResidualUnit.basic(place, out, out, Shortcut.PROJECTION, NORM));
    }

    private static boolean has(Block block, String name) {
        return block.getChildren().stream().anyMatch(pair -> pair.getKey().endsWith(name));
    }

    private static Block child(Block block, String name) {
        return block.getChildren().stream()
                .filter(pair -> pair.getKey().replaceFirst("^\\d+", "").equals(name))
                .findFirst()
                .orElseThrow()
                .getValue();
    }

    private static BatchNorm norm(Block block, String name) {
        return (BatchNorm) child(block, name);
    }

    private static NDArray weight(Block block, String name) {
        return ((Conv) child(block, name)).weight().getArray();
    }
}
