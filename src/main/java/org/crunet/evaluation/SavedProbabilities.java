package org.crunet.evaluation;

import static org.crunet.base.Errors.require;

import ai.djl.Device;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.crunet.files.Folders;
import org.crunet.files.Safetensors;
import org.crunet.files.WholeFile;

/**
 * Rows of probabilities on disk, in parts: a file has the places of some images and their rows. A place is a float, exact below
 * 2^24.
 */
final class SavedProbabilities implements Inference.Rows, AutoCloseable {

    private static final double SECONDS = 30;
    private static final String PLACES = "places";
    private static final String ROWS = "probabilities";
    private static final String NAME = "part-%08d-%d.safetensors";
    private static final String PATTERN = "part-\\d+-\\d+\\.safetensors";

    private final Path folder;
    private final float[][] rows;
    private final List<String> problems = new ArrayList<>();
    private final List<Integer> unwritten = new ArrayList<>();
    private long writtenAt = System.nanoTime();

    /** Reads what is in the folder into the rows, and deletes files that are damaged. */
    SavedProbabilities(Path folder, float[][] rows) {
        this.folder = folder;
        this.rows = rows;
        Folders.list(folder, PATTERN).forEach(this::read);
        if (Arrays.asList(rows).contains(null)) {
            Folders.requireWritable(folder, "an evaluation");
        }
    }

    private void read(Path file) {
        try (Safetensors part = Safetensors.openWritten(file)) {
            float[] places = part.floats(PLACES);
            float[] all = part.floats(ROWS);
            require(isOurs(places, all), "no rows of these images");
            int classes = all.length / places.length;
            for (int i = 0; i < places.length; i++) {
                rows[(int) places[i]] = Arrays.copyOfRange(all, i * classes, (i + 1) * classes);
            }
        } catch (UncheckedIOException | IllegalArgumentException e) {
            problems.add(file.toAbsolutePath() + " is damaged: its images were evaluated again");
            WholeFile.delete(file);
        }
    }

    /** What this class writes, and nothing that only looks like it. */
    private boolean isOurs(float[] places, float[] all) {
        boolean ours = places.length > 0 && all.length > 0 && all.length % places.length == 0;
        for (float place : places) {
            ours &= place >= 0 && place < rows.length && place == (int) place;
        }
        for (float probability : all) {
            ours &= probability >= 0; // not so for NaN
        }
        return ours;
    }

    /** A line for every file that could not be used. */
    List<String> problems() {
        return problems;
    }

    @Override
    public void add(int image, float[] row) {
        rows[image] = row;
        unwritten.add(image);
        if ((System.nanoTime() - writtenAt) / 1e9 >= SECONDS) {
            write();
        }
    }

    private void write() {
        if (unwritten.isEmpty()) {
            return;
        }
        int count = unwritten.size();
        int classes = rows[unwritten.get(0)].length;
        float[] places = new float[count];
        float[] all = new float[count * classes];
        for (int i = 0; i < count; i++) {
            places[i] = unwritten.get(i);
            System.arraycopy(rows[unwritten.get(i)], 0, all, i * classes, classes);
        }
        String name = String.format(Locale.ROOT, NAME, unwritten.get(0), count);
        try (NDManager scope = NDManager.newBaseManager(Device.cpu())) {
            NDArray first = scope.create(places);
            NDArray second = scope.create(all, new Shape(count, classes));
            Safetensors.write(folder.resolve(name), Map.of(PLACES, first, ROWS, second), Map.of());
        }
        unwritten.clear();
        writtenAt = System.nanoTime();
    }

    /** Writes the rest. */
    @Override
    public void close() {
        write();
    }
}
