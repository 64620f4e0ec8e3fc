package org.crunet.training;

import java.nio.file.Path;
import java.util.Map;
import org.crunet.files.Safetensors;

/** The reader of checkpoints, for a test of all readers. */
public final class Checkpoints {

    private Checkpoints() {}

    /** Texts as in a checkpoint, whose checksum is right. */
    public static Path write(Path folder, String state, String identity) {
        Path file = folder.resolve("checkpoint-00000001.safetensors");
        Map<String, String> texts =
                Map.of("format", "crunet checkpoint 3", "steps", "1", "state", state, "identity", identity);
        Safetensors.write(file, Map.of(), texts);
        return file;
    }

    public static void read(Path file) {
        CheckpointFolder.openCheckpoint(file, problem -> {}).ifPresent(open -> {
            try (open) {
                CheckpointFolder.state(open).history().toString();
                Identity now = new Identity(Map.of("recipe.epochs", "1"));
                Identity before = CheckpointFolder.identity(open);
                now.changed(before).ifPresent(field -> now.difference(field, before));
            }
        });
    }
}
