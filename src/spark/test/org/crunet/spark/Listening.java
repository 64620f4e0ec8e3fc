package org.crunet.spark;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.apache.spark.SparkConf;
import org.apache.spark.SparkEnv;

/**
 * A plain program that connects, and prints where it and the processes that it starts listen, as Linux writes addresses, and
 * whether who connects needs a secret.
 */
final class Listening {

    private Listening() {}

    public static void main(String... arguments) throws Exception {
        new SparkProvider().at(arguments[0]);
        int executors = arguments[0].startsWith("local-cluster") ? 1 : 0;
        while (listening(ProcessHandle.current().descendants()).size() < executors) {
            Thread.sleep(100);
        }
        Stream<ProcessHandle> all = Stream.concat(
                Stream.of(ProcessHandle.current()), ProcessHandle.current().descendants());
        System.out.println("at " + String.join(" ", new TreeSet<>(listening(all))));
        SparkConf settings = SparkEnv.get().conf();
        System.out.println("authenticate "
                + settings.get("spark.authenticate", "false") + " "
                + settings.get("spark.authenticate.secret", "").length());
        SparkProvider.disconnect();
    }

    /** An address and a port of each socket. */
    private static List<String> listening(Stream<ProcessHandle> processes) throws IOException {
        Set<String> sockets = processes.flatMap(Listening::sockets).collect(Collectors.toSet());
        try (Stream<Path> tables = Stream.of("tcp", "tcp6").map(Path.of("/proc/self/net")::resolve)) {
            return tables.flatMap(Listening::lines)
                    .map(line -> line.strip().split("\\s+"))
                    .filter(cells -> cells[3].equals("0A") && sockets.contains("socket:[" + cells[9] + "]"))
                    .map(cells -> cells[1])
                    .toList();
        }
    }

    private static Stream<String> lines(Path file) {
        try {
            return Files.readAllLines(file).stream();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static Stream<String> sockets(ProcessHandle process) {
        try (Stream<Path> open = Files.list(Path.of("/proc/" + process.pid() + "/fd"))) {
            return open.toList().stream().map(Listening::target);
        } catch (IOException ended) {
            return Stream.of();
        }
    }

    private static String target(Path link) {
        try {
            return Files.readSymbolicLink(link).toString();
        } catch (IOException closed) {
            return "";
        }
    }
}
