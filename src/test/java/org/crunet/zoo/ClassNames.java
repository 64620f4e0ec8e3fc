package org.crunet.zoo;

import java.nio.file.Path;

/** The reader of lists of class names, for a test of all readers. */
public final class ClassNames {

    private ClassNames() {}

    public static void read(Path file, int classes) {
        Categories.read(file, classes);
    }
}
