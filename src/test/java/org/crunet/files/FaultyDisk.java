package org.crunet.files;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.io.InterruptedIOException;
import java.io.RandomAccessFile;
import java.io.UncheckedIOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;

/** A disk that fails once, as real ones do, at one of the things that it is asked for; in use until it is closed. */
public final class FaultyDisk extends Disk implements AutoCloseable {

    /** What goes wrong, and what of it the message has to say. */
    public enum Fault {
        NO_SPACE("No space left on device: free some space", "No space left on device"),
        NO_PERMISSION("no permission to write", "no permission to write"),
        INTERRUPTED("Interrupted system call", "Interrupted system call"),
        RENAMED_AWAY("there is no folder", "no folder can be made there");

        private final List<String> words;

        Fault(String... words) {
            this.words = List.of(words);
        }

        /** Throws unless a message names a file in the folder, and this cause. */
        public void assertNamed(Path folder, String message) {
            assertTrue(message.contains(folder.toAbsolutePath() + "/") || message.contains("in " + folder), message);
            assertTrue(words.stream().anyMatch(message::contains), message);
        }
    }

    private final Fault fault;
    private final String file;
    private int left;
    private Path gone;
    private Path writing;

    /**
     * Begins to be the disk.
     *
     * @param fault what goes wrong
     * @param file a regular expression of the names of the files with which it does
     * @param number at which of the things asked for with these, from 1
     */
    public FaultyDisk(Fault fault, String file, int number) {
        this.fault = fault;
        this.file = file;
        left = number;
        Disk.used = this;
    }

    /** Whether it was asked for so much. */
    public boolean failed() {
        return left <= 0;
    }

    private void asked(Path path) throws IOException {
        if (!path.getFileName().toString().matches(file) || --left != 0) {
            return;
        }
        switch (fault) {
            case NO_SPACE -> throw new IOException("No space left on device");
            case NO_PERMISSION -> throw new AccessDeniedException(path.toString());
            case INTERRUPTED -> throw new InterruptedIOException("Interrupted system call");
            case RENAMED_AWAY -> {
                gone = path.getParent();
                Files.move(gone, away());
            }
        }
    }

    private Path away() {
        return gone.resolveSibling(gone.getFileName() + "-away");
    }

    @Override
    void create(Path path) throws IOException {
        asked(path);
        super.create(path);
    }

    @Override
    RandomAccessFile open(Path path) throws IOException {
        writing = path;
        return new RandomAccessFile(path.toFile(), "rw") {
            @Override
            public void write(byte[] bytes) throws IOException {
                write(bytes, 0, bytes.length);
            }

            /** What has room is written before there is none. */
            @Override
            public void write(byte[] bytes, int offset, int length) throws IOException {
                super.write(bytes, offset, length / 2);
                asked(path);
                super.write(bytes, offset + length / 2, length - length / 2);
            }
        };
    }

    @Override
    void sync(RandomAccessFile out) throws IOException {
        asked(writing);
        super.sync(out);
    }

    @Override
    void move(Path from, Path to) throws IOException {
        asked(from);
        super.move(from, to);
    }

    @Override
    void delete(Path path) throws IOException {
        asked(path);
        super.delete(path);
    }

    /** The cause is gone. */
    @Override
    public void close() throws IOException {
        Disk.used = Disk.REAL;
        if (gone != null) {
            Files.move(away(), gone);
        }
    }

    /**
     * Asserts of a file that is saved that, when anything asked of the disk fails once, each in turn, the one before stays as it
     * is, the message says why, and the same call then saves it.
     *
     * @param faults one after the other, again and again
     */
    public static void assertWholeOrNotAtAll(Path file, Runnable save, Fault... faults) throws IOException {
        save.run();
        byte[] whole = Files.readAllBytes(file);
        byte[] before = {1, 2, 3};
        int number = 0;
        Fault fault;
        do {
            fault = faults[number++ % faults.length];
            Files.write(file, before);
        } while (fails(file, save, fault, number, before, whole));
        assertTrue(number > 3, "created, written and moved");
        Thread.currentThread().interrupt();
        save.run();
        assertTrue(Thread.interrupted());
        assertArrayEquals(whole, Files.readAllBytes(file));
    }

    /** False when the disk was not asked for so much. */
    private static boolean fails(Path file, Runnable save, Fault fault, int number, byte[] before, byte[] whole)
            throws IOException {
        try (FaultyDisk disk = new FaultyDisk(fault, ".*", number)) {
            save.run();
            assertFalse(disk.failed(), fault + " " + number + " is not told");
            assertArrayEquals(whole, Files.readAllBytes(file));
            return false;
        } catch (UncheckedIOException e) {
            fault.assertNamed(file.getParent(), e.getMessage());
            assertTrue(e.getMessage().contains(file.toAbsolutePath().toString()), e.getMessage());
        }
        assertArrayEquals(before, Files.readAllBytes(file), fault + " " + number);
        assertEquals(
                fault == Fault.RENAMED_AWAY && number > 1, deleteUnfinished(file.getParent()), fault + " " + number);
        save.run();
        assertArrayEquals(whole, Files.readAllBytes(file), fault + " " + number);
        return true;
    }

    /** Of a folder that was renamed some remain. */
    private static boolean deleteUnfinished(Path folder) throws IOException {
        try (Stream<Path> files = Files.list(folder)) {
            List<Path> unfinished =
                    files.filter(file -> file.toString().endsWith(".tmp")).toList();
            for (Path one : unfinished) {
                Files.delete(one);
            }
            return !unfinished.isEmpty();
        }
    }
}
