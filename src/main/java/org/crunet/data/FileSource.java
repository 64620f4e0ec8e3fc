package org.crunet.data;

import java.io.File;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.util.Collection;
import java.util.Map;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.stream.IntStream;
import org.crunet.base.Errors;
import org.crunet.image.Photograph;
import org.crunet.image.Picture;

/**
 * Images in files that stay where they are.
 *
 * @param root the folder that the names start from, of this machine or by a URI
 * @param names path of each file below it
 * @param size height and width of a view
 * @param shorterSide to which an image is resized before the view is cut out of its middle
 * @param opener reads the files
 * @param unreadable why, by path, of those that could not be read
 */
record FileSource(String root, String[] names, int size, int shorterSide, Opener opener, Map<String, String> unreadable)
        implements Source {

    FileSource(String root, String[] names, int size, int shorterSide, Opener opener) {
        this(root, names, size, shorterSide, opener, new ConcurrentSkipListMap<>());
    }

    /** Files of this machine. */
    record Local() implements Opener {

        @Override
        public byte[] read(String path) throws IOException {
            try {
                return Photograph.bytes(Path.of(path));
            } catch (InvalidPathException e) {
                throw new IOException("no file can have this name here: " + e.getReason(), e);
            }
        }

        /** Size and time of change; the content where the time is not known. */
        @Override
        public String version(String path) throws IOException {
            File file = new File(path);
            long changed = file.lastModified();
            return changed == 0 ? Opener.super.version(path) : file.length() + " " + changed;
        }
    }

    private boolean isRemote() {
        return root.contains("://");
    }

    /** Another process has another working directory. */
    private Object writeReplace() {
        String whole = isRemote() ? root : Path.of(root).toAbsolutePath().toString();
        return whole.equals(root) ? this : new FileSource(whole, names, size, shorterSide, opener, unreadable);
    }

    @Override
    public Picture whole(int i) throws IOException {
        return Photograph.decode(opener.read(path(i)));
    }

    @Override
    public Picture view(int i) throws IOException {
        return view(whole(i), size, shorterSide);
    }

    /** Returns the centre of a picture whose shorter side was resized. */
    static Picture view(Picture whole, int size, int shorterSide) throws IOException {
        return shorterSide == size
                ? whole.square(size)
                : whole.shorterSide(shorterSide).centre(size, size);
    }

    @Override
    public String path(int i) {
        if (isRemote()) {
            return root + "/" + names[i];
        }
        try {
            return Path.of(root).resolve(names[i]).toString();
        } catch (InvalidPathException e) {
            return root + File.separator + names[i];
        }
    }

    @Override
    public void unreadable(int i, IOException why) {
        unreadable.putIfAbsent(path(i), Errors.reason(why));
    }

    @Override
    public String problem(int i) {
        String path = path(i);
        return unreadable.containsKey(path) ? path + ": " + unreadable.get(path) : null;
    }

    @Override
    public Collection<String> problems() {
        return Listing.lines(unreadable);
    }

    @Override
    public void digest(int i, MessageDigest digest) {
        String where = isRemote() ? root + "\n" : ""; // a folder of this machine may be moved
        digest.update((where + names[i] + "\n" + shorterSide + "\n").getBytes(StandardCharsets.UTF_8));
    }

    @Override
    public String version(int i) {
        try {
            return opener.version(path(i));
        } catch (IOException e) {
            return Errors.reason(e);
        }
    }

    @Override
    public Source subset(int[] indices) {
        String[] chosen = IntStream.of(indices).mapToObj(i -> names[i]).toArray(String[]::new);
        return new FileSource(root, chosen, size, shorterSide, opener, unreadable);
    }
}
