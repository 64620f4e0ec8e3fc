package org.crunet.data;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import java.awt.image.BufferedImage;
import java.io.IOException;
import java.io.Serializable;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.util.Arrays;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.stream.IntStream;
import org.crunet.base.Checksum;
import org.crunet.base.Errors;
import org.crunet.base.Names;
import org.crunet.base.Records;
import org.crunet.image.Photograph;
import org.crunet.image.Picture;

/**
 * Labelled 8-bit RGB images, all of one size: what training and evaluation read, wherever the images came from. They are in
 * memory, or in files that are read when they are needed. The set never changes after it was made, so any number of threads
 * may read it.
 */
public final class ImageSet implements Serializable {

    private static final long serialVersionUID = 1;

    private final String name;

    @SuppressWarnings("serial") // List.copyOf makes lists that can be serialised.
    private final List<String> classes;

    private final int height;
    private final int width;
    private final Source source;
    private final int[] labels;
    private final Scale scale;
    private String fingerprint;

    /**
     * Makes a set of images in memory.
     *
     * @param name what the images are, for titles, such as {@code painted scenes}
     * @param classes the names of the classes; a label is a place in this list
     * @param height of every image, in pixels
     * @param width of every image, in pixels
     * @param pixels one array an image: planes of red, green and blue, shape {@code (3, height, width)}, rows from the
     *     top, a byte from 0 (none) to 255 (full)
     * @param labels one label an image, from 0
     */
    public ImageSet(String name, List<String> classes, int height, int width, byte[][] pixels, int[] labels) {
        this(name, classes, height, width, memory(name, height, width, pixels), labels.clone());
        requireLabels(pixels.length);
    }

    ImageSet(String name, List<String> classes, int height, int width, Source source, int[] labels) {
        this(name, classes, height, width, source, labels, Scale.AUTHORS);
    }

    private ImageSet(
            String name, List<String> classes, int height, int width, Source source, int[] labels, Scale scale) {
        this.name = Objects.requireNonNull(name, "name is null");
        this.classes = List.copyOf(classes);
        this.height = height;
        this.width = width;
        this.source = source;
        this.labels = labels;
        this.scale = scale;
        check();
    }

    private static Source memory(String name, int height, int width, byte[][] planes) {
        require(name, height > 0 && width > 0, "an image of " + height + " x " + width + " has no pixels");
        Picture[] pictures = new Picture[planes.length];
        for (int i = 0; i < planes.length; i++) {
            require(
                    name,
                    planes[i].length == 3 * height * width,
                    "image " + i + " has " + planes[i].length + " bytes, not the " + 3 * height * width
                            + " of shape (3, " + height + ", " + width + ")");
            pictures[i] = Picture.ofPlanes(planes[i], height, width);
        }
        return new Source.Memory(pictures, new String[planes.length], List.of());
    }

    /**
     * Makes a set of pictures in memory.
     *
     * @param name what the images are, for titles
     * @param classes the names of the classes; a label is a place in this list
     * @param height of every picture, in pixels
     * @param width of every picture, in pixels
     * @param pictures all of that size
     * @param labels one label a picture, from 0
     * @return the set
     * @throws IllegalArgumentException if sizes or numbers do not fit
     */
    public static ImageSet of(
            String name, List<String> classes, int height, int width, List<Picture> pictures, int[] labels) {
        var source = new Source.Memory(pictures.toArray(Picture[]::new), new String[pictures.size()], List.of());
        ImageSet all = new ImageSet(name, classes, height, width, source, labels.clone());
        all.requireLabels(pictures.size());
        pictures.forEach(one -> all.require(
                one.height() == height && one.width() == width,
                "a picture of " + one.height() + " x " + one.width() + " is not " + height + " x " + width));
        return all;
    }

    /** Makes a set of one picture, its class unknown. */
    static ImageSet of(String name, Picture picture) {
        return of(name, List.of("unknown"), picture.height(), picture.width(), List.of(picture), new int[1]);
    }

