package org.crunet.spark;

import static org.crunet.base.Errors.require;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.URI;
import java.net.UnknownHostException;
import java.nio.file.Path;
import java.security.CodeSource;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.apache.spark.SparkConf;
import org.apache.spark.SparkContext$;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.util.Utils;
import org.crunet.base.Cluster;

/** Connects to clusters, one at a time: Spark has one context in a process. */
public final class SparkProvider implements Cluster.Provider {

    /** What its executors need that this process was started with: see the kernel's specification. */
    private static final List<String> VARIABLES =
            List.of("DJL_OFFLINE", "OPT_OUT_TRACKING", "GLIBC_TUNABLES", "SPARK_SCALA_VERSION");

    private static final String STANDALONE = "spark://";
    private static final int PATIENCE_MILLISECONDS = 5000;
    private static final Pattern LOCAL_CLUSTER =
            Pattern.compile("local-cluster\\[\\s*\\d+\\s*,\\s*\\d+\\s*,\\s*(\\d+)\\s*]");
    private static final String ADDRESS = "[^/,]+:\\d+";
    private static final Pattern MASTER = Pattern.compile(
            "local(\\[.*])?|" + LOCAL_CLUSTER + "|" + STANDALONE + ADDRESS + "(," + ADDRESS + ")*|yarn|k8s://.+");

    private static final String NAMES =
            "here, local[2], local-cluster[2,1,2048], spark://host:7077, yarn or k8s://https://host:443";

    private static final String LOOPBACK = "127.0.0.1";
    private static final String SECRET = UUID.randomUUID().toString();

    private static Connection newest;

    /** Makes one for {@link java.util.ServiceLoader}. */
    public SparkProvider() {}

    @Override
    public SparkCluster at(String master) {
        return new SparkCluster(context(master));
    }

    private static synchronized JavaSparkContext context(String master) {
        SparkConf settings = settings(master).remove(SparkCluster.PARTITIONS);
        String asked = settings.toDebugString();
        try {
            connect(master, asked, settings);
            JavaSparkContext made = newest.told(master);
            if (made.sc().isStopped()) { // by Spark, while it was made
                disconnect();
                throw ended(master, null);
            }
            return made;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new CancellationException("Interrupted while connecting to " + master);
        } catch (ExecutionException e) {
            newest = null;
            String why = e.getCause().toString();
            boolean stopped = why.contains("Cannot call methods on a stopped");
            throw stopped ? ended(master, e.getCause()) : unreachable(master, why, e.getCause());
        }
    }

    private static void connect(String master, String asked, SparkConf settings)
            throws InterruptedException, ExecutionException {
        if (newest != null && newest.serves(asked)) {
            return;
        }
        if (newest != null) {
            newest.context.handle((made, failed) -> made).get(); // made to its end before it can be ended
            disconnect();
        }
        if (master.startsWith(STANDALONE)) {
            settings.setIfMissing("spark.driver.host", knock(master)); // where executors find this process
        }
        newest = new Connection(asked, Tasks.elsewhere(() -> new JavaSparkContext(settings)));
    }

    /** Made in a thread of its own, to its end whoever is interrupted: one that is made by half spoils the next. */
    private record Connection(String asked, CompletableFuture<JavaSparkContext> context) {

        JavaSparkContext told(String master) throws InterruptedException, ExecutionException {
            try {
                return context.get(PATIENCE_MILLISECONDS, TimeUnit.MILLISECONDS);
            } catch (TimeoutException e) {
                System.out.println("connecting to " + master + ", for a minute at most if it is a standalone cluster");
                return context.get();
            }
        }

        boolean serves(String other) {
            boolean ended = context.isCompletedExceptionally()
                    || context.isDone() && context.join().sc().isStopped();
            return asked.equals(other) && !ended;
        }

        void end() {
            CompletableFuture<Void> stopped = context.thenAccept(JavaSparkContext::stop);
            stopped.exceptionally(failed -> null).join();
            SparkContext$.MODULE$.clearActiveContext(); // which Spark forgets to if it stopped itself while it was made
        }
    }

    /** Returns the address of this machine towards a master that is there; Spark itself gives up after a minute only. */
    private static String knock(String master) {
        String problem = "no address";
        for (String address : master.substring(STANDALONE.length()).split(",")) {
            try (Socket socket = new Socket()) {
                URI uri = URI.create(STANDALONE + address);
                socket.connect(new InetSocketAddress(uri.getHost(), uri.getPort()), PATIENCE_MILLISECONDS);
                return socket.getLocalAddress().getHostAddress();
            } catch (IOException | IllegalArgumentException e) {
                String why = e instanceof UnknownHostException ? "there is no such machine" : e.getMessage();
                problem = address + ": " + why;
            }
        }
        throw unreachable(master, problem + "; is it running, and is that its address?", null);
    }

