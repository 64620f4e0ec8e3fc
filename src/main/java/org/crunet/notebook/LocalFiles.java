package org.crunet.notebook;

import java.io.File;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
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
public record LocalFiles(String photographs, String weights) {
    private static final int ALL = 365;
    private static final String LISTS = "filelist_places365-standard";
    private static final String INDOOR = "IO_places365.txt";

    /**
     * Returns what the environment names: {@code PLACES365} the folder of the photographs, {@code CRUNET_WEIGHTS} the file.
     *
     * @return both; a variable that is not set is blank
     */
    public static LocalFiles fromEnvironment() {
        Map<String, String> set = System.getenv();
        return new LocalFiles(set.getOrDefault("PLACES365", ""), set.getOrDefault("CRUNET_WEIGHTS", ""));
    }

    /**
     * Says whether there are photographs.
     *
     * @return false if no folder is named
     */
    public boolean hasPhotographs() {
        return !photographs.isBlank();
    }

    /**
     * Says whether there are weights for photographs; without photographs they would see nothing they know.
     *
     * @return false if no file is named, or no folder
     */
    public boolean hasWeights() {
        return hasPhotographs() && !weights.isBlank();
    }

    /**
     * Reads the photographs as the folder's layout asks for: Places365-Standard by its file lists or its 365 class folders,
     * with weights all categories, else those that are there; or any class folders in {@code train} and another split; or any
     * class folders, of which a fifth of each is held back.
     *
     * @param size height and width of the images
     * @return images to learn from and to measure on; their files stay where they are
     * @throws IllegalArgumentException if the folder is none of these; the message says what is missing
     */
    public Splits split(int size) {
        File[] train = Path.of(photographs, "train").toFile().listFiles(File::isDirectory);
        if (Stream.of("data_256", "val_256", LISTS).anyMatch(this::has) || train != null && train.length == ALL) {
            Places365 places = Places365.of(photographs).size(size);
            return (hasWeights() ? places : places.nonEmptyClasses()).split();
        }
        int shorterSide = Math.round(size * 256f / 224);
        ImageFolder folder =
                ImageFolder.of(photographs).size(size).shorterSide(shorterSide).onDisk();
        boolean divided = Stream.of("val", "valid", "validation", "test").anyMatch(this::has);
        return divided && has("train") ? folder.split() : folder.split(0.2);
    }

    private boolean has(String name) {
        return Files.isDirectory(Path.of(photographs, name));
    }

    /**
     * Reads which categories are indoor and which outdoor, from {@code IO_places365.txt} in the folder of the photographs or
     * among its file lists. A category with a slash may be a folder with a hyphen.
     *
     * @return the group of each category; empty if the list is not there
     */
    public Map<String, String> groups() {
        Map<String, String> groups = new LinkedHashMap<>();
        Stream.of(Path.of(photographs, INDOOR), Path.of(photographs, LISTS, INDOOR))
                .filter(file -> hasPhotographs() && Files.isRegularFile(file))
                .limit(1)
                .forEach(file -> Places365.groups(file).forEach((category, group) -> {
                    groups.put(category, group);
                    groups.put(category.replace('/', '-'), group);
                }));
        return groups;
    }

    @Override
    public String toString() {
        String images = hasPhotographs() ? photographs : "none, set PLACES365; painted scenes instead";
        String file = hasWeights() ? weights : "none, set PLACES365 and CRUNET_WEIGHTS; a small network is trained";
        return "photographs: " + images + "\nweights: " + file;
    }
}
