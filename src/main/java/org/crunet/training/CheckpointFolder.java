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
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.function.Consumer;
import org.crunet.base.Errors;
import org.crunet.base.Records;
import org.crunet.files.Folders;
import org.crunet.files.Safetensors;

/**
 * The checkpoints in a folder, {@code checkpoint-00000250.safetensors} after 250 steps: each a whole file with a checksum
 * or not there at all, the newest kept. A lock keeps a second training out.
 */
final class CheckpointFolder implements AutoCloseable {

    /** The metadata key of the number of steps. */
    static final String STEPS = "steps";

    private static final String FORMAT = "format";
    private static final String OURS = "crunet checkpoint 3";
    private static final String IDENTITY = "identity";
    private static final String STATE = "state";
    private static final String NAME = "checkpoint-%08d.safetensors";
    private static final String PATTERN = "checkpoint-\\d{8,}\\.safetensors";
    private static final String UNFINISHED = "\\.(checkpoint-\\d+|best)\\.safetensors\\..*\\.tmp";

    private final Path folder;
    private final int keep;
    private final Set<Path> passedOver = new HashSet<>();
    /** Null where nothing can be written, and then why. */
    private FileChannel channel;

    private UncheckedIOException refusal;

    CheckpointFolder(Path folder, int keep) {
        this.folder = folder.toAbsolutePath();
        this.keep = keep;
        try {
            Files.createDirectories(folder);
            channel = FileChannel.open(folder.resolve(".lock"), StandardOpenOption.CREATE, StandardOpenOption.WRITE);
        } catch (IOException e) {
            refusal = new UncheckedIOException(
                    "cannot keep a training in " + this + ", because " + reason(e) + ": give a folder you may write to",
                    e);
            if (!Files.isDirectory(folder) || isEmpty()) {
                throw refusal;
            }
            return;
        }
        try {
            lock();
            Folders.list(folder, UNFINISHED).forEach(CheckpointFolder::delete);
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
        if (e instanceof AccessDeniedException) {
            return "there is no permission to write there";
        }
        return e instanceof NoSuchFileException ? "no folder can be made there" : Errors.reason(e);
    }

    private void lock() {
        FileLock lock = null;
        try {
            lock = channel.tryLock();
        } catch (OverlappingFileLockException here) {
            // no lock, as when another process has it
        } catch (IOException e) {
            throw new UncheckedIOException(
                    "cannot lock " + this + " (" + e.getMessage() + "): give a folder on a local disk", e);
        }
        if (lock == null) {
            throw new TrainingException(
                    "another training is writing into " + this + ": wait for it, stop it, or give another folder");
        }
    }

    /**
     * Writes the state after so many steps and deletes those before it that are too many. One that was passed over goes
     * only now that there is a newer one; those that claim more steps stay until the training gets there.
     */
    void write(long step, Map<String, NDArray> arrays, Identity identity, TrainingState at) {
        Path file = folder.resolve(String.format(Locale.ROOT, NAME, step));
        Map<String, String> texts = new LinkedHashMap<>();
        texts.put(FORMAT, OURS);
        texts.put(STEPS, "" + step);
        texts.put(IDENTITY, Records.toJson(identity));
        texts.put(STATE, Records.toJson(at));
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

    static Identity identity(Safetensors checkpoint) {
        return Records.fromJson(checkpoint.metadata().get(IDENTITY), Identity.class);
    }

    static TrainingState state(Safetensors checkpoint) {
        return Records.fromJson(checkpoint.metadata().get(STATE), TrainingState.class);
    }

    /** Opens the newest checkpoint that is whole; says which ones are not. */
    Optional<Safetensors> newest(Consumer<String> problems) {
        for (Path file : newestFirst()) {
            Optional<Safetensors> open = openCheckpoint(file, problems);
            if (open.isPresent()) {
                return open;
            }
            passedOver.add(file);
        }
        return Optional.empty();
    }

    /**
     * Opens a checkpoint if it is whole; says if it is not.
     *
     * @throws TrainingException if another version of this library wrote it
     */
    static Optional<Safetensors> openCheckpoint(Path file, Consumer<String> problems) {
        Safetensors found = open(file, problems).orElse(null);
        if (found == null) {
            return Optional.empty();
        }
        String format = found.metadata().get(FORMAT);
        String steps = found.metadata().get(STEPS);
        if (OURS.equals(format) && number(file).toString().equals(steps)) {
            return Optional.of(found);
        }
        found.close();
        if (!OURS.equals(format)) {
            throw new TrainingException(file.toAbsolutePath() + " was written by another version of this library, which"
                    + " alone can go on with it: delete the training, or give another folder");
        }
        problems.accept("passed over " + file + ", which is of " + Errors.shortened(steps + "")
                + " steps: delete it or name it rightly");
        return Optional.empty();
    }

    /** Opens a file of the folder if it is whole; says if it is not. */
    static Optional<Safetensors> open(Path file, Consumer<String> problems) {
        String fault = "its checksum is gone";
        try {
            Safetensors open = Safetensors.open(file);
            if (open.metadata().containsKey(Safetensors.CHECKSUM)) {
                return Optional.of(open);
            }
            open.close();
        } catch (UncheckedIOException e) {
            fault = Objects.requireNonNullElse(e.getCause().getMessage(), "it ends too early");
        }
        problems.accept("passed over " + file.toAbsolutePath() + ", which is damaged: " + fault);
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
        return Folders.list(folder, PATTERN).stream()
                .filter(Files::isRegularFile)
                .sorted(Comparator.comparing(CheckpointFolder::number))
                .toList();
    }

    private static BigInteger number(Path checkpoint) {
        return new BigInteger(checkpoint.getFileName().toString().replaceAll("\\D", ""));
    }

    private static void delete(Path file) {
        try {
            Files.deleteIfExists(file);
        } catch (IOException e) {
            throw new UncheckedIOException("cannot delete " + file.toAbsolutePath(), e);
        }
    }

    @Override
    public void close() {
        if (channel != null) {
            try {
                channel.close();
            } catch (IOException e) {
                throw new UncheckedIOException("cannot close the lock of " + this, e);
            }
        }
    }

    @Override
    public String toString() {
        return folder.toString();
    }
}
