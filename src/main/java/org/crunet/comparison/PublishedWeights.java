package org.crunet.comparison;

import ai.djl.ndarray.types.DataType;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;
import org.apache.commons.math3.stat.interval.ConfidenceInterval;
import org.apache.commons.math3.stat.interval.WilsonScoreInterval;
import org.crunet.base.Names;
import org.crunet.data.ImageSet;
import org.crunet.evaluation.Inference;
import org.crunet.files.Folders;
import org.crunet.network.Architecture;
import org.crunet.network.ModelCard;
import org.crunet.network.Network;
import org.crunet.network.Networks;
import org.crunet.torch.Precision;

/**
 * The weights of a study, of one training of each network, in folders as hubs have them. Their accuracy is measured with what is in
 * the file.
 *
 * @param common what their cards have in common; null if none are published
 * @param folder where the folders are
 */
record PublishedWeights(ModelCard common, Path folder) {

    private static final DataType KERNELS = DataType.FLOAT16;

    private Path place(Architecture network) {
        return folder.resolve(Names.forFile(network.name()));
    }

    /** Whether those of a network are still to be published. */
    boolean lacks(Architecture network) {
        return common != null && !Files.exists(place(network).resolve("config.json"));
    }

    /** Publishes those of a network, unless they are there. */
    void add(Network network, Planned one, Row row, ImageSet validation) {
        if (!lacks(one.network())) {
            return;
        }
        Network written = Folders.temporary(Path.of(System.getProperty("java.io.tmpdir")), place -> {
            network.publish(place.toString(), ModelCard.EMPTY, KERNELS);
            return Networks.load(place.toString());
        });
        try (written) {
            Answers answers = Answers.of(
                    row.network(), row.seed(), validation, Inference.quietly(written, validation, Precision.FLOAT32));
            ModelCard card = common.withRecipe("`" + one.recipe() + "`")
                    .withAccuracy(accuracy(answers, row))
                    .withCommit(row.commit());
            written.publish(place(one.network()).toString(), card, KERNELS);
        }
    }

    private static String accuracy(Answers answers, Row row) {
        ConfidenceInterval interval = new WilsonScoreInterval()
                .createInterval(answers.read().cardinality(), answers.right().cardinality(), 0.95);
        return String.format(
                Locale.ROOT,
                "%.2f %% top-1 on %,d images (95 %% interval %.2f to %.2f), with kernels in half floats as they are here;"
                        + " %.2f %% before they were rounded.",
                100 * answers.top1(),
                answers.read().cardinality(),
                100 * interval.getLowerBound(),
                100 * interval.getUpperBound(),
                100 * row.top1());
    }
}