    /**
     * Returns what a network sees of a photograph in the paper's evaluation: its shorter side resized to 8/7 of the size, 256 for 224,
     * and the centre cut out.
     *
     * @param photograph of any size
     * @param size height and width of the centre in pixels
     * @return a set of this one image, its class unknown
     */
    public static ImageSet ofPhotograph(BufferedImage photograph, int size) {
        Picture.requireSide(size, "224");
        return of("the photograph", Photograph.centre(photograph, TenCrops.shorterSide(size), size));
    }

    /**
     * Makes a set of images in files that are read when they are needed, and not by this machine's file system.
     *
     * @param name what the images are, for titles
     * @param classes the names of the classes; a label is a place in this list
     * @param size height and width of an image in pixels; what is read is cut to a square
     * @param root of the files, a URI such as {@code hdfs://host/scenes}
     * @param files their paths below it
     * @param labels one label a file, from 0
     * @param opener reads them, by root and path
     * @return the set
     * @throws IllegalArgumentException if the numbers do not fit
     */
    public static ImageSet of(
            String name, List<String> classes, int size, String root, List<String> files, int[] labels, Opener opener) {
        Picture.requireSide(size, "224");
        Source source = new FileSource(root, files.toArray(String[]::new), size, size, opener);
        ImageSet all = new ImageSet(name, classes, size, size, source, labels.clone());
        all.requireLabels(files.size());
        return all;
    }

    private void check() {
        require(!classes.isEmpty(), "it has no classes");
        Set<String> named = new HashSet<>();
        List<String> twice = classes.stream().filter(one -> !named.add(one)).toList();
        require(twice.isEmpty(), "classes are named twice: " + Names.some(twice));
        for (int i = 0; i < labels.length; i++) {
            require(
                    labels[i] >= 0 && labels[i] < classes.size(),
                    "image " + i + " has label " + labels[i] + ", not one of 0 to " + (classes.size() - 1));
        }
    }

    private void requireLabels(int images) {
        require(images == labels.length, images + " images have " + labels.length + " labels");
    }

    private void require(boolean holds, String otherwise) {
        require(name, holds, otherwise);
    }

    private static void require(String name, boolean holds, String otherwise) {
        Errors.require(holds, () -> "Image set \"" + name + "\": " + otherwise);
    }

    /**
     * Returns what the images are.
     *
     * @return a name for titles
     */
    public String name() {
        return name;
    }

    /**
     * Returns how many images there are.
     *
     * @return the number of images
     */
    public int size() {
        return labels.length;
    }

    /**
     * Returns the names of the classes.
     *
     * @return the name of label 0, of label 1, and so on
     */
    public List<String> classes() {
        return classes;
    }

    /**
     * Returns how high every image is.
     *
     * @return the height in pixels
     */
    public int height() {
        return height;
    }

    /**
     * Returns how wide every image is.
     *
     * @return the width in pixels
     */
    public int width() {
        return width;
    }

    /**
     * Returns what an image shows.
     *
     * @param i the image, from 0
     * @return its label, a place in {@link #classes()}
     */
    public int label(int i) {
        mustHave(i);
        return labels[i];
    }

    /**
     * Returns the pixels of an image; of files that stay where they are, the file is read.
     *
     * @param i the image, from 0
     * @return planes of red, green and blue, shape {@code (3, height, width)}, bytes from 0 to 255 (mask with
     *     {@code & 0xff})
     * @throws UncheckedIOException if its file cannot be read, with path and reason
     */
    public byte[] pixels(int i) {
        return picture(i).planes();
    }

    private Picture picture(int i) {
        mustHave(i);
        try {
            return source.view(i);
        } catch (IOException e) {
            throw unreadable(i, e);
        }
    }

    /** Throws if there is no such image; the message has those there are. */
    void mustHave(int i) {
        Errors.require(
                i >= 0 && i < size(),
                () -> "Image set \"" + name + "\": there is no image " + i + ", "
                        + (size() == 0 ? "it is empty" : "only 0 to " + (size() - 1)));
    }

