package org.crunet.notebook;

import ai.djl.modality.cv.Image;
import java.awt.image.BufferedImage;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.crunet.data.ImageSet;
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

    private static final List<Case<?, Tile>> TILES = List.of(
            new Case<>(Prediction.class, Gallery::tile),
            new Case<>(
                    Features.Neighbour.class,
                    near -> right(near.image(), Numbers.format("%s %.3f", near.category(), near.similarity()))),
            new Case<>(Image.class, image -> right(Pictures.pixels(image), "")),
            new Case<>(BufferedImage.class, image -> right(image, "")));

    private Gallery() {}

    /** A gallery of images or of predictions; the plain text of any other list. */
    static Output show(List<?> list) {
        List<?> first = list.subList(0, Math.min(MOST, list.size()));
        List<Tile> tiles =
                first.stream().flatMap(item -> Case.first(TILES, item).stream()).toList();
        if (tiles.isEmpty() || tiles.size() < first.size()) {
            return Output.text(String.valueOf(list));
        }
        String note = list.size() > MOST ? Numbers.format("the first %d of %,d shown", MOST, list.size()) : "";
        String captions = tiles.stream()
                .map(tile -> tile.caption().replace("\n", ", "))
                .filter(c -> !c.isEmpty())
                .collect(Collectors.joining("; "));
        String number = list.size() == 1 ? "1 picture" : list.size() + " pictures";
        return of(tiles, captions.isEmpty() ? number : number + ": " + captions, note);
    }

    /** One image of each class. */
    static Output examples(ImageSet images, String note) {
        ImageSet examples = images.firstOfEach(1);
        List<Tile> tiles = IntStream.range(0, Math.min(MOST, examples.size()))
                .mapToObj(i -> right(examples.image(i), examples.classes().get(examples.label(i))))
                .toList();
        return of(tiles, note, note);
    }

    private static Output of(List<Tile> tiles, String text, String note) {
        int width = tiles.stream().mapToInt(Tile::width).max().orElse(0);
        String pictures = tiles.stream().map(tile -> tile.html(width)).collect(Collectors.joining("\n"));
        String flow = "<div style=\"display: flex; flex-wrap: wrap\">\n" + pictures + "\n</div>";
        return Output.html(flow + Html.note(note), text);
    }

    private static Tile right(BufferedImage image, String caption) {
        return new Tile(image, caption, RIGHT, "");
    }

    private static Tile tile(Prediction seen) {
        String answer = Numbers.format("%s %.0f\u00a0%%", seen.predicted(), 100 * seen.probability());
        String caption = seen.correct() ? "\u2713 " + answer : "\u2717 " + answer + "\nis " + seen.actual();
        return new Tile(seen.image(), caption, seen.correct() ? RIGHT : WRONG, seen.source());
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
            long width = Math.round(image.getWidth() * factor);
            long height = Math.round(image.getHeight() * factor);
            String title = source.isEmpty() ? "" : " title=\"" + Html.escape(source) + "\"";
            String alt = Html.escape(caption).replace("\n", ", ");
            return Numbers.format("<img width=\"%d\" height=\"%d\" alt=\"%s\"%s ", width, height, alt, title)
                    + Numbers.format("style=\"border: %s; image-rendering: pixelated\" ", border)
                    + "src=\"data:image/png;base64," + png + "\">";
        }
    }
}
