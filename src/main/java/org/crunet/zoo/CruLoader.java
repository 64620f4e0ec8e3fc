package org.crunet.zoo;

import static org.crunet.base.Errors.require;

import ai.djl.Application;
import ai.djl.MalformedModelException;
import ai.djl.Model;
import ai.djl.modality.Classifications;
import ai.djl.modality.cv.translator.BaseImageTranslatorFactory;
import ai.djl.ndarray.NDList;
import ai.djl.repository.zoo.BaseModelLoader;
import ai.djl.repository.zoo.Criteria;
import ai.djl.repository.zoo.ModelNotFoundException;
import ai.djl.repository.zoo.ZooModel;
import ai.djl.translate.DefaultTranslatorFactory;
import ai.djl.translate.TranslateException;
import ai.djl.translate.Translator;
import ai.djl.translate.TranslatorFactory;
import ai.djl.util.Progress;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import org.crunet.network.Architecture;
import org.crunet.network.Network;

/** Loads one row of the table with weights from a local file. */
final class CruLoader extends BaseModelLoader {

    static final String ENGINE = "PyTorch";

    CruLoader(Architecture row) {
        super(new Shelf().model(Application.CV.IMAGE_CLASSIFICATION, CruZoo.GROUP_ID, row.name()));
    }

    /** Loads a model. DJL asks every zoo it knows; one that is not meant must say "not found", or the search ends here. */
    @Override
    public <I, O> ZooModel<I, O> loadModel(Criteria<I, O> criteria)
            throws IOException, ModelNotFoundException, MalformedModelException {
        if (criteria.getModelZoo() == null
                && !CruZoo.GROUP_ID.equals(criteria.getGroupId())
                && !getArtifactId().equals(criteria.getArtifactId())) {
            throw new ModelNotFoundException("not asked for by .optGroupId(\"" + CruZoo.GROUP_ID + "\")");
        }
        Arguments arguments = Arguments.of(criteria);
        Optional<Progress> progress = Optional.ofNullable(criteria.getProgress());
        progress.ifPresent(bar -> bar.reset("Loading", 2));
        try {
            return load(criteria, arguments, arguments.weights());
        } catch (UncheckedIOException e) {
            throw new IOException(e.getMessage(), e);
        } catch (TranslateException e) {
            throw new ModelNotFoundException("The translator cannot be made: " + e.getMessage(), e);
        } finally {
            progress.ifPresent(Progress::end);
        }
    }

    private static <I, O> ZooModel<I, O> load(Criteria<I, O> criteria, Arguments arguments, Path weights)
            throws IOException, MalformedModelException, TranslateException {
        Network network = network(arguments.architecture(weights), weights);
        String name = Objects.requireNonNullElse(criteria.getModelName(), network.name());
        Model model = Model.newInstance(name, criteria.getDevice(), ENGINE);
        try {
            model.setBlock(network.block());
            model.load(weights.toAbsolutePath().getParent(), null, Map.of("hasParameter", "false"));
            TranslatorFactory factory = factory(criteria, arguments, network, weights);
            Translator<I, O> translator =
                    factory.newInstance(criteria.getInputClass(), criteria.getOutputClass(), model, arguments.values());
            return new CruModel<>(model, translator, network, true);
        } catch (Exception e) {
            model.close();
            network.close();
            throw e;
        }
    }

    private static Network network(Architecture architecture, Path weights) throws MalformedModelException {
        try {
            return architecture.load(weights);
        } catch (IllegalArgumentException e) {
            throw new MalformedModelException(e.getMessage(), e);
        }
    }

    private static TranslatorFactory factory(
            Criteria<?, ?> criteria, Arguments arguments, Network network, Path weights) {
        Class<?> input = criteria.getInputClass();
        Class<?> output = criteria.getOutputClass();
        TranslatorFactory factory = criteria.getTranslatorFactory();
        if (factory == null) {
            boolean bare = input == NDList.class && output == NDList.class;
            factory = bare ? new DefaultTranslatorFactory() : new Images(arguments.translator(network, weights));
        }
        String types = "There is no translator from " + input.getName() + " to " + output.getName();
        String fix = ": use setTypes(Image.class, Classifications.class), or give one by optTranslator";
        require(factory.isSupported(input, output), types + fix);
        return factory;
    }

    /** Adds images in files, streams and so on to those in memory. */
    private static final class Images extends BaseImageTranslatorFactory<Classifications> {

        private final ClassificationTranslator translator;

        Images(ClassificationTranslator translator) {
            this.translator = translator;
        }

        @Override
        protected ClassificationTranslator buildBaseTranslator(Model model, Map<String, ?> arguments) {
            return translator;
        }

        @Override
        public Class<Classifications> getBaseOutputType() {
            return Classifications.class;
        }
    }

    /** Returns true: local files are there or not, and nothing is ever fetched. */
    @Override
    public <I, O> boolean isDownloaded(Criteria<I, O> criteria) {
        return true;
    }

    @Override
    public <I, O> void downloadModel(Criteria<I, O> criteria, Progress progress) {
        // Nothing to fetch.
    }
}
