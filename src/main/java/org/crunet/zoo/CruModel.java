package org.crunet.zoo;

import ai.djl.Device;
import ai.djl.Model;
import ai.djl.inference.Predictor;
import ai.djl.ndarray.NDList;
import ai.djl.repository.zoo.ZooModel;
import ai.djl.translate.TranslateException;
import ai.djl.translate.Translator;
import ai.djl.translate.TranslatorContext;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.crunet.base.InUse;
import org.crunet.network.Network;
import org.crunet.torch.Gradients;

/** A model around a network: it predicts without recording gradients, and saves each shared weight once. */
final class CruModel<I, O> extends ZooModel<I, O> {

    private final Network network;
    private final InUse use;

    /** The owner closes the network with itself. */
    CruModel(Model model, Translator<I, O> translator, Network network, boolean owner) {
        super(model, translator);
        this.network = network;
        use = new InUse(this, getName() + " was closed: load it again", () -> {
            super.close();
            if (owner) {
                network.close();
            }
        });
    }

    @Override
    public Predictor<I, O> newPredictor(Device device) {
        return newPredictor(getTranslator(), device);
    }

    @Override
    public <P, Q> Predictor<P, Q> newPredictor(Translator<P, Q> translator, Device device) {
        return new Quiet<>(this, translator, device);
    }

    /** DJL's own predictor records gradients on every thread but the one that loaded the engine. */
    private static final class Quiet<P, Q> extends Predictor<P, Q> {

        private final CruModel<?, ?> owner;
        private final InUse use =
                new InUse(this, "the predictor was closed: make another, newPredictor()", super::close);

        Quiet(CruModel<?, ?> owner, Translator<P, Q> translator, Device device) {
            super(owner.getWrappedModel(), translator, device, false);
            this.owner = owner;
        }

        @Override
        public List<Q> batchPredict(List<P> inputs) throws TranslateException {
            return owner.use.inside(() -> use.inside(() -> super.batchPredict(inputs)));
        }

        @Override
        public void close() {
            use.close();
        }

        @Override
        protected NDList predictInternal(TranslatorContext context, NDList inputs) {
            return owner.network.inUse(() -> Gradients.off(() -> block.forward(parameterStore, inputs, false)));
        }
    }

    /** Writes {@code <name>.safetensors} into the folder, where the zoo finds it. */
    @Override
    public void save(Path folder, String name) throws IOException {
        Files.createDirectories(folder);
        try {
            network.save(folder.resolve((name == null || name.isEmpty() ? getName() : name) + Arguments.ENDING));
        } catch (UncheckedIOException e) {
            throw new IOException(e.getMessage(), e);
        }
    }

    @Override
    public void close() {
        use.close();
    }
}
