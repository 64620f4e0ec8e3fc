package org.crunet.zoo;

import static org.crunet.base.Errors.require;

import ai.djl.modality.Classifications;
import ai.djl.modality.cv.Image;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.types.Shape;
import ai.djl.translate.Translator;
import ai.djl.translate.TranslatorContext;
import java.awt.image.BufferedImage;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.util.List;
import java.util.stream.IntStream;
import javax.imageio.ImageIO;
import org.crunet.base.Records;
import org.crunet.data.Batches;
import org.crunet.network.Network;

/**
 * A translator from a photograph to category names as in the paper's evaluation on one crop: the shorter side resized to
 * 256/224 of the network's input, the centre cut out, normalised by the authors' mean and scale; softmax; the most probable
 * classes.
 *
 * @param size height and width of the network's input in pixels
 * @param shorterSide pixels of the photograph's shorter side before the centre is cut out
 * @param categories the names of the classes, in their order
 * @param topK how many guesses to show; a {@code Classifications} has the others too
 */
public record ClassificationTranslator(int size, int shorterSide, List<String> categories, int topK)
        implements Translator<Image, Classifications> {

    private static final int GUESSES = 5;

    /** Checks the numbers, and keeps its own copy of the names. */
    public ClassificationTranslator {
        categories = List.copyOf(categories);
        require(size > 0, "size must be positive: " + size);
        String least = "shorterSide must be at least the " + size + " pixels of the network's input: ";
        require(shorterSide >= size, least + shorterSide);
        String most = "topK must be from 1 to the number of classes, " + categories.size() + ": ";
        require(topK >= 1 && topK <= categories.size(), most + topK);
    }

    /**
     * Returns the translator of a network, its classes called {@code class 0}, {@code class 1} and so on.
     *
     * @param network a classifier for square colour images
     * @return a translator that shows five guesses
     * @throws IllegalArgumentException if it is none; the message has its shapes
     */
    public static ClassificationTranslator of(Network network) {
        Shape input = network.input();
        Shape output = network.block().getOutputShapes(new Shape[] {input})[0];
        String given = network.name() + " turns " + input + " into " + output;
        require(
                input.dimension() == 4 && input.get(1) == 3 && input.get(2) == input.get(3) && output.dimension() == 2,
                given + ", but a photograph needs (N, 3, size, size) to (N, classes): write a translator for it");
        int size = (int) input.get(2);
        List<String> names = IntStream.range(0, (int) output.get(1))
                .mapToObj(i -> "class " + i)
                .toList();
        return new ClassificationTranslator(
                size, Math.round(size * 256f / 224), names, Math.min(GUESSES, names.size()));
    }

    /**
     * Returns a copy with names for the classes.
     *
     * @param names as many as the network has classes
     * @return a new translator
     * @throws IllegalArgumentException if they are more or fewer
     */
    public ClassificationTranslator withCategories(List<String> names) {
        String given = "there are names for " + names.size() + " categories, but the network has ";
        require(names.size() == categories.size(), given + categories.size() + " classes: give as many");
        return Records.with(this, "categories", names);
    }

    /**
     * Returns a copy with another number of guesses.
     *
     * @param guesses from 1 to the number of classes
     * @return a new translator
     */
    public ClassificationTranslator withTopK(int guesses) {
        return Records.with(this, "topK", guesses);
    }

    /**
     * Returns a copy with another margin around the centre. A small network trained on images without one, as an
     * {@code ImageFolder} gives them, takes its own size here.
     *
     * @param pixels length of the shorter side before the centre is cut out, at least the size
     * @return a new translator
     */
    public ClassificationTranslator withShorterSide(int pixels) {
        return Records.with(this, "shorterSide", pixels);
    }

    /** One image of any size, in colour or grey, to {@code (3, size, size)}; DJL stacks them. */
    @Override
    public NDList processInput(TranslatorContext context, Image image) throws IOException {
        NDArray batch = Batches.centre(context.getNDManager(), picture(image), shorterSide, size);
        return new NDList(batch.squeeze(0));
    }

    private static BufferedImage picture(Image image) throws IOException {
        if (image.getWrappedImage() instanceof BufferedImage picture) {
            return picture;
        }
        ByteArrayOutputStream png = new ByteArrayOutputStream();
        image.save(png, "png");
        return ImageIO.read(new ByteArrayInputStream(png.toByteArray()));
    }

    /** Logits {@code (classes)} to names with probabilities. */
    @Override
    public Classifications processOutput(TranslatorContext context, NDList output) {
        NDArray logits = output.singletonOrThrow();
        String counts = "there are " + categories.size() + " categories for an output of shape ";
        require(logits.size() == categories.size(), counts + logits.getShape());
        return new Classifications(categories, logits.softmax(0), topK);
    }
}
