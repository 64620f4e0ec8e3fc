package org.crunet.notebook;

import ai.djl.modality.cv.Image;
import java.awt.image.BufferedImage;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.crunet.data.ImageSet;
import org.crunet.data.Splits;
import org.crunet.evaluation.Features;
import org.crunet.evaluation.Prediction;

/** Many pictures side by side, each with a line below it. */
final class Gallery {
    private static final int LARGEST = 160;
    private static final int MOST = 48;
    private static final int FRAME = 2;
    private static final int LETTER = 8;
    private static final String STYLE =
            "<div style=\"width: %dpx; overflow-wrap: anywhere; text-align: center; margin: 0 8px 8px 0\">";
    private static final String RIGHT = "2px solid transparent";
    private static final String WRONG = "2px dashed #d55e00";

    private Gallery() {}

    /** A gallery of images or of predictions; the plain text of any other list. */
    static Output show(List<?> list) {
        List<Tile> tiles =
                list.stream().limit(MOST).flatMap(item -> tile(item).stream()).toList();
        if (tiles.isEmpty() || tiles.size() < Math.min(MOST, list.size())) {
            return Output.text(String.valueOf(list));
        }
        String note = list.size() > MOST ? Numbers.format("the first %d of %,d shown", MOST, list.size()) : "";
        String captions = tiles.stream()
                .map(tile -> tile.caption().replace("\n", ", "))
                .filter(c -> !c.isEmpty())
                .collect(Collectors.joining("; "));
        String text = list.size()
                + (list.size() == 1 ? " picture" : " pictures")
                + (captions.isEmpty() ? "" : ": " + captions);
        return of(tiles, text, note);
    }

    /** One image of each class. */
    static Output show(ImageSet images) {
        return examples(images, images.toString());
    }

    static Output show(Splits splits) {
        return examples(splits.train(), splits.toString());
    }

    private static Output examples(ImageSet images, String note) {
        ImageSet examples = images.firstOfEach(1);
        List<Tile> tiles = IntStream.range(0, Math.min(MOST, examples.size()))
                .mapToObj(i -> new Tile(examples.image(i), examples.classes().get(examples.label(i)), RIGHT))
                .toList();
        return of(tiles, note, note);
    }

    private static Output of(List<Tile> tiles, String text, String note) {
        int width = tiles.stream().mapToInt(Tile::width).max().orElse(0);
        String pictures = tiles.stream().map(tile -> tile.html(width)).collect(Collectors.joining("\n"));
        String flow = "<div style=\"display: flex; flex-wrap: wrap\">\n" + pictures + "\n</div>";
        return Output.html(flow + Html.note(note), text);
    }

    private static Optional<Tile> tile(Object item) {
        if (item instanceof Prediction prediction) {
            return Optional.of(tile(prediction));
        }
        if (item instanceof Features.Neighbour near) {
            String caption = Numbers.format("%s %.2f", near.category(), near.similarity());
            return Optional.of(new Tile(near.image(), caption, RIGHT));
        }
        if (item instanceof Image image) {
            return Optional.of(new Tile(Pictures.pixels(image), "", RIGHT));
        }
        return item instanceof BufferedImage image ? Optional.of(new Tile(image, "", RIGHT)) : Optional.empty();
    }

    private static Tile tile(Prediction prediction) {
        String answer = Numbers.format("%s %.0f\u00a0%%", prediction.predicted(), 100 * prediction.probability());
        return prediction.correct()
                ? new Tile(prediction.image(), "\u2713 " + answer, RIGHT, prediction.source())
                : new Tile(
                        prediction.image(),
                        "\u2717 " + answer + "\nis " + prediction.actual(),
                        WRONG,
                        prediction.source());
    }

    /**
     * One picture of a gallery.
     *
     * @param image its pixels
     * @param caption the line below; may be empty
     * @param border its frame, in CSS
     * @param source what is said of it under the mouse; may be empty
     */
    record Tile(BufferedImage image, String caption, String border, String source) {

        Tile(BufferedImage image, String caption, String border) {
            this(image, caption, border, "");
        }

        /** Room for the picture and its frame, and for the longest line of the caption unless that is very long. */
        int width() {
            int letters = caption.lines().mapToInt(String::length).max().orElse(0);
            int picture = (int) Math.round(image.getWidth() * Pictures.factor(image, LARGEST)) + 2 * FRAME;
            return Math.max(picture, Math.min(LARGEST + 2 * FRAME, letters * LETTER));
        }

        /** All tiles of a gallery are equally wide, so that they stand in columns. */
        String html(int width) {
            double factor = Pictures.factor(image, LARGEST);
            String png = Pictures.base64(factor < 1 ? Pictures.scaled(image, factor) : image);
            return Numbers.format(STYLE, width) + picture(factor, png) + "<br>"
                    + Html.escape(caption).replace("\n", "<br>") + "</div>";
        }

        private String picture(double factor, String png) {
            return Numbers.format(
                    """
                    <img width="%d" height="%d" alt="%s"%s style="border: %s; image-rendering: pixelated" \
                    src="data:image/png;base64,%s">""",
                    Math.round(image.getWidth() * factor),
                    Math.round(image.getHeight() * factor),
                    Html.escape(caption).replace("\n", ", "),
                    source.isEmpty() ? "" : " title=\"" + Html.escape(source) + "\"",
                    border,
                    png);
        }
    }
}
