package org.crunet.notebook;

import ai.djl.engine.Engine;
import com.sun.management.OperatingSystemMXBean;
import java.lang.management.ManagementFactory;
import java.util.List;
import java.util.Objects;

/** What {@link Notebook#about()} reports. */
final class About {
    private About() {}

    /** One part of what runs, and which it is. */
    record Part(String what, String version) {}

    static List<Part> parts() {
        String version = About.class.getPackage().getImplementationVersion(); // of the jar
        return List.of(
                new Part("CRU-Net for Java", Objects.requireNonNullElse(version, "built from source")),
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
        double heap = Runtime.getRuntime().maxMemory() / 1e9;
        return Numbers.format("%.1f GB, of which %.1f GB for Java's heap", system.getTotalMemorySize() / 1e9, heap);
    }
}
