package org.crunet.notebook;

import static org.crunet.base.Errors.require;

import ai.djl.modality.cv.Image;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import java.awt.Graphics2D;
import java.awt.RenderingHints;
import java.awt.image.BufferedImage;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.Base64;
import java.util.Map;
import javax.imageio.ImageIO;

/** Pictures as PNG; a small one is enlarged so that its pixels can be seen. */
final class Pictures {
    private static final int VISIBLE = 128;
    private static final int LARGEST = 800;
    private static final int IN_A_CHART = 320;

    private static final Map<String, Object> PIXELS =
            Map.of("zsmooth", false, "hovertemplate", "column %{x}, row %{y}: %{color}<extra></extra>");
    private static final Map<String, Object> SMOOTH = Map.of("zsmooth", "fast", "hoverinfo", "skip");

    private Pictures() {}

    static Output show(BufferedImage image) {
        String text = Numbers.format("image, %d x %d pixels", image.getWidth(), image.getHeight());
        return Output.text(text).and(Output.PNG, base64(scaled(image, factor(image, LARGEST))));
    }

    /** A tensor {@code (height, width, 3)} or {@code (height, width)} of numbers from 0 to 1. */
    static BufferedImage picture(NDArray image) {
        Shape shape = image.getShape();
        boolean grey = shape.dimension() == 2;
        require(
                (grey || shape.dimension() == 3 && shape.get(2) == 3) && shape.size() > 0,
                "a picture is (height, width, 3) or (height, width), not an array " + shape);
        float[] values = image.toType(DataType.FLOAT32, true).toFloatArray();
        var picture = new BufferedImage((int) shape.get(1), (int) shape.get(0), BufferedImage.TYPE_INT_RGB);
        for (int p = 0; p < shape.get(0) * shape.get(1); p++) {
            int rgb = 0;
            for (int c = 0; c < 3; c++) {
                float value = grey ? values[p] : values[3 * p + c];
                rgb = rgb << 8 | Math.round(255 * Math.max(0, Math.min(1, value)));
            }
            picture.setRGB(p % picture.getWidth(), p / picture.getWidth(), rgb);
        }
        return picture;
    }

    /** A picture in a chart; its axes count the pixels of the picture, however many of them are kept. */
    static Map<String, Object> trace(BufferedImage image) {
        int side = Math.max(image.getWidth(), image.getHeight());
        BufferedImage kept = side > IN_A_CHART ? scaled(image, (double) IN_A_CHART / side) : image;
        double dx = (double) image.getWidth() / kept.getWidth();
        double dy = (double) image.getHeight() / kept.getHeight();
        var place = Map.of("x0", (dx - 1) / 2, "y0", (dy - 1) / 2, "dx", dx, "dy", dy);
        var look = Map.of("type", "image", "source", "data:image/png;base64," + base64(kept));
        return Json.merge(look, place, side < VISIBLE ? PIXELS : SMOOTH);
    }

    /** DJL's image as Java's, whichever library holds its pixels. */
    static BufferedImage pixels(Image image) {
        if (image.getWrappedImage() instanceof BufferedImage pixels) {
            return pixels;
        }
        try (NDManager manager = NDManager.newBaseManager()) {
            return picture(
                    image.toNDArray(manager).toType(DataType.FLOAT32, false).div(255));
        }
    }

    /** How much a picture is enlarged, by a whole factor, or reduced to fit. */
    static double factor(BufferedImage image, int largest) {
        int side = Math.max(image.getWidth(), image.getHeight());
        return side > largest ? (double) largest / side : Math.max(1, VISIBLE / side);
    }

    static BufferedImage scaled(BufferedImage image, double factor) {
        int width = Math.max(1, (int) Math.round(image.getWidth() * factor));
        int height = Math.max(1, (int) Math.round(image.getHeight() * factor));
        var canvas = new BufferedImage(width, height, BufferedImage.TYPE_INT_ARGB);
        Graphics2D graphics = canvas.createGraphics();
        Object pixels = RenderingHints.VALUE_INTERPOLATION_NEAREST_NEIGHBOR;
        Object smooth = RenderingHints.VALUE_INTERPOLATION_BILINEAR;
        graphics.setRenderingHint(RenderingHints.KEY_INTERPOLATION, factor > 1 ? pixels : smooth);
        graphics.drawImage(image, 0, 0, width, height, null);
        graphics.dispose();
        return canvas;
    }

    static String base64(BufferedImage image) {
        var bytes = new ByteArrayOutputStream();
        try {
            ImageIO.write(image, "png", bytes);
        } catch (IOException e) {
            throw new UncheckedIOException("cannot write the picture as PNG", e);
        }
        return Base64.getEncoder().encodeToString(bytes.toByteArray());
    }
}
