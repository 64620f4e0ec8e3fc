package org.crunet.image;

import java.awt.image.BufferedImage;
import java.io.EOFException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.Iterator;
import java.util.Locale;
import javax.imageio.IIOException;
import javax.imageio.ImageIO;
import javax.imageio.ImageReadParam;
import javax.imageio.ImageReader;
import org.crunet.base.Errors;

/** A photograph of one's own, to ask a network about. */
public final class Photograph {
    /** Rasters up to which a picture is read as it is. */
    private static final int WHOLE = 40_000_000;
    /** Rasters above which no picture is read, about as many as PIL allows. */
    static final int MOST = 200_000_000;

    private static final int LARGEST_FILE = 1 << 29;
    /** What is said of an image that is too large for this run. */
    static final String MEMORY = "the image needs more memory than there is";

    private Photograph() {}

    /**
     * Reads any JPEG, PNG, BMP or GIF. A JPEG is turned upright as the camera noted; one of more than 40 million pixels is read
     * at a half, a third, ... of its width and height.
     *
     * @param file the picture
     * @return in colour
     * @throws UncheckedIOException if there is no such file or it is no picture; the message has the path
     */
    public static BufferedImage read(Path file) {
        try {
            return decode(file).image();
        } catch (IOException e) {
            throw new UncheckedIOException("Cannot read " + file.toAbsolutePath() + ": " + Errors.reason(e), e);
        }
    }

    /** Resizes the shorter side to {@code shorterSide} and cuts out the square of {@code size} in the centre. */
    public static Picture centre(BufferedImage image, int shorterSide, int size) {
        return Rasters.of(image).square(shorterSide).centre(size, size);
    }

    /**
     * Any JPEG, PNG, BMP or GIF, the first picture if it holds several. What counts is the content, not the name. Rasters
     * are the samples as they are stored: as in PIL and in the authors' pipeline, no colour profile is applied. A JPEG is
     * turned upright as the camera noted in Exif. Transparent parts look as on white paper. A picture of more than 40 million
     * pixels is read at a half, a third, ... of its width and height.
     *
     * @throws IOException says what is wrong, but not with which file: empty, cut short, damaged, too large or no image
     */
    public static Picture decode(Path file) throws IOException {
        return decode(bytes(file));
    }

    public static byte[] bytes(Path file) throws IOException {
        try {
            BasicFileAttributes about = Files.readAttributes(file, BasicFileAttributes.class);
            if (!about.isRegularFile()) {
                throw new IOException(about.isDirectory() ? "it is a folder" : "it is no regular file");
            }
            if (about.size() > LARGEST_FILE) {
                throw new IOException("the file has " + about.size() + " bytes; an image has at most " + LARGEST_FILE);
            }
            return Files.readAllBytes(file);
        } catch (FileSystemException e) {
            throw new IOException(Errors.reason(e), e);
        } catch (OutOfMemoryError e) {
            throw new IOException(MEMORY, e);
        }
    }

    public static Picture decode(byte[] bytes) throws IOException {
        try {
            String format = format(bytes);
            return format.equals("jpeg") ? jpeg(bytes) : other(format, bytes);
        } catch (IIOException | EOFException | RuntimeException e) { // on a damaged file the readers throw any of them
            throw new IOException(isEnd(e) ? "the image is cut short after " + bytes.length + " bytes" : damage(e), e);
        } catch (OutOfMemoryError e) { // one array that a damaged header asks for, or really too large
            throw new IOException(MEMORY, e);
        }
    }

    private static boolean isEnd(Throwable e) {
        return e != null && (e instanceof EOFException || isEnd(e.getCause()));
    }

    private static String damage(Exception e) {
        return "the image is damaged or of a rare kind: " + (e instanceof IIOException ? e.getMessage() : e.toString());
    }

    private static String format(byte[] bytes) throws IOException {
        if (bytes.length == 0) {
            throw new IOException("the file is empty");
        }
        if (starts(bytes, 0xff, 0xd8, 0xff)) {
            return "jpeg";
        }
        if (starts(bytes, 0x89, 'P', 'N', 'G')) {
            return "png";
        }
        if (starts(bytes, 'G', 'I', 'F', '8')) {
            return "gif";
        }
        if (starts(bytes, 'B', 'M')) {
            return "bmp";
        }
        throw new IOException("not a JPEG, PNG, BMP or GIF image, whatever its name says");
    }

    private static boolean starts(byte[] bytes, int... signature) {
        for (int i = 0; i < signature.length; i++) {
            if (i >= bytes.length || (bytes[i] & 0xff) != signature[i]) {
                return false;
            }
        }
        return true;
    }

    private static Picture other(String format, byte[] bytes) throws IOException {
        ImageReader reader = reader(format);
        try {
            reader.setInput(new Bytes(bytes), true, false);
            ImageReadParam param = reader.getDefaultReadParam();
            int step = step(reader.getWidth(0), reader.getHeight(0));
            param.setSourceSubsampling(step, step, 0, 0);
            return Rasters.of(reader.read(0, param));
        } finally {
            reader.dispose();
        }
    }

    private static Picture jpeg(byte[] bytes) throws IOException {
        Jpeg jpeg = Jpeg.of(bytes);
        ImageReader reader = reader("jpeg");
        try {
            reader.setInput(new Bytes(bytes), true, true);
            return Orientation.upright(jpeg.read(reader, step(jpeg.width(), jpeg.height())), jpeg.orientation());
        } finally {
            reader.dispose();
        }
    }

    /** The reader of the JDK, whatever other readers are on the class path. */
    private static ImageReader reader(String format) {
        Iterator<ImageReader> readers = ImageIO.getImageReadersByFormatName(format);
        while (readers.hasNext()) {
            ImageReader reader = readers.next();
            if (reader.getClass().getName().startsWith("com.sun.imageio.")) {
                return reader;
            }
        }
        throw new IllegalStateException("This Java has no reader for " + format.toUpperCase(Locale.ROOT)
                + ": use a full JDK, with the module java.desktop");
    }

    /** The step from a row or column that is read to the next, so that at most {@link #WHOLE} pixels remain. */
    private static int step(int width, int height) throws IOException {
        long pixels = (long) width * height;
        if (pixels > MOST) {
            throw new IOException("the image has " + width + " x " + height + " pixels, more than " + MOST
                    + ": make it smaller with another program");
        }
        return Math.max(1, (int) Math.ceil(Math.sqrt((double) pixels / WHOLE)));
    }
}
