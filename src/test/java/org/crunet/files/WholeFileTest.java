package org.crunet.files;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.DisabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;

@SuppressWarnings("try")
class WholeFileTest {

    @TempDir
    private Path folder;

    private Path inside() throws IOException {
        return Files.createDirectory(folder.resolve("inside"));
    }

    @Test
    void tensorsAreWrittenWholeOrNotAtAllWhateverTheDiskDoes() throws IOException {
        Path file = inside().resolve("w.safetensors");
        try (NDManager manager = NDManager.newBaseManager()) {
            Map<String, NDArray> arrays = new LinkedHashMap<>();
            arrays.put("long", manager.arange(40_000f)); // in three pieces
            arrays.put("short", manager.ones(new Shape(3)));
            for (FaultyDisk.Fault fault : FaultyDisk.Fault.values()) {
                FaultyDisk.assertWholeOrNotAtAll(
                        file, () -> Safetensors.write(file, arrays, Map.of("epoch", "3")), fault);
            }
        }
    }

    @Test
    @DisabledOnOs(OS.WINDOWS)
    void anUnfinishedFileThatAnotherProgramDeletesIsSaidToBe() throws IOException {
        Path file = Files.write(inside().resolve("w"), new byte[] {1});
        String message = assertThrows(
                        UncheckedIOException.class,
                        () -> WholeFile.write(file, out -> {
                            for (Path unfinished : Folders.list(file.getParent(), ".*\\.tmp")) {
                                Files.delete(unfinished);
                            }
                        }))
                .getMessage();
        assertEquals(
                "Cannot write " + file
                        + ": another program deleted it while it was written: write it again. What was there"
                        + " before is unchanged",
                message);
        assertArrayEquals(new byte[] {1}, Files.readAllBytes(file));
    }

    @Test
    void aFolderWhereNothingCanBeWrittenIsFoundBeforeTimeIsSpent() throws IOException {
        for (FaultyDisk.Fault fault : FaultyDisk.Fault.values()) {
            Path place = folder.resolve(fault.name());
            try (FaultyDisk disk = new FaultyDisk(fault, ".*", 1)) {
                String message = assertThrows(
                                UncheckedIOException.class, () -> Folders.requireWritable(place, "a training"))
                        .getMessage();
                fault.assertNamed(place, message);
            }
            Folders.requireWritable(place, "a training");
            assertEquals(0, Folders.list(place, ".*").size());
        }
    }

    @Test
    void aFileThatCannotBeDeletedIsNamedWithTheCause() throws IOException {
        Path file = Files.createFile(inside().resolve("old"));
        try (FaultyDisk disk = new FaultyDisk(FaultyDisk.Fault.NO_PERMISSION, "old", 1)) {
            assertEquals(
                    "Cannot delete " + file + ": there is no permission to write there; delete it by hand",
                    assertThrows(UncheckedIOException.class, () -> WholeFile.delete(file))
                            .getMessage());
        }
        WholeFile.delete(file);
        assertFalse(Files.exists(file));
        WholeFile.delete(file);
    }
}
