package org.crunet.image;

import static org.crunet.base.Errors.check;

import java.awt.image.BufferedImage;
import java.io.EOFException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.reflect.Proxy;
import java.nio.channels.ClosedByInterruptException;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.Iterator;
import java.util.Map;
import javax.imageio.IIOException;
import javax.imageio.ImageIO;
import javax.imageio.ImageReader;
import javax.imageio.event.IIOReadProgressListener;
import org.crunet.base.Errors;

/** A photograph of one's own, to ask a network about. */
public final class Photograph {
    /** Rasters up to which a picture is read as it is. */
    private static final int WHOLE = 40_000_000;
    /** Rasters above which no picture is read, about as many as PIL allows. */
    static final int MOST = 200_000_000;

    private static final int LARGEST_FILE = 1 << 29;
    /** How a file of each format begins. */
    private static final Map<String, String> STARTS =
            Map.of("jpeg", "\u00ff\u00d8\u00ff", "png", "\u0089PNG", "gif", "GIF8", "bmp", "BM");
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
     * Decodes any JPEG, PNG, BMP or GIF, the first picture if it holds several. What counts is the content, not the name. Rasters
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
            check(about.isRegularFile(), about.isDirectory() ? "it is a folder" : "it is no regular file");
            String large = "the file has " + about.size() + " bytes; an image has at most " + LARGEST_FILE;
            check(about.size() <= LARGEST_FILE, large);
            return Files.readAllBytes(file);
        } catch (FileSystemException e) {
            throw new IOException(Errors.reason(e), e);
        } catch (ClosedByInterruptException e) {
            Bytes.requireNoInterrupt();
            throw e;
        } catch (OutOfMemoryError e) {
            throw new IOException(MEMORY, e);
        }
    }

    public static Picture decode(byte[] bytes) throws IOException {
        try {
            return read(format(bytes), bytes);
        } catch (IIOException | EOFException | RuntimeException e) { // on a damaged file the readers throw any of them
            Bytes.requireNoInterrupt();
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
        check(bytes.length > 0, "the file is empty");
        String start = new String(bytes, 0, Math.min(4, bytes.length), StandardCharsets.ISO_8859_1);
        return STARTS.keySet().stream()
                .filter(format -> start.startsWith(STARTS.get(format)))
                .findFirst()
                .orElseThrow(() -> new IOException("not a JPEG, PNG, BMP or GIF image, whatever its name says"));
    }

    private static Picture read(String format, byte[] bytes) throws IOException {
        Stored file = switch (format) {
            case "jpeg" -> Jpeg.of(bytes);
            case "png" -> Png.of(bytes);
            case "gif" -> Gif.of(bytes);
            default -> Bmp.of(bytes);
        };
        check(file.width() > 0 && file.height() > 0, "the image is damaged: it has no width or height");
        int step = step(file.width(), file.height());
        if ((long) file.width() * file.height() > file.most()) {
            throw new EOFException(file.width() + " x " + file.height() + " pixels need more than the file has");
        }
        ImageReader reader = reader(format);
        try {
            reader.setInput(new Bytes(file.plain()), true, format.equals("jpeg"));
            reader.addIIOReadProgressListener(untilInterrupted(reader));
            Picture stored = file.read(reader, step);
            Bytes.requireNoInterrupt(); // or it may be a part
            return Orientation.upright(stored, file.orientation());
        } finally {
            reader.dispose();
        }
    }

    /** Ends a reading that goes on without more of the file; all that a reader tells of is a sign of that. */
    private static IIOReadProgressListener untilInterrupted(ImageReader reader) {
        Class<IIOReadProgressListener> type = IIOReadProgressListener.class;
        return type.cast(
                Proxy.newProxyInstance(type.getClassLoader(), new Class<?>[] {type}, (proxy, call, arguments) -> {
                    if (Thread.currentThread().isInterrupted()) {
                        reader.abort();
                    }
                    return null;
                }));
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
        throw new IllegalStateException(
                "This Java has no reader for " + format + ": use a full JDK, with java.desktop");
    }

    /** The step from a row or column that is read to the next, so that at most {@link #WHOLE} pixels remain. */
    private static int step(int width, int height) throws IOException {
        long pixels = (long) width * height;
        String size = "the image has " + width + " x " + height + " pixels, more than " + MOST;
        check(pixels <= MOST, size + ": make it smaller with another program");
        return Math.max(1, (int) Math.ceil(Math.sqrt((double) pixels / WHOLE)));
    }
}
