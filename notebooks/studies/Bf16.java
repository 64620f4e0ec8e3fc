import org.crunet.comparison.Study;
import org.crunet.data.ImageFolder;
import org.crunet.network.Architecture;
import org.crunet.network.Networks;
import org.crunet.torch.Precision;
import org.crunet.training.Recipe;

/**
 * Does half precision cost accuracy? The small CRU network, on 10,000 training images of CIFAR-10.
 *
 * <pre>
 * environment/study.sh notebooks/studies/Bf16.java CIFAR-FOLDER
 * </pre>
 */
class Bf16 {

    static Study study() {
        Architecture cru = Networks.smallCru(32).withClasses(10);
        return Study.asks("Does the small CRU network end at another top-1 in bf16 than in float32?")
                .decidedBy("the 95 % interval of the paired difference in top-1 over seeds and test images:"
                        + " it is decided where the interval has no 0")
                .on("27b6856b77a91f29", folder -> ImageFolder.of(folder).size(32).limit(1000).split())
                .recipe(Recipe.QUICK.withEpochs(10))
                .seeds(1, 2, 3)
                .of(cru.withName("float32"))
                .of(recipe -> recipe.withPrecision(Precision.BF16), cru.withName("bf16"));
    }

    public static void main(String[] args) {
        study().run(args);
    }
}
