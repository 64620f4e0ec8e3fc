import org.crunet.block.Sharing;
import org.crunet.block.Shortcut;
import org.crunet.comparison.Study;
import org.crunet.data.ImageFolder;
import org.crunet.network.Architecture;
import org.crunet.network.ModelCard;
import org.crunet.network.Relatives;
import org.crunet.training.Recipe;
import org.crunet.training.Schedule;

/**
 * The study of record: ways to share, side by side, on all 50,000 training images of CIFAR-10.
 *
 * <pre>
 * environment/study.sh notebooks/studies/Cifar10.java CIFAR-FOLDER
 * </pre>
 *
 * <p>The folder has {@code train/airplane/0000.jpg} and so on, and {@code val}.
 */
class Cifar10 {

    /** One cycle: up to 0.2 in a quarter of the steps, then down to nothing; 15 epochs, the same for all. */
    static final Recipe RECIPE = Recipe.QUICK
            .withEpochs(15)
            .withBatchSize(128)
            .withShortBatch(true)
            .withLearningRate(0.2)
            .withSchedule(Schedule.oneCycle(0.25, 1. / 25, 1. / 250_000))
            .withDecayNormsAndBiases(true);

    static Study study() {
        Architecture cru = Relatives.cru(40, 2, 3, 6);
        return Study.asks("Do networks that share weights between residual units reach a higher top-1 than those that do not,"
                        + " at 272,000 parameters, and what does sharing cost at equal arithmetic?")
                .decidedBy("the 95 % interval of the paired difference in top-1 over seeds and test images:"
                        + " it is decided where the interval has no 0")
                .on("549de76768add048", folder -> ImageFolder.of(folder).size(32).split().standardised())
                .recipe(RECIPE)
                .seeds(1, 2, 3)
                .publishing(ModelCard.EMPTY
                        .withData("CIFAR-10 (Krizhevsky, Learning Multiple Layers of Features from Tiny Images, 2009), its images as"
                                + " JPEG files: 50,000 to learn from, 5,000 to measure on; a network is given them less their"
                                + " mean (125.27, 122.93, 113.86) and by their deviation (62.53, 61.91, 66.46)")
                        .withLicence("apache-2.0"))
                // What does sharing buy at equal parameters?
                .of(named("PreResNet-20"), named("Sha WRN-28-1"), Relatives.softSharing(28, 1, 4), cru)
                // Is it the sharing? The twin that shares nothing, of the same size, and of the same width.
                .of(cru.withStage("conv2", stage -> stage.withWidth(35))
                                .withStage("conv3", stage -> stage.withWidth(70))
                                .withStage("conv4", stage -> stage.withWidth(138))
                                .withoutSharing()
                                .withName("CRU-Net-46 unshared, 272,000"),
                        cru.withoutSharing().withName("CRU-Net-46 unshared"),
                        named("CRU-Net-46 and rank 4"))
                // Does what is shared have to be learned?
                .of(recipe -> recipe.withRate("*shared.core*", 0), cru.withName("CRU-Net-46, 3x3 as drawn"))
                // What does it cost at equal arithmetic?
                .of(Relatives.softSharing(22, 1, 1),
                        Relatives.softSharing(22, 1, 2),
                        Relatives.softSharing(22, 1, 3),
                        Relatives.softSharing(22, 1, 4),
                        Relatives.wideResNet(22, 1)
                                .withSharing("conv2", Sharing.ALL_BUT_FIRST)
                                .withName("Sha WRN-22-1"))
                // Is the trainer right? Three seeds in PyTorch ended at 90.87, 90.96 and 90.79 %, on images that were never
                // JPEG files (abhiramasonny/jaithon, examples/cifar_resnet/README.md).
                .of(recipe -> recipe.withEpochs(30), Relatives.resNet(20, Shortcut.PROJECTION));
    }

    private static Architecture named(String name) {
        return Relatives.all().stream()
                .map(Relatives.Row::network)
                .filter(network -> network.name().equals(name))
                .findFirst()
                .orElseThrow();
    }

    public static void main(String[] args) {
        study().run(args);
    }
}
