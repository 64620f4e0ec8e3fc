package org.crunet.training;

import ai.djl.ndarray.NDArray;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.math.BigInteger;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.crunet.files.Safetensors;

/**
 * The checkpoints in a folder, {@code checkpoint-00000250.safetensors} after 250 steps: each a whole file with a checksum
 * or not there at all, the newest kept. A lock keeps a second training out.
 */
final class Checkpoints implements AutoCloseable {

    /** The metadata key of the number of steps. */
    static final String STEPS = "steps";

    private static final String NAME = "checkpoint-%08d.safetensors";
    private static final String PATTERN = "checkpoint-\\d{8,}\\.safetensors";
    private static final String UNFINISHED = "\\.(checkpoint-\\d+|best)\\.safetensors\\..*\\.tmp";

    private final Path folder;
    private final int keep;
    /** Null where nothing can be written. */
    private final FileChannel channel;

    private final UncheckedIOException refusal;
    private final Set<Path> passedOver = new HashSet<>();

    Checkpoints(Path folder, int keep) {
        this.folder = folder;
        this.keep = keep;
        FileChannel open = null;
        UncheckedIOException why = null;
        try {
            Files.createDirectories(folder);
            open = FileChannel.open(folder.resolve(".lock"), StandardOpenOption.CREATE, StandardOpenOption.WRITE);
        } catch (IOException e) {
            why = new UncheckedIOException(
                    "cannot keep a training in " + folder.toAbsolutePath() + ", because " + reason(e)
                            + ": give a folder that you may write to, as in Training.in(\"runs/mine\")",
                    e);
        }
        channel = open;
        refusal = why;
        if (channel == null) {
            if (!Files.isDirectory(folder) || isEmpty()) {
                requireWritable();
            }
            return;
        }
        try {
            lock();
            list(folder, UNFINISHED).forEach(Checkpoints::delete);
        } catch (RuntimeException e) {
            close();
            throw e;
        }
    }

    /** What is there can be read all the same. */
    void requireWritable() {
        if (refusal != null) {
            throw refusal;
        }
    }

    private static String reason(IOException e) {
        if (e instanceof FileAlreadyExistsException) {
            return "it is a file";
        }
        if (e instanceof AccessDeniedException denied) {
            return "there is no permission to write " + denied.getFile();
        }
        if (e instanceof NoSuchFileException none) {
            return "no folder can be made at " + none.getFile();
        }
        return e instanceof FileSystemException other && other.getReason() != null
                ? other.getReason() + ": " + other.getFile()
                : "of " + e.getMessage();
    }

    private void lock() {
        FileLock lock = null;
        try {
            lock = channel.tryLock();
        } catch (OverlappingFileLockException here) {
            // no lock, as when another process has it
        } catch (IOException e) {
            throw new UncheckedIOException(
                    "cannot lock " + folder.toAbsolutePath() + " against a second training (" + e.getMessage()
                            + "): give a folder on a local disk",
                    e);
        }
        if (lock == null) {
            throw new TrainingException("another training is writing into " + folder.toAbsolutePath()
                    + ": wait for it, stop it, or give another folder");
        }
    }

    /**
     * Writes the state after so many steps and deletes those before it that are too many. One that was passed over goes
     * only now that there is a newer one; those that claim more steps stay until the training gets there.
     */
    void write(long step, Map<String, NDArray> arrays, Map<String, String> texts) {
        Path file = folder.resolve(String.format(Locale.ROOT, NAME, step));
        texts.put(STEPS, "" + step);
        Safetensors.write(file, arrays, texts);
        passedOver.remove(file);
        List<Path> good = new ArrayList<>();
        for (Path other : newestFirst()) {
            if (number(other).compareTo(BigInteger.valueOf(step)) <= 0) {
                if (passedOver.contains(other) || good.size() == keep) {
                    delete(other);
                } else {
                    good.add(other);
                }
            }
        }
    }

    /** Opens the newest checkpoint that is whole; says which ones are not. */
    Optional<Safetensors> newest(Consumer<String> problems) {
        for (Path file : newestFirst()) {
            Optional<Safetensors> open = open(file, problems).filter(found -> isNamedRightly(file, found, problems));
            if (open.isPresent()) {
                return open;
            }
            passedOver.add(file);
        }
        return Optional.empty();
    }

    static boolean isNamedRightly(Path file, Safetensors open, Consumer<String> problems) {
        String steps = open.metadata().get(STEPS);
        boolean right = number(file).toString().equals(steps);
        if (!right) {
            open.close();
            problems.accept("passed over " + file.toAbsolutePath() + ": it is of " + steps
                    + " steps, not of as many as its name says; delete it or name it rightly");
        }
        return right;
    }

    /** Opens a file of the folder if it is whole; says if it is not. */
    static Optional<Safetensors> open(Path file, Consumer<String> problems) {
        String fault;
        try {
            Safetensors open = Safetensors.open(file);
            if (open.metadata().containsKey(Safetensors.CHECKSUM)) {
                return Optional.of(open);
            }
            open.close();
            fault = "its checksum is gone";
        } catch (UncheckedIOException e) {
            fault = e.getCause().getMessage();
        }
        problems.accept("passed over " + file.toAbsolutePath() + ", which is damaged: "
                + (fault == null ? "it ends too early" : fault));
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
        List<Path> files = new ArrayList<>(oldestFirst(folder));
        Collections.reverse(files);
        return files;
    }

    static List<Path> oldestFirst(Path folder) {
        return list(folder, PATTERN).stream()
                .filter(Files::isRegularFile)
                .sorted(Comparator.comparing(Checkpoints::number))
                .toList();
    }

    private static BigInteger number(Path checkpoint) {
        return new BigInteger(checkpoint.getFileName().toString().replaceAll("\\D", ""));
    }

    private static List<Path> list(Path folder, String pattern) {
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
        if (channel == null) {
            return;
        }
        try {
            channel.close();
        } catch (IOException e) {
            throw new UncheckedIOException("cannot close the lock of " + folder, e);
        }
    }
}
