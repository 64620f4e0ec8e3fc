package org.crunet.files;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.io.UncheckedIOException;
import java.nio.channels.FileChannel;
import java.nio.file.AccessDeniedException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.UUID;
import org.crunet.base.Errors;

/**
 * Writes a file whole or not at all: beside the one that is there, then in its place in one step.
 *
 * <p>Through {@link RandomAccessFile}, because a channel closes itself when its thread is interrupted, and an interrupted
 * training is one whose weights should be kept.
 */
public final class WholeFile {

    private WholeFile() {}

    /** Writes what is in a file. */
    @FunctionalInterface
    public interface Content {

        /**
         * Writes it all.
         *
         * @param out the empty file
         * @throws IOException if it cannot be written
         */
        void write(RandomAccessFile out) throws IOException;
    }

    /**
     * Writes a file.
     *
     * @param target where to; an existing file is replaced
     * @param content writes what is in it
     * @throws UncheckedIOException if it cannot be written; the file that was there before stays as it is
     */
    public static void write(Path target, Content content) {
        Path file = target.toAbsolutePath();
        Path temporary = file.resolveSibling("." + file.getFileName() + "." + UUID.randomUUID() + ".tmp");
        try {
            if (Files.isDirectory(file) || Files.exists(file) && !Files.isWritable(file)) {
                throw new IOException("it cannot be replaced");
            }
            Disk disk = Disk.used;
            disk.create(temporary);
            try (RandomAccessFile out = disk.open(temporary)) {
                content.write(out);
                disk.sync(out);
            }
            disk.move(temporary, file);
        } catch (IOException e) {
            throw new UncheckedIOException(
                    "Cannot write " + file + ": " + reason(file, e) + ". What was there before is unchanged", e);
        } finally {
            temporary.toFile().delete(); // once moved it is not there any more
        }
        force(file.getParent());
    }

    /**
     * Deletes a file, if it is there.
     *
     * @param file what is not needed any more
     * @throws UncheckedIOException if it cannot be deleted; the message says why
     */
    public static void delete(Path file) {
        try {
            Disk.used.delete(file);
        } catch (IOException e) {
            throw new UncheckedIOException(
                    "Cannot delete " + file.toAbsolutePath() + ": " + Folders.reason(e) + "; delete it by hand", e);
        }
    }

    private static String reason(Path file, IOException e) {
        if (Files.isDirectory(file)) {
            return "it is a folder: choose another name";
        }
        if (Files.exists(file) && !Files.isWritable(file)) {
            return "the file there is read-only: allow writing to it or choose another name";
        }
        if (e instanceof NoSuchFileException) {
            return Files.isDirectory(file.getParent())
                    ? "another program deleted it while it was written: write it again"
                    : "there is no folder " + file.getParent() + ": create it first";
        }
        if (e instanceof AccessDeniedException) {
            return "no permission to write in " + file.getParent() + ": choose another folder";
        }
        return Errors.reason(e) + ": free some space or choose another place";
    }

    /** Makes the renaming survive a power cut; systems that cannot do this for a folder, such as Windows, say so. */
    private static void force(Path folder) {
        boolean interrupted = Thread.interrupted();
        try (FileChannel channel = FileChannel.open(folder, StandardOpenOption.READ)) {
            channel.force(true);
        } catch (IOException notHere) {
            // The file itself is written; only its name may still be the old one after a power cut.
        } finally {
            if (interrupted) {
                Thread.currentThread().interrupt();
            }
        }
    }
}
