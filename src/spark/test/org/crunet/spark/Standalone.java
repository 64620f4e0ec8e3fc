package org.crunet.spark;

import java.io.File;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** A standalone cluster on loopback: a master and two workers of one core, each a process. */
final class Standalone implements AutoCloseable {

    private static final Path HOME = Path.of(System.getenv("SPARK_HOME"));
    private static final int SECONDS = 30;

    private final Path logs;
    private final int port;
    private final List<Process> workers = new ArrayList<>();
    private Process master;

    Standalone(Path logs) {
        this.logs = logs;
        try (ServerSocket free = new ServerSocket(0)) {
            port = free.getLocalPort();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        startMaster();
        startWorker();
        startWorker();
    }

    String url() {
        return "spark://127.0.0.1:" + port;
    }

    void startMaster() {
        master = start("master", "org.apache.spark.deploy.master.Master", "--port", "" + port);
        waitForMaster();
    }

    void startWorker() {
        workers.add(start(
                "worker-" + workers.size(),
                "org.apache.spark.deploy.worker.Worker",
                "--cores",
                "1",
                "--memory",
                "2g",
                "--work-dir",
                logs.resolve("work").toString(),
                url()));
    }

    private Process start(String name, String type, String... more) {
        List<String> command = new ArrayList<>(List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-Xmx256m",
                "-cp",
                HOME.resolve("jars") + File.separator + "*",
                type,
                "--host",
                "127.0.0.1",
                "--webui-port",
                "0"));
        command.addAll(List.of(more));
        try {
            return new ProcessBuilder(command)
                    .redirectErrorStream(true)
                    .redirectOutput(
                            Files.createDirectories(logs).resolve(name + ".log").toFile())
                    .start();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private void waitForMaster() {
        for (int i = 0; i < SECONDS * 10; i++) {
            try (Socket socket = new Socket()) {
                socket.connect(new InetSocketAddress("127.0.0.1", port), 1000);
                return;
            } catch (IOException notYet) {
                pause();
            }
        }
        throw new AssertionError("no master after " + SECONDS + " s, see " + logs);
    }

    private static void pause() {
        try {
            TimeUnit.MILLISECONDS.sleep(100);
        } catch (InterruptedException e) {
            throw new AssertionError(e);
        }
    }

    /** {@code kill -9} of the master. */
    void killMaster() {
        kill(master.toHandle());
    }

    /** {@code kill -9} of the first worker that is alive, and of its executors, which end with it. */
    void killWorker() {
        ProcessHandle worker = alive();
        List<ProcessHandle> executors = worker.children().toList();
        kill(worker);
        executors.forEach(Standalone::kill);
    }

    /** {@code kill -9} of an executor of the first worker that is alive. */
    void killExecutor() {
        ProcessHandle executor =
                alive().children().findFirst().orElseThrow(() -> new AssertionError("the worker has no executor"));
        kill(executor);
    }

    private ProcessHandle alive() {
        return workers.stream()
                .filter(Process::isAlive)
                .findFirst()
                .orElseThrow(() -> new AssertionError("no worker is alive"))
                .toHandle();
    }

    private static void kill(ProcessHandle process) {
        process.destroyForcibly();
        process.onExit().orTimeout(SECONDS, TimeUnit.SECONDS).join();
    }

    @Override
    public void close() {
        List<ProcessHandle> all = new ArrayList<>();
        workers.forEach(worker -> worker.descendants().forEach(all::add));
        workers.forEach(worker -> all.add(worker.toHandle()));
        all.add(master.toHandle());
        all.forEach(ProcessHandle::destroyForcibly);
    }
}
