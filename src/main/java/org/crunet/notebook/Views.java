package org.crunet.notebook;

import ai.djl.modality.cv.Image;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.nn.Block;
import java.awt.image.BufferedImage;
import java.util.List;
import java.util.Set;
import java.util.function.Function;
import org.crunet.comparison.Comparison;
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
    private static final List<View<?>> ALL = List.of(
            new View<>(Output.class, output -> output),
            new View<>(Table.class, table -> Grid.of(table).output()),
            new View<>(History.class, history -> Grid.of(Tables.from(history)).output()),
            new View<>(
                    Run.class,
                    run -> Grid.of(Tables.from(run), 60, run.toString()).output()),
            new View<>(
                    Converted.class,
                    converted -> Grid.of(Tables.from(converted.units()), 60, converted.toString())
                            .output()),
            new View<>(Recipe.class, recipe -> Grid.of(Tables.fields(recipe)).output()),
            new View<>(
                    Comparison.class,
                    comparison -> Grid.of(Tables.from(comparison), 60, comparison.remarks())
                            .output()),
            new View<>(
                    Evaluation.class, evaluation -> Chart.confusion(evaluation).output()),
            new View<>(
                    Calibration.class,
                    calibration -> Chart.calibration(calibration).output()),
            new View<>(Network.class, NetworkViews::layers),
            new View<>(Block.class, NetworkViews::layers),
            new View<>(Architecture.class, NetworkViews::stages),
            new View<>(Cost.class, NetworkViews::cost),
            new View<>(ImageSet.class, Gallery::show),
            new View<>(Splits.class, Gallery::show),
            new View<>(Chart.class, Chart::output),
            new View<>(Diagram.class, Diagram::output),
            new View<>(Decomposition.class, terms -> Diagram.of(terms).captioned()),
            new View<>(CollectiveDecomposition.class, terms -> Diagram.of(terms).captioned()),
            new View<>(Figure.class, figure -> Figures.chart(figure).output()),
            new View<>(NDArray.class, Tensors::show),
            new View<>(NDList.class, Tensors::show),
            new View<>(BufferedImage.class, Pictures::show),
            new View<>(Image.class, Pictures::show),
            new View<>(int[].class, Matrices::line),
            new View<>(int[][].class, Matrices::table),
            new View<>(long[].class, Matrices::line),
            new View<>(long[][].class, Matrices::table),
            new View<>(float[].class, Matrices::line),
            new View<>(float[][].class, Matrices::table),
            new View<>(double[].class, Matrices::line),
            new View<>(double[][].class, Matrices::table),
            new View<>(List.class, Views::list));

    /** Records that a gallery shows. */
    private static final Set<Class<?>> PICTURES = Set.of(Prediction.class, Features.Neighbour.class);

    private Views() {}

    static List<View<?>> all() {
        return ALL;
    }

    /** Records of one class are a table, pictures a gallery, and anything else is text. */
    private static Output list(List<?> list) {
        if (DecompositionViews.areDecompositions(list)) {
            return Grid.of(DecompositionViews.table(list)).output();
        }
        return tabular(list) ? Grid.of(Tables.from(list)).output() : Gallery.show(list);
    }

    private static boolean tabular(List<?> list) {
        if (list.isEmpty() || !(list.get(0) instanceof Record first) || PICTURES.contains(first.getClass())) {
            return false;
        }
        Class<?> type = first.getClass();
        return type.getRecordComponents().length > 0
                && list.stream().allMatch(item -> item != null && item.getClass() == type);
    }

    /** How a value is shown without a kernel; the order of the list decides between types it has in common. */
    static Output of(Object value) {
        return ALL.stream()
                .filter(view -> view.type().isInstance(value))
                .findFirst()
                .map(view -> view.show(value))
                .orElseGet(() -> Output.text(String.valueOf(value)));
    }

    /**
     * How one type is shown.
     *
     * @param type the type; its subtypes are shown alike
     * @param show makes the output
     */
    record View<T>(Class<T> type, Function<? super T, Output> show) {

        Output show(Object value) {
            return show.apply(type.cast(value));
        }

        void register(Kernel kernel) {
            kernel.show(type, show);
        }
    }
}
