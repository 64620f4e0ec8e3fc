package org.crunet.comparison;

import org.crunet.block.Shortcut;
import org.crunet.data.Splits;
import org.crunet.network.Architecture;
import org.crunet.network.Networks;
import org.crunet.network.Relatives;
import org.crunet.scenes.Scenes;
import org.crunet.training.Recipe;

/** A plan of two tiny networks on painted scenes, as one would write it. */
final class TinyStudy {

    private TinyStudy() {}

    static Splits images(String folder) {
        return Scenes.painted(16).seed(1).split(64, 32);
    }

    static Study study() {
        int classes = images("").train().classes().size();
        Architecture resnet = Relatives.resNet(8, Shortcut.PROJECTION)
                .withImageSize(16)
                .withClasses(classes)
                .withName("ResNet-8");
        return Study.asks("Does what is shared have to be learned?")
                .decidedBy("the 95 % interval of the difference in top-1")
                .on("058e1ecc62c8eb65", TinyStudy::images)
                .of(resnet, Networks.smallCru(16).withClasses(classes).withName("CRU"))
                .of(recipe -> recipe.withRate("conv2.*", 0), resnet.withName("first stage as drawn"))
                .recipe(Recipe.QUICK.withEpochs(2))
                .seeds(1, 2, 3);
    }

    /** As {@code environment/study.sh} runs it, but for the folder of the trainings. */
    public static void main(String[] args) {
        study().results(args[0]).train("", args[1], args[2], Double.parseDouble(args[3]));
    }
}
