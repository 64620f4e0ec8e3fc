package org.crunet.notebook;

import ai.djl.ndarray.types.Shape;
import ai.djl.nn.Block;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.crunet.block.BatchNorm;
import org.crunet.block.ChannelNorm;
import org.crunet.block.ChannelScale;
import org.crunet.block.Conv;
import org.crunet.block.Flow;
import org.crunet.block.FlowBlock;
import org.crunet.block.Unit;

/** What happens on the main path of a unit, step by step, from what enters its residual function to its output. */
final class UnitSteps implements Flow<List<UnitSteps.Step>> {

    static final Step SUM = new Step("+", "", null);

    private static final Map<Pointwise, String> WORDS =
            Map.of(Pointwise.RELU, "ReLU", Pointwise.GELU, "GELU", Pointwise.SIGMOID, "sigmoid");

    private final Unit unit;

    /** What a step does, in one or two lines, and the convolution that it runs, if any. */
    record Step(String label, String below, Conv conv) {
        @Override
        public String toString() {
            return below.isEmpty() ? label : label + ", " + below;
        }
    }

    private UnitSteps(Unit unit) {
        this.unit = unit;
    }

    static List<Step> of(Unit unit) {
        return unit.apply(new UnitSteps(unit), List.of());
    }

    private static List<Step> then(List<Step> before, Step step) {
        List<Step> all = new ArrayList<>(before);
        all.add(step);
        return List.copyOf(all);
    }

    private static List<Step> plain(List<Step> before, String label) {
        return then(before, new Step(label, "", null));
    }

    /** A projection's makes what enters the residual function, so all begins anew. */
    @Override
    public List<Step> conv(Conv conv, List<Step> x, int stride) {
        if (!unit.convs().containsValue(conv)) {
            return List.of();
        }
        Shape kernel = conv.kernel().shape();
        String size = kernel.get(2) + "x" + kernel.get(3) + ", " + kernel.get(0);
        String groups = conv.groups() == 1 ? "1 group" : conv.groups() + " groups";
        boolean terms = kernel.get(2) > 1 && unit.convs().containsKey("core");
        return then(x, new Step(size, terms ? groups : "", conv));
    }

    @Override
    public List<Step> norm(BatchNorm norm, List<Step> x) {
        return plain(x, "BN");
    }

    @Override
    public List<Step> pointwise(Pointwise function, List<Step> x) {
        int last = x.size() - 1;
        String words = WORDS.get(function);
        boolean normed = last >= 0 && x.get(last).label().equals("BN");
        return plain(normed ? x.subList(0, last) : x, normed ? "BN, " + words : words);
    }

    @Override
    public List<Step> concat(List<Step> a, List<Step> b) {
        return plain(a, "beside others");
    }

    @Override
    public List<Step> slice(List<Step> x, int from, int to) {
        return plain(x, from + " to " + to);
    }

    @Override
    public List<Step> scale(ChannelScale scale, List<Step> x) {
        return plain(x, "scale");
    }

    @Override
    public List<Step> layerNorm(ChannelNorm norm, List<Step> x) {
        return plain(x, "layer norm");
    }

    /** Whichever of the two is the longer way. */
    @Override
    public List<Step> add(List<Step> z, List<Step> shortcut) {
        return then(z.size() >= shortcut.size() ? z : shortcut, SUM);
    }

    @Override
    public List<Step> zeroPad(List<Step> x, int stride, int added) {
        return plain(x, "zeros, " + added);
    }

    @Override
    public List<Step> maxPool(List<Step> x) {
        return plain(x, "max pool");
    }

    @Override
    public List<Step> averagePool(List<Step> x) {
        return plain(x, "average pool");
    }

    @Override
    public List<Step> block(Block block, List<Step> x) {
        return block instanceof FlowBlock ours ? ours.apply(this, x) : plain(x, block.toString());
    }
}
