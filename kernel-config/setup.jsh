// What the first code cell of every notebook loads. The kernel "Java (CRU-Net)" did all this when it started; a plain
// JJava or IJava kernel does it here: the class path from the build, then the start-up imports.
try {
    Class.forName("org.crunet.notebook.Notebook");
} catch (ClassNotFoundException e) {
    if (!java.nio.file.Files.isDirectory(java.nio.file.Path.of("../target/lib"))) {
        throw new IllegalStateException("The library is not built: type environment/start.sh in a terminal (README.md)");
    }
    System.setProperty("DJL_OFFLINE", "true");
    System.setProperty("OPT_OUT_TRACKING", "true");
    lineMagic("classpath", java.util.List.of("../target/crunet-*.jar", "../target/lib/*.jar"));
}
%load ../kernel-config/start-up.jsh
