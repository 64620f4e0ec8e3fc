package org.crunet.files;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;

/** All that keeping files asks of the disk, which may refuse any of it: tests put another in its place that does. */
class Disk {

    static final Disk REAL = new Disk();

    /** What is in use. */
    static volatile Disk used = REAL;

    void create(Path file) throws IOException {
        Files.createFile(file);
    }

    RandomAccessFile open(Path file) throws IOException {
        return new RandomAccessFile(file.toFile(), "rw");
    }

    void sync(RandomAccessFile out) throws IOException {
        out.getFD().sync();
    }

    void move(Path from, Path to) throws IOException {
        Files.move(from, to, StandardCopyOption.ATOMIC_MOVE);
    }

    void delete(Path file) throws IOException {
        Files.deleteIfExists(file);
    }
}
