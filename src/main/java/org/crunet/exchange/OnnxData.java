package org.crunet.exchange;

import static org.crunet.base.Errors.check;
import static org.crunet.base.Errors.quoted;

import ai.onnx.proto.OnnxMl.ModelProto;
import ai.onnx.proto.OnnxMl.TensorProto;
import com.google.protobuf.Message;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.security.DigestOutputStream;
import java.security.MessageDigest;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import org.crunet.base.Checksum;

/** The files that an ONNX network is read from: the one that was named, and those that hold weights outside of it. */
final class OnnxData {

    private OnnxData() {}

    /**
     * Returns all that ONNX Runtime reads for a file, itself first.
     *
     * @param file with its whole path
     * @throws IOException if it cannot be read, or names a place outside of its folder
     */
    static List<Path> files(Path file) throws IOException {
        Set<String> locations = new TreeSet<>();
        try (InputStream in = Files.newInputStream(file)) {
            addLocations(ModelProto.parseFrom(in), locations);
        }
        Path folder = file.getParent();
        List<Path> files = new ArrayList<>(List.of(file));
        for (String location : locations) {
            files.add(place(folder, location));
        }
        return files;
    }

    private static Path place(Path folder, String location) throws IOException {
        try {
            Path place = folder.resolve(location);
            check(
                    place.normalize().startsWith(folder),
                    () -> "it has weights outside of its folder, in " + quoted(location));
            return place;
        } catch (InvalidPathException e) {
            throw new IOException("it has weights in a file of an impossible name, " + quoted(location), e);
        }
    }

    /** Tensors are among the weights, in nodes, and in graphs within nodes. */
    private static void addLocations(Object part, Set<String> locations) {
        if (part instanceof TensorProto tensor) {
            if (tensor.getDataLocation() == TensorProto.DataLocation.EXTERNAL) {
                tensor.getExternalDataList().stream()
                        .filter(entry -> entry.getKey().equals("location"))
                        .reduce((first, last) -> last)
                        .ifPresent(entry -> locations.add(entry.getValue()));
            }
        } else if (part instanceof List<?> list) {
            list.forEach(one -> addLocations(one, locations));
        } else if (part instanceof Message message) {
            message.getAllFields().values().forEach(one -> addLocations(one, locations));
        }
    }

    /** Returns one SHA-256 of all files of a network: of the first as it is, followed by those of the others. */
    static String sum(List<Path> files) throws IOException {
        MessageDigest digest = Checksum.digest();
        update(digest, files.get(0));
        for (Path other : files.subList(1, files.size())) {
            MessageDigest one = Checksum.digest();
            update(one, other);
            digest.update(one.digest());
        }
        return Checksum.hex(digest);
    }

    private static void update(MessageDigest digest, Path file) throws IOException {
        Files.copy(file, new DigestOutputStream(OutputStream.nullOutputStream(), digest));
    }
}
