package org.crunet.training;

import static org.crunet.base.Errors.check;

import ai.djl.ndarray.NDArray;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.math.BigInteger;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.BasicFileAttributes;
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
import org.crunet.files.WholeFile;

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
    private static final String LOCK = ".lock";
    /** What a process that was killed left behind of any file that it was writing here. */
    private static final String UNFINISHED = "\\..*[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}\\.tmp";

    private final Path folder;
    private final int keep;
    private final Set<Path> passedOver = new HashSet<>();
    /** Null where nothing can be written, and then why. */
    private FileChannel channel;

    private Object key;
    private UncheckedIOException refusal;

    CheckpointFolder(Path folder, int keep) {
        this.folder = folder.toAbsolutePath();
        this.keep = keep;
        try {
            Folders.requireWritable(this.folder, "a training");
            lock();
            requireNoFolder(best());
            Folders.list(folder, UNFINISHED).forEach(WholeFile::delete);
        } catch (UncheckedIOException e) {
            close();
            if (!Files.isDirectory(folder) || isEmpty()) {
                throw e;
            }
            refusal = e;
        }
    }

    private void requireNoFolder(Path file) {
        if (Files.isDirectory(file)) {
            String why = "cannot keep a training in " + this + ", because its " + file.getFileName() + " is a folder";
            throw new UncheckedIOException(why + ": move or delete that", new IOException("a folder"));
        }
    }

    /** What is there can be read all the same. */
    void requireWritable() {
        if (refusal != null) {
            throw refusal;
        }
    }

    /** Takes the lock; also again, if somebody deleted its file, so that a second training does not find it free. */
    private void lock() {
        Path file = folder.resolve(LOCK);
        try {
            if (channel != null && Objects.equals(key, key(file))) {
                return;
            }
            close();
            check(!Files.exists(file) || Files.isRegularFile(file), "it is not a file");
            channel = FileChannel.open(file, StandardOpenOption.CREATE, StandardOpenOption.WRITE);
            requireAlone(channel.tryLock());
            key = key(file);
        } catch (OverlappingFileLockException here) {
            requireAlone(null);
        } catch (IOException e) {
            String why = Files.isDirectory(folder)
                    ? "its " + LOCK + " cannot be locked (" + Errors.reason(e)
                            + "): delete that, or give a folder on a local disk"
                    : "there is no folder any more: bring it back";
            throw new UncheckedIOException("cannot keep a training in " + this + ", because " + why, e);
        }
    }

    private void requireAlone(FileLock lock) {
        if (lock == null) {
            close();
            throw new FolderInUseException(
                    "another training is writing into " + this + ": wait for it, stop it, or give another folder");
        }
    }

    /** What tells a file from another that takes its place; null where the system has no such thing. */
    private static Object key(Path file) throws IOException {
        return Files.exists(file)
                ? Files.readAttributes(file, BasicFileAttributes.class).fileKey()
                : "deleted";
    }

    /**
     * Writes the state after so many steps and deletes those before it that are too many. One that was passed over goes
     * only now that there is a newer one; those that claim more steps stay until the training gets there.
     */
    void write(long step, Map<String, NDArray> arrays, Identity identity, TrainingState at) {
        lock();
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
            if (Files.isRegularFile(other) && number(other).compareTo(BigInteger.valueOf(step)) <= 0) {
                if (passedOver.contains(other) || good.size() == keep) {
                    WholeFile.delete(other);
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
        try {
            return Optional.of(Safetensors.openWritten(file));
        } catch (UncheckedIOException e) {
            String fault = Objects.requireNonNullElse(e.getCause().getMessage(), "it ends too early");
            problems.accept("passed over " + file.toAbsolutePath() + ", which is damaged: " + fault);
            return Optional.empty();
        }
    }

    boolean isEmpty() {
        return newestFirst().isEmpty();
    }

    /** Writes the best weights. */
    void writeBest(Map<String, NDArray> arrays, Map<String, String> texts) {
        lock();
        Safetensors.write(best(), arrays, texts);
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
                .sorted(Comparator.comparing(CheckpointFolder::number))
                .toList();
    }

    private static BigInteger number(Path checkpoint) {
        return new BigInteger(checkpoint.getFileName().toString().replaceAll("\\D", ""));
    }

    @Override
    public void close() {
        if (channel != null) {
            try {
                channel.close();
            } catch (IOException e) {
                throw new UncheckedIOException("cannot close the lock of " + this, e);
            }
            channel = null;
        }
    }

    @Override
    public String toString() {
        return folder.toString();
    }
}
