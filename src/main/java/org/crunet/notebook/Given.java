package org.crunet.notebook;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.stream.Stream;
import org.crunet.data.ImageFolder;
import org.crunet.data.Places365;
import org.crunet.data.Splits;

/**
 * Photographs and weights of one's own.
 *
 * @param photographs the folder of the photographs; blank for none
 * @param weights a file of weights for them; blank for none
 */
public record Given(String photographs, String weights) {

    private static final int ALL = 365;
    private static final String LISTS = "filelist_places365-standard";
    private static final String INDOOR = "IO_places365.txt";

    /**
     * Without blanks around the names.
     *
     * @param photographs may be blank
     * @param weights may be blank
     */
    public Given {
        photographs = photographs.strip();
        weights = weights.strip();
    }

    /**
     * What the environment names: {@code PLACES365} the folder of the photographs, {@code CRUNET_WEIGHTS} the file.
     *
     * @return both; a variable that is not set is blank
     */
    public static Given environment() {
        return new Given(
                Objects.requireNonNullElse(System.getenv("PLACES365"), ""),
                Objects.requireNonNullElse(System.getenv("CRUNET_WEIGHTS"), ""));
    }

    /**
     * Whether there are photographs.
     *
     * @return false if no folder is named
     */
    public boolean hasPhotographs() {
        return !photographs.isEmpty();
    }

    /**
     * Whether there are weights for photographs; without photographs they would see nothing they know.
     *
     * @return false if no file is named, or no folder
     */
    public boolean hasWeights() {
        return hasPhotographs() && !weights.isEmpty();
    }

    /**
     * The photographs, read as the folder's layout asks for: Places365-Standard by its file lists or its 365 class folders, with
     * weights all categories, else those that are there; or any class folders in {@code train} and {@code val}; or any class
     * folders, of which a fifth of each is held back.
     *
     * @param size height and width of the images
     * @return images to learn from and to measure on; their files stay where they are
     * @throws IllegalArgumentException if the folder is none of these; the message says what is missing
     */
    public Splits split(int size) {
        if (isPlaces365()) {
            Places365 places = Places365.of(photographs).size(size);
            return hasWeights() ? places.split() : places.nonEmptyClasses().split();
        }
        ImageFolder folder = ImageFolder.of(photographs)
                .size(size)
                .shorterSide(Math.round(size * 256f / 224))
                .onDisk();
        boolean divided =
                has("train") && Stream.of("val", "valid", "validation", "test").anyMatch(this::has);
        return divided ? folder.split() : folder.split(0.2);
    }

    private boolean isPlaces365() {
        return Stream.of("data_256", "val_256", LISTS).anyMatch(this::has) || has("train") && folders("train") == ALL;
    }

    private boolean has(String name) {
        return Files.isDirectory(Path.of(photographs, name));
    }

    private long folders(String name) {
        try (Stream<Path> inside = Files.list(Path.of(photographs, name))) {
            return inside.filter(Files::isDirectory).count();
        } catch (IOException e) {
            throw new UncheckedIOException(
                    "Cannot list " + Path.of(photographs, name).toAbsolutePath(), e);
        }
    }

    /**
     * Indoor or outdoor, by the list {@code IO_places365.txt} in the folder of the photographs or among its file lists. A
     * category with a slash may be a folder with a hyphen.
     *
     * @return the group of each category; empty if the list is not there
     */
    public Map<String, String> groups() {
        Map<String, String> groups = new LinkedHashMap<>();
        list().map(Places365::groups)
                .ifPresent(found -> found.forEach((category, group) -> {
                    groups.put(category, group);
                    groups.put(category.replace('/', '-'), group);
                }));
        return groups;
    }

    private Optional<Path> list() {
        return Stream.of(Path.of(photographs, INDOOR), Path.of(photographs, LISTS, INDOOR))
                .filter(file -> hasPhotographs() && Files.isRegularFile(file))
                .findFirst();
    }

    @Override
    public String toString() {
        String unused = "not used, they are for photographs: set PLACES365 too";
        String loaded = weights.isEmpty()
                ? "none, CRUNET_WEIGHTS is not set; a small network is trained"
                : hasWeights() ? weights : unused;
        return "photographs: " + (hasPhotographs() ? photographs : "none, PLACES365 is not set; painted scenes instead")
                + "\nweights: " + loaded;
    }
}
