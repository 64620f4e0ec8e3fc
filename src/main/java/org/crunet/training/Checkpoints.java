package org.crunet.training;

import ai.djl.ndarray.NDArray;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.crunet.tensor.Safetensors;

/**
 * The checkpoints in a folder, {@code checkpoint-00000250.safetensors} after 250 steps: each a whole file with a checksum
 * or not there at all, the newest kept. A lock keeps a second training out.
 */
final class Checkpoints implements AutoCloseable {

    private static final String NAME = "checkpoint-%08d.safetensors";
    private static final String PATTERN = "checkpoint-\\d{8,}\\.safetensors";

    private final Path folder;
    private final int keep;
    private final FileChannel channel;

    Checkpoints(Path folder, int keep) {
        this.folder = folder;
        this.keep = keep;
        try {
            Files.createDirectories(folder);
            channel = FileChannel.open(folder.resolve(".lock"), StandardOpenOption.CREATE, StandardOpenOption.WRITE);
        } catch (IOException e) {
            throw new UncheckedIOException(
                    "Cannot write into " + folder.toAbsolutePath() + " (" + e
                            + "): give a folder that you may write to, as in Training.in(\"runs/mine\")",
                    e);
        }
        lock();
        list(".*\\.tmp").forEach(Checkpoints::delete);
    }

    private void lock() {
        FileLock lock = null;
        try {
            lock = channel.tryLock();
        } catch (OverlappingFileLockException | IOException taken) {
            // no lock, as when another process has it
        }
        if (lock == null) {
            close();
            throw new IllegalStateException("another training is writing into " + folder.toAbsolutePath()
                    + ": wait for it, stop it, or give another folder");
        }
    }

    /** Writes the state after so many steps and deletes those that are too many. */
    void write(long step, Map<String, NDArray> arrays, Map<String, String> texts) {
        Safetensors.write(folder.resolve(String.format(NAME, step)), arrays, texts);
        List<Path> all = newestFirst();
        all.subList(Math.min(keep, all.size()), all.size()).forEach(Checkpoints::delete);
    }

    /** Opens the newest checkpoint that is whole; says which ones are not. */
    Optional<Safetensors> newest(Consumer<String> problems) {
        for (Path file : newestFirst()) {
            Optional<Safetensors> open = open(file, problems);
            if (open.isPresent()) {
                return open;
            }
        }
        return Optional.empty();
    }

    /** Opens a file of the folder if it is there and whole. */
    Optional<Safetensors> open(Path file, Consumer<String> problems) {
        try {
            Safetensors open = Safetensors.open(file);
            if (open.metadata().containsKey(Safetensors.CHECKSUM)) {
                return Optional.of(open);
            }
            open.close();
            problems.accept("passed over " + file + ": it has lost its checksum, so it is damaged");
        } catch (UncheckedIOException damaged) {
            problems.accept("passed over " + file + ": " + damaged.getMessage());
        }
        return Optional.empty();
    }

    boolean isEmpty() {
        return newestFirst().isEmpty();
    }

    /** The file of the best weights. */
    Path best() {
        return folder.resolve("best.safetensors");
    }

    private List<Path> newestFirst() {
        return list(PATTERN).stream()
                .sorted(Comparator.comparing(
                                (Path file) -> file.getFileName().toString().length())
                        .thenComparing(Comparator.naturalOrder())
                        .reversed())
                .toList();
    }

    private List<Path> list(String pattern) {
        try (Stream<Path> files = Files.list(folder)) {
            return files.filter(file -> file.getFileName().toString().matches(pattern))
                    .toList();
        } catch (IOException e) {
            throw new UncheckedIOException("Cannot list " + folder.toAbsolutePath(), e);
        }
    }

    private static void delete(Path file) {
        try {
            Files.deleteIfExists(file);
        } catch (IOException e) {
            throw new UncheckedIOException("Cannot delete " + file.toAbsolutePath(), e);
        }
    }

    @Override
    public void close() {
        try {
            channel.close();
        } catch (IOException e) {
            throw new UncheckedIOException("cannot close the lock of " + folder, e);
        }
    }
}
