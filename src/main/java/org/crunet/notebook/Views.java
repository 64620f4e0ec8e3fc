package org.crunet.notebook;

import ai.djl.modality.cv.Image;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.nn.Block;
import java.awt.image.BufferedImage;
import java.util.List;
import java.util.Set;
import org.crunet.comparison.Comparison;
import org.crunet.comparison.Settings;
import org.crunet.conversion.Converted;
import org.crunet.data.ImageSet;
import org.crunet.data.Splits;
import org.crunet.evaluation.Calibration;
import org.crunet.evaluation.Evaluation;
import org.crunet.evaluation.Features;
import org.crunet.evaluation.Prediction;
import org.crunet.network.Architecture;
import org.crunet.network.Cost;
import org.crunet.network.Network;
import org.crunet.tensor.CollectiveDecomposition;
import org.crunet.tensor.Decomposition;
import org.crunet.training.History;
import org.crunet.training.Recipe;
import org.crunet.training.Run;
import tech.tablesaw.api.Table;
import tech.tablesaw.plotly.components.Figure;

/** The types a notebook shows in a special way, each with the function that shows it. */
final class Views {
    private static final int ROWS = 60;

    static final List<Case<?, Output>> ALL = List.of(
            new Case<>(Output.class, output -> output),
            new Case<>(Table.class, table -> Grid.of(table).output()),
            new Case<>(History.class, history -> Grid.of(Tables.of(history)).output()),
            new Case<>(Run.class, run -> table(run, run.toString())),
            new Case<>(Converted.class, converted -> table(converted.units(), converted.toString())),
            new Case<>(
                    Recipe.class,
                    recipe -> Grid.of(Tables.fields(recipe), ROWS, "").output()),
            new Case<>(Comparison.class, comparison -> table(comparison, comparison.remarks())),
            new Case<>(Settings.class, settings -> table(settings, settings.toString())),
            new Case<>(Evaluation.class, test -> Chart.confusion(test).output()),
            new Case<>(Calibration.class, bins -> Chart.calibration(bins).output()),
            new Case<>(Network.class, NetworkViews::layers),
            new Case<>(Block.class, block -> NetworkViews.layers(block, "")),
            new Case<>(Architecture.class, NetworkViews::stages),
            new Case<>(Cost.class, NetworkViews::cost),
            new Case<>(ImageSet.class, images -> Gallery.examples(images, images.toString())),
            new Case<>(Splits.class, splits -> Gallery.examples(splits.train(), splits.toString())),
            new Case<>(Chart.class, Chart::output),
            new Case<>(Diagram.class, Diagram::output),
            new Case<>(Decomposition.class, terms -> Diagram.of(terms).captioned()),
            new Case<>(CollectiveDecomposition.class, terms -> Diagram.of(terms).captioned()),
            new Case<>(Figure.class, figure -> Figures.chart(figure).output()),
            new Case<>(NDArray.class, Tensors::show),
            new Case<>(NDList.class, Tensors::show),
            new Case<>(BufferedImage.class, Pictures::show),
            new Case<>(Image.class, image -> Pictures.show(Pictures.pixels(image))),
            new Case<>(int[].class, Matrices::line),
            new Case<>(int[][].class, Matrices::table),
            new Case<>(long[].class, Matrices::line),
            new Case<>(long[][].class, Matrices::table),
            new Case<>(float[].class, Matrices::line),
            new Case<>(float[][].class, Matrices::table),
            new Case<>(double[].class, Matrices::line),
            new Case<>(double[][].class, Matrices::table),
            new Case<>(List.class, Views::list));

    /** Records that a gallery shows. */
    private static final Set<Class<?>> PICTURES = Set.of(Prediction.class, Features.Neighbour.class);

    private Views() {}

    private static Output table(Object source, String remark) {
        return Grid.of(Tables.of(source), ROWS, remark).output();
    }

    /** Records of one class are a table, pictures a gallery, and anything else is text. */
    private static Output list(List<?> list) {
        boolean table = tabular(list) || !list.isEmpty() && Tables.all(list, Decomposition.class);
        return table ? Grid.of(Tables.of(list)).output() : Gallery.show(list);
    }

    private static boolean tabular(List<?> list) {
        Object first = list.isEmpty() ? null : list.get(0);
        return first instanceof Record
                && !PICTURES.contains(first.getClass())
                && first.getClass().getRecordComponents().length > 0
                && list.stream().allMatch(item -> item != null && item.getClass() == first.getClass());
    }

    /** How a value is shown without a kernel; the order of the list decides between types it has in common. */
    static Output of(Object value) {
        return Case.first(ALL, value).orElseGet(() -> Output.text(String.valueOf(value)));
    }
}
