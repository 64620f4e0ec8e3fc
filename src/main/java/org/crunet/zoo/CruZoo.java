package org.crunet.zoo;

import ai.djl.Model;
import ai.djl.modality.Classifications;
import ai.djl.modality.cv.Image;
import ai.djl.repository.zoo.ModelLoader;
import ai.djl.repository.zoo.ModelZoo;
import ai.djl.repository.zoo.ZooModel;
import ai.djl.repository.zoo.ZooProvider;
import ai.djl.translate.Translator;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.function.Predicate;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.crunet.network.Architecture;
import org.crunet.network.Network;
import org.crunet.network.Networks;

/**
 * A DJL model zoo with every row of {@link Networks#all}, its weights from a local file that {@link Network#save} or
 * Python wrote. DJL finds it by the group {@code org.crunet}.
 *
 * <p>What a {@code Criteria} may say, all but the first optional:
 *
 * <ul>
 *   <li>{@code .optArgument("weights", path)}: the file, or a folder with just one {@code .safetensors} file in it.
 *       Not {@code .optModelPath}: with that DJL asks a zoo of its own, "groupId conflict with ModelZoo criteria", and not this.
 *   <li>{@code .optArtifactId(Networks.CRU_NET_56.name())}: the row; without it the one that the file was saved from. It
 *       gets as many classes as the file has.
 *   <li>{@code .optArgument("architecture", architecture)}: any network instead, or the name of a row, ignoring case.
 *   <li>{@code .optArgument("categories", list or path)}: the names of the classes; without it from {@code synset.txt} or
 *       {@code categories_places365.txt} beside the weights, and where there is none they are {@code class 0} and so on.
 *   <li>{@code .optArgument("topK", 3)}: how many guesses to show, otherwise 5.
 *   <li>{@code .optArgument("shorterSide", pixels)}: see {@link ClassificationTranslator#withShorterSide}.
 * </ul>
 *
 * <p>Input may also be a {@code Path}, {@code URL} or {@code InputStream} of an image, and {@code NDList} to {@code NDList}
 * is the network bare. Closing a loaded model frees its weights.
 */
public final class CruZoo extends ModelZoo {

    /** The group by which DJL finds this zoo. */
    public static final String GROUP_ID = "org.crunet";

    /** Makes a zoo; nothing is read and no engine started before a model is loaded. */
    public CruZoo() {
        Networks.all().forEach(row -> addModel(new CruLoader(row)));
    }

    /** The provider by which DJL finds the zoo by itself. */
    public static final class Provider implements ZooProvider {

        /** Makes one for {@link java.util.ServiceLoader}. */
        public Provider() {}

        @Override
        public ModelZoo getModelZoo() {
            return new CruZoo();
        }
    }

    /**
     * Returns a DJL model around a network in hand, to predict with it or to train it by DJL's {@code Trainer}. Its block is the
     * network's own. Closing the model leaves the network as it is; once the network is closed the model cannot run.
     *
     * @param network a classifier for colour images
     * @param categories names of its classes, in their order
     * @return the model, to be closed
     * @throws IllegalArgumentException if the network has another number of classes or takes no colour images
     * @throws IllegalStateException if the network is closed
     */
    public static ZooModel<Image, Classifications> model(Network network, List<String> categories) {
        return model(network, ClassificationTranslator.of(network).withCategories(categories));
    }

    /**
     * Returns a DJL model around a network in hand, with a translator of your own.
     *
     * @param <I> what a predictor takes
     * @param <O> what a predictor gives
     * @param network any network
     * @param translator from input to arrays and from the network's output to the predictor's
     * @return the model, to be closed; the network stays open
     * @throws IllegalStateException if the network is closed
     */
    public static <I, O> ZooModel<I, O> model(Network network, Translator<I, O> translator) {
        network.requireOpen();
        Model model = Model.newInstance(network.name(), network.manager().getDevice(), CruLoader.ENGINE);
        model.setBlock(network.block());
        return new CruModel<>(model, translator, network, false);
    }

    @Override
    public String getGroupId() {
        return GROUP_ID;
    }

    @Override
    public Set<String> getSupportedEngines() {
        return Set.of(CruLoader.ENGINE);
    }

    /**
     * Returns the loader of a row.
     *
     * @param name the row's name, ignoring case
     * @return its loader
     * @throws IllegalArgumentException if there is no such row; the message lists those there are, nearest first
     */
    @Override
    public ModelLoader getModelLoader(String name) {
        return super.getModelLoader(row(name).name());
    }

    static Architecture row(String name) {
        return row(name, row -> row.name().equalsIgnoreCase(name));
    }

    /** The row that is meant by a name in words. */
    static Architecture row(String name, Predicate<Architecture> meant) {
        return Networks.all().stream()
                .filter(meant)
                .findFirst()
                .orElseThrow(() -> new IllegalArgumentException("There is no network \"" + name
                        + "\" in the zoo, but, nearest first: " + nearest(name)
                        + ". Any other is given as .optArgument(\"architecture\", architecture)"));
    }

    private static String nearest(String name) {
        return Networks.all().stream()
                .map(Architecture::name)
                .sorted(Comparator.comparingInt((String row) -> -pairs(name, row))
                        .thenComparingInt(String::length))
                .collect(Collectors.joining("; "));
    }

    /** How many pairs of neighbouring letters of the one name the other has too. */
    private static int pairs(String name, String row) {
        String wanted = name.toLowerCase(Locale.ROOT);
        String there = row.toLowerCase(Locale.ROOT);
        return (int) IntStream.range(1, wanted.length())
                .filter(i -> there.contains(wanted.substring(i - 1, i + 1)))
                .count();
    }
}