    /** The error when Spark itself has ended a connection. */
    static IllegalStateException ended(String master, Throwable cause) {
        String fix = master.startsWith(STANDALONE) ? ": is it running, a master of Spark 4.1, on that port?" : "";
        return unreachable(master, "the connection has ended" + fix, cause);
    }

    private static IllegalStateException unreachable(String master, String why, Throwable cause) {
        String elsewhere = master.matches("yarn|k8s:.*") ? "; start by spark-submit of a Spark distribution" : "";
        return new IllegalStateException("cannot use " + master + ": " + why + elsewhere, cause);
    }

    /** Ends the connection, if there is one; the next call makes another. */
    static synchronized void disconnect() {
        if (newest != null) {
            Tasks.uninterrupted(() -> newest.end());
            newest = null;
        }
    }

    /** What spark-submit and {@code -Dspark.…} say stands. */
    private static SparkConf settings(String master) {
        require(MASTER.matcher(master).matches(), () -> "\"" + master + "\" names no cluster: give " + NAMES);
        SparkConf settings = (master.startsWith("local") ? new LocalConf(true) : new SparkConf())
                .setMaster(master)
                .setIfMissing("spark.app.name", "CRU-Net")
                .setIfMissing("spark.task.maxFailures", "8")
                .setIfMissing("spark.executor.heartbeatInterval", "2s") // which brings the progress
                .setIfMissing("spark.driver.maxResultSize", "0") // trainings come with their weights,
                .setIfMissing("spark.resultGetter.threads", "1"); // one after the other
        if (master.startsWith(STANDALONE)) { // others can have the cores when nothing has run for a minute
            settings.setIfMissing("spark.dynamicAllocation.enabled", "true");
        }
        if (master.startsWith("local")) {
            keepToThisMachine(settings, LOCAL_CLUSTER.matcher(master).matches());
        }
        return master.matches("local(\\[.*])?") ? settings : withProcesses(settings, LOCAL_CLUSTER.matcher(master));
    }

    /** Nobody else can connect, unless an address is named, and nobody without the secret. */
    private static void keepToThisMachine(SparkConf settings, boolean workers) {
        settings.setIfMissing("spark.ui.enabled", "false")
                .setIfMissing("spark.authenticate", "true")
                .setIfMissing("spark.authenticate.secret", SECRET);
        boolean named =
                Stream.of("spark.driver.host", "spark.driver.bindAddress").anyMatch(settings::contains)
                        || Stream.of("SPARK_LOCAL_IP", "SPARK_LOCAL_HOSTNAME").anyMatch(System.getenv()::containsKey);
        if (!named) {
            settings.set("spark.driver.host", LOOPBACK);
            if (workers) {
                Utils.setCustomHostname(LOOPBACK); // they have no setting
            }
        }
    }

    private static SparkConf withProcesses(SparkConf settings, Matcher local) {
        boolean here = local.matches();
        String cores = settings.setIfMissing("spark.executor.cores", "1").get("spark.executor.cores");
        settings.setIfMissing("spark.executor.defaultJavaOptions", "-XX:ActiveProcessorCount=" + cores);
        settings.setIfMissing("spark.executor.memory", here ? local.group(1) + "m" : "2g");
        settings.setIfMissing("spark.executorEnv.GOMP_SPINCOUNT", "0"); // trainings share the cores of a machine
        VARIABLES.stream()
                .filter(name -> System.getenv(name) != null)
                .forEach(name -> settings.setIfMissing("spark.executorEnv." + name, System.getenv(name)));
        if (!here) { // whose processes have this one's libraries
            submitJar().ifPresent(jar -> settings.setIfMissing("spark.jars", jar));
        }
        return settings;
    }

    /** For workers that do not have this library: the jar that the build makes beside it or one folder up. */
    private static Optional<String> submitJar() {
        CodeSource code = SparkProvider.class.getProtectionDomain().getCodeSource();
        Path home = Path.of(URI.create(code.getLocation().toString())).getParent();
        return Stream.of(home, home.resolve("..").normalize())
                .map(folder -> folder.toFile().listFiles((in, name) -> name.endsWith("-submit.jar")))
                .filter(jars -> jars != null && jars.length > 0)
                .findFirst()
                .map(jars -> jars[0].getPath());
    }
}