    private void mustNotBeNegative(int number) {
        require(number >= 0, "the number of images must not be negative: " + number);
    }

    /** Remembers that an image cannot be read, and returns the error that says so. */
    UncheckedIOException unreadable(int i, IOException why) {
        source.unreadable(i, why);
        return new UncheckedIOException(describe(i) + ": " + why.getMessage(), why);
    }

    /**
     * Returns an image to look at.
     *
     * @param i the image, from 0
     * @return a picture of its own
     */
    public BufferedImage image(int i) {
        return picture(i).image();
    }

    /**
     * Returns an image as a tensor.
     *
     * @param manager owner of the array
     * @param i the image, from 0
     * @return {@code (height, width, 3)}, red, green and blue from 0 to 1
     */
    public NDArray tensor(NDManager manager, int i) {
        byte[] pixels = picture(i).pixels();
        float[] values = new float[pixels.length];
        for (int at = 0; at < values.length; at++) {
            values[at] = (pixels[at] & 0xff) / 255f;
        }
        try (NDArray lent = manager.create(values, new Shape(height, width, 3))) {
            return lent.duplicate();
        }
    }

    /**
     * Returns the images at the given places, in the given order; pixels are shared with this set.
     *
     * @param indices places in this set, from 0
     * @return a set with as many images
     * @throws IllegalArgumentException if there is no such place; the message has those there are
     */
    public ImageSet subset(int... indices) {
        IntStream.of(indices).forEach(this::mustHave);
        int[] chosen = Arrays.stream(indices).map(i -> labels[i]).toArray();
        return new ImageSet(name, classes, height, width, source.subset(indices), chosen, scale);
    }

    /**
     * Returns the first images.
     *
     * @param n how many; all of them if there are fewer
     * @return a set of that many
     * @throws IllegalArgumentException if the number is negative
     */
    public ImageSet first(int n) {
        mustNotBeNegative(n);
        return subset(IntStream.range(0, Math.min(n, size())).toArray());
    }

    /**
     * Returns the first images of every class, in the order of this set: a smaller set with the same balance.
     *
     * @param n how many of each class; all of a class if it has fewer
     * @return a set of at most {@code n} images a class
     * @throws IllegalArgumentException if the number is negative
     */
    public ImageSet firstOfEach(int n) {
        mustNotBeNegative(n);
        int[] seen = new int[classes.size()];
        return subset(
                IntStream.range(0, size()).filter(i -> seen[labels[i]]++ < n).toArray());
    }

    /**
     * Returns what to call an image in a message, or where to look for it.
     *
     * @param i the image, from 0
     * @return the path of its file, or its number in this set
     */
    public String describe(int i) {
        mustHave(i);
        String path = source.path(i);
        return path == null ? "image " + i + " of " + name : path;
    }

    /**
     * Returns which images could not be read: so far, when files are read as they are needed, and shared with the sets this one
     * is part of.
     *
     * @return a line each, with path and reason
     */
    public List<String> problems() {
        return List.copyOf(source.problems());
    }

    /**
     * Leaves an image out as one that cannot be read, since someone else tried.
     *
     * @param i the image, from 0
     * @param why a line that says why, without the path
     */
    public void leaveOut(int i, String why) {
        mustHave(i);
        source.unreadable(i, new IOException(why));
    }

    /**
     * Returns why an image could not be read: so far, when files are read as they are needed.
     *
     * @param i the image, from 0
     * @return a line with path and reason, or nothing
     */
    public Optional<String> problem(int i) {
        mustHave(i);
        return Optional.ofNullable(source.problem(i));
    }

    /**
     * Returns what the set is, to tell it from others: a text of classes, size, labels, and pixels or, of files that stay where
     * they are, names below their folder, and how they are normalised if otherwise than usual. What the set is called does not count, and a folder may be moved.
     *
     * @return the numbers of images, pixels and classes with a SHA-256
     */
    public synchronized String fingerprint() {
        if (fingerprint == null) {
            String scaled = Records.canonical(scale);
            fingerprint = Records.canonical(new Contents(size(), height, width, classes.size(), sha256()))
                    + (scaled.equals(Records.canonical(Scale.AUTHORS)) ? "" : " " + scaled);
        }
        return fingerprint;
    }

