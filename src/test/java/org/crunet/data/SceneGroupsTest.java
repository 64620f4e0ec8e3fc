package org.crunet.data;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.crunet.scenes.Scenes;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SceneGroupsTest {

    @TempDir
    private Path folder;

    private Path file(String text) throws IOException {
        return Files.writeString(folder.resolve("groups.txt"), text);
    }

    @Test
    void placesCountsIndoorAndOutdoor() throws IOException {
        assertEquals(
                Map.of("airfield", "outdoor", "desert/sand", "outdoor", "alcove", "indoor"),
                Places365.groups(file("\uFEFF/a/airfield 2\r\n/a/alcove 1\n\n/d/desert/sand 2\n")));
    }

    @Test
    void groupsMayHaveNames() throws IOException {
        assertEquals(
                Map.of("desert/sand", "outdoor, natural", "street", "1", "sky", "3"),
                Places365.groups(file("desert/sand outdoor, natural\nstreet 1\nsky 3\n")));
    }

    @Test
    void aWrongLineIsNamed() throws IOException {
        Path file = file("/a/airfield 2\n/a/alcove\n");
        String message = assertThrows(IllegalArgumentException.class, () -> Places365.groups(file))
                .getMessage();
        assertTrue(message.startsWith(file + ", line 2: \"/a/alcove\" should be a category and its group"), message);
        file("sky 1\nsky 2\n");
        message = assertThrows(IllegalArgumentException.class, () -> Places365.groups(file))
                .getMessage();
        assertTrue(message.contains("line 2: sky has a group already"), message);
        message = assertThrows(UncheckedIOException.class, () -> Places365.groups(folder.resolve("none.txt")))
                .getMessage();
        assertEquals("Cannot read " + folder.resolve("none.txt") + ": there is no such file", message);
    }

    @Test
    void aSetInGroupsHasTheSameImages() {
        ImageSet scenes = Scenes.painted(8).images(16);
        Map<String, String> groups = Map.of("sky", "above", "ocean", "below");
        String message = assertThrows(IllegalArgumentException.class, () -> scenes.grouped(groups))
                .getMessage();
        assertTrue(
                message.contains("in no group: [desert/sand, forest_path, ")
                        && message.endsWith("and 2 more; give each one"),
                message);
        ImageSet two = scenes.classes(List.of("sky", "ocean", "street"))
                .grouped(Map.of("sky", "above", "ocean", "below", "street", "below"));
        assertEquals(List.of("above", "below"), two.classes());
        assertEquals(6, two.size());
        long above = java.util.stream.IntStream.range(0, 6)
                .filter(i -> two.label(i) == 0)
                .count();
        assertEquals(2, above);
    }
}
