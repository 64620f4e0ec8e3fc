package org.crunet.notebook;

import ai.djl.engine.Engine;
import com.sun.management.OperatingSystemMXBean;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.lang.management.ManagementFactory;
import java.util.List;
import java.util.Properties;

/** What {@link Notebook#about()} reports. */
final class About {
    private About() {}

    /** One part of what runs, and which it is. */
    record Part(String what, String version) {}

    static List<Part> parts() {
        return List.of(
                new Part("CRU-Net for Java", version()),
                new Part("DJL", Engine.getDjlVersion()),
                new Part("PyTorch", Engine.getEngine("PyTorch").getVersion()),
                new Part("Java", Runtime.version() + " (" + System.getProperty("java.vendor") + ")"),
                new Part("kernel", Kernel.running().map(Kernel::name).orElse("none, a plain program")),
                new Part("system", System.getProperty("os.name") + " " + System.getProperty("os.arch")),
                new Part("processors", Runtime.getRuntime().availableProcessors() + ""),
                new Part("memory", memory()));
    }

    private static String memory() {
        var system = (OperatingSystemMXBean) ManagementFactory.getOperatingSystemMXBean();
        long heap = Runtime.getRuntime().maxMemory();
        return gigabytes(system.getTotalMemorySize()) + ", of which " + gigabytes(heap) + " for Java's heap";
    }

    private static String gigabytes(long bytes) {
        return Numbers.format("%.1f GB", bytes / 1e9);
    }

    /** The version in the jar; a class path of loose classes has none. */
    private static String version() {
        try (InputStream in = About.class.getResourceAsStream("/META-INF/maven/org.crunet/crunet/pom.properties")) {
            var properties = new Properties();
            if (in != null) {
                properties.load(in);
            }
            return properties.getProperty("version", "built from source");
        } catch (IOException e) {
            throw new UncheckedIOException("cannot read the version in the jar: build it again", e);
        }
    }
}
