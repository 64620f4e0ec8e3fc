package org.crunet.spark;

import static org.crunet.base.Errors.require;

import java.io.FileNotFoundException;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.function.Predicate;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.FileStatus;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.fs.Path;
import org.apache.spark.SparkConf;
import org.apache.spark.SparkEnv;
import org.apache.spark.deploy.SparkHadoopUtil;
import org.crunet.base.Names;
import org.crunet.data.ImageSet;
import org.crunet.data.Opener;

/**
 * Class folders in a file system that Spark's Hadoop client reads, such as {@code hdfs}, and {@code s3a} with
 * {@code hadoop-aws} beside it: every machine opens the files it needs by itself.
 *
 * <pre>{@code
 * var images = HadoopFolder.images("hdfs://host/scenes/val", 224);
 * Evaluation.on("spark://host:7077").tenCrop(network, images);
 * }</pre>
 */
public final class HadoopFolder {

    private static final List<String> ENDINGS = List.of(".jpg", ".jpeg", ".png", ".bmp", ".gif");

    private HadoopFolder() {}

    /**
     * Lists {@code root/class/*.jpg}; the files are read when they are needed.
     *
     * @param root a URI with its scheme, such as {@code hdfs://host/scenes/val}
     * @param size height and width of an image in pixels; what is read is cut to a square
     * @return the images, class by class in the order of the names, as {@code ImageFolder} has them
     * @throws IllegalArgumentException if it has no scheme, one that no library here reads, or no class folders with images; the
     *     message says which
     * @throws UncheckedIOException if it cannot be listed
     */
    public static ImageSet images(String root, int size) {
        Path folder = new Path(root);
        String scheme = folder.toUri().getScheme();
        require(scheme != null, root + " is a path of this machine: give a URI, or use ImageFolder.of(...).onDisk()");
        try {
            FileSystem system = folder.getFileSystem(settings());
            return listed(system, system.makeQualified(folder), size);
        } catch (IOException e) {
            throw new UncheckedIOException("Cannot list " + root + ": " + e.getMessage(), e);
        } catch (RuntimeException e) {
            if (!(e.getCause() instanceof ClassNotFoundException)) {
                throw e;
            }
            String missing = "Cannot list " + root + ", " + e.getCause().getMessage();
            String fix = ": add Hadoop's library for " + scheme + " everywhere, such as hadoop-aws for s3a";
            throw new IllegalArgumentException(missing + fix, e);
        }
    }

    private static ImageSet listed(FileSystem system, Path base, int size) throws IOException {
        List<String> classes = new ArrayList<>();
        List<String> files = new ArrayList<>();
        IntStream.Builder labels = IntStream.builder();
        for (FileStatus one : seen(system.listStatus(base), FileStatus::isDirectory)) {
            String name = one.getPath().getName();
            for (String file : images(system, one)) {
                files.add(name + "/" + file);
                labels.add(classes.size());
            }
            classes.add(name);
        }
        require(!files.isEmpty(), "No class folders with images in " + base + ", such as " + base + "/cat/1.jpg");
        int[] all = labels.build().toArray();
        return ImageSet.of(base.getName(), classes, size, uri(base), files, all, new Files());
    }

    /** {@code file:/scenes} has no authority, and is told from a path by {@code ://}. */
    private static String uri(Path base) {
        String text = base.toString();
        return text.contains("://") ? text : text.replaceFirst(":/", ":///");
    }

    private static List<String> images(FileSystem system, FileStatus folder) throws IOException {
        List<String> names = seen(system.listStatus(folder.getPath()), FileStatus::isFile).stream()
                .map(one -> one.getPath().getName())
                .filter(name -> ENDINGS.stream().anyMatch(name.toLowerCase(Locale.ROOT)::endsWith))
                .toList();
        require(!names.isEmpty(), "No images in " + folder.getPath() + ": files must end in one of " + ENDINGS);
        return names;
    }

    /** Those that are not hidden, by name. */
    private static List<FileStatus> seen(FileStatus[] all, Predicate<FileStatus> wanted) {
        return Stream.of(all)
                .filter(one -> wanted.test(one) && !one.getPath().getName().startsWith("."))
                .sorted()
                .sorted(Comparator.comparing(one -> one.getPath().getName(), Names.BY_NUMBER))
                .toList();
    }

    /** With what Spark was told in {@code spark.hadoop.*}. */
    private static Configuration settings() {
        SparkEnv running = SparkEnv.get();
        return SparkHadoopUtil.get().newConfiguration(running == null ? new SparkConf() : running.conf());
    }

    /** Each machine asks the file system for itself. */
    private record Files() implements Opener {

        @Override
        public byte[] read(String path) throws IOException {
            Path file = new Path(path);
            try (InputStream in = file.getFileSystem(settings()).open(file)) {
                return in.readAllBytes();
            } catch (FileNotFoundException e) {
                throw new IOException("it does not exist", e);
            }
        }

        /** Size and time of change; the content where the file system keeps no times. */
        @Override
        public String version(String path) throws IOException {
            Path file = new Path(path);
            FileStatus status = file.getFileSystem(settings()).getFileStatus(file);
            long changed = status.getModificationTime();
            return changed == 0 ? Opener.super.version(path) : status.getLen() + " " + changed;
        }
    }
}