    /**
     * Returns what the images hold at the moment: a sum of the {@linkplain #fingerprint fingerprint} and, of files that stay
     * where they are, of what tells each from a file that takes its place, its size and time of change or its content.
     *
     * @return a SHA-256
     */
    public String contentKey() {
        MessageDigest digest = Checksum.digest();
        update(digest, fingerprint());
        IntStream.range(0, size())
                .parallel()
                .mapToObj(source::version)
                .forEachOrdered(version -> update(digest, "\n" + version));
        return Checksum.hex(digest);
    }

    private record Contents(int images, int height, int width, int classes, String sha256) {}

    private String sha256() {
        MessageDigest digest = Checksum.digest();
        update(digest, Records.canonical(classes));
        for (int i = 0; i < size(); i++) {
            digest.update(ByteBuffer.allocate(Integer.BYTES).putInt(0, labels[i]));
            source.digest(i, digest);
        }
        return Checksum.hex(digest);
    }

    private static void update(MessageDigest digest, String text) {
        digest.update(text.getBytes(StandardCharsets.UTF_8));
    }

    /** Returns the classes that have no image. */
    List<String> emptyClasses() {
        Set<String> empty = new LinkedHashSet<>(classes);
        IntStream.of(labels).distinct().mapToObj(classes::get).forEach(empty::remove);
        return List.copyOf(empty);
    }

    /** Returns the images with pictures in memory instead of files, under another name. */
    ImageSet inMemory(String title, List<Picture> pictures) {
        String[] paths = IntStream.range(0, size()).mapToObj(source::path).toArray(String[]::new);
        var memory = new Source.Memory(pictures.toArray(Picture[]::new), paths, problems());
        return new ImageSet(title, classes, height, width, memory, labels, scale);
    }

    Source source() {
        return source;
    }

    Scale scale() {
        return scale;
    }

    /** Returns the images with pixels that become other numbers. */
    ImageSet with(Scale other) {
        return new ImageSet(name, classes, height, width, source, labels, other);
    }

    /**
     * Returns the images of some classes, labelled anew.
     *
     * @param names of classes of this set; their order is that of the new labels
     * @return a set without the other images
     * @throws IllegalArgumentException if there is no such class; the message lists those there are
     */
    public ImageSet classes(List<String> names) {
        names.forEach(
                one -> require(classes.contains(one), "there is no class " + one + ": " + Names.near(one, classes)));
        int[] relabelled = classes.stream().mapToInt(names::indexOf).toArray();
        int[] places = IntStream.range(0, size())
                .filter(i -> relabelled[labels[i]] >= 0)
                .toArray();
        int[] chosen = Arrays.stream(places).map(i -> relabelled[labels[i]]).toArray();
        return new ImageSet(name, names, height, width, source.subset(places), chosen, scale);
    }

    /**
     * Returns the images with groups of classes for classes.
     *
     * @param groups name of the group of every class; others are not looked at
     * @return a set with as many images
     * @throws IllegalArgumentException if a class has no group; the message lists those
     */
    public ImageSet grouped(Map<String, String> groups) {
        List<String> without =
                classes.stream().filter(one -> !groups.containsKey(one)).toList();
        require(without.isEmpty(), "these classes are in no group: " + Names.some(without) + "; give each one");
        List<String> names = classes.stream().map(groups::get).distinct().toList();
        int[] grouped = Arrays.stream(labels)
                .map(label -> names.indexOf(groups.get(classes.get(label))))
                .toArray();
        return new ImageSet(name, names, height, width, source, grouped, scale);
    }

    @Override
    public String toString() {
        int problems = source.problems().size();
        return name + ": " + size() + " images of " + width + " x " + height + " in " + classes.size() + " classes"
                + (problems == 0 ? "" : "; " + problems + " left out, see problems()");
    }
}
