package org.crunet.spark;

import ai.djl.ndarray.NDArray;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.UUID;
import java.util.stream.Stream;
import org.crunet.network.Classifier;
import org.crunet.network.Passing;

/** A network that writes down the sum of the bit patterns of its logits, batch by batch, in whichever process it runs. */
final class Summing extends Passing {

    private final Path folder;

    Summing(Classifier network, Path folder) {
        super(network);
        this.folder = folder;
    }

    /** Of all batches so far. */
    long sum() throws IOException {
        long sum = 0;
        try (Stream<Path> all = Files.list(folder)) {
            for (Path one : all.toList()) {
                sum += Long.parseLong(Files.readString(one));
            }
        }
        return sum;
    }

    private void add(long bits) {
        try {
            Files.writeString(folder.resolve(UUID.randomUUID().toString()), "" + bits);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private record Sent(Packed network, String folder) implements Packed {

        @Override
        public Classifier unpack() {
            return new Summing(network.unpack(), Path.of(folder));
        }
    }

    @Override
    public Packed toSerializable() {
        return new Sent(network.toSerializable(), folder.toString());
    }

    @Override
    public Folded folded() {
        Folded folded = network.folded();
        return new Folded() {
            @Override
            public NDArray forward(NDArray images) {
                NDArray logits = folded.forward(images);
                long bits = 0;
                for (float logit : logits.toFloatArray()) {
                    bits += Float.floatToRawIntBits(logit);
                }
                add(bits);
                return logits;
            }

            @Override
            public void close() {
                folded.close();
            }
        };
    }

    @Override
    public int threads() {
        return network.threads();
    }
}
