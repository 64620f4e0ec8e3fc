package org.crunet.spark;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import ai.djl.ndarray.NDManager;
import java.lang.management.ManagementFactory;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import org.apache.spark.SparkConf;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.api.java.function.Function;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What the build gives to Spark: its classes, and a home whose jars are all that an executor of another JVM needs. */
class SparkSetUpTest {

    private static final List<Integer> NUMBERS =
            IntStream.rangeClosed(1, 100).boxed().toList();

    @Test
    void countsOnThreads() {
        try (JavaSparkContext spark = new JavaSparkContext(configuration("local[2]"))) {
            assertEquals(100, spark.parallelize(NUMBERS, 7).count());
        }
    }

    @Test
    void executorsFindTheLibraryAndItsNativeCode() throws Exception {
        Path tests = Path.of(SparkSetUpTest.class
                .getProtectionDomain()
                .getCodeSource()
                .getLocation()
                .toURI());
        SparkConf configuration =
                configuration("local-cluster[2,1,1024]").set("spark.executor.extraClassPath", tests.toString());
        try (JavaSparkContext spark = new JavaSparkContext(configuration)) {
            Function<Integer, Integer> square = number -> square(number);
            assertEquals(338350, spark.parallelize(NUMBERS, 4).map(square).reduce(Integer::sum));
        }
    }

    /** As outside of the notebook's kernel, which names an address. */
    @ParameterizedTest
    @ValueSource(strings = {"local[2]", "local-cluster[1,1,1024]"})
    @EnabledOnOs(OS.LINUX)
    void aPlainProgramListensToThisMachineAndToWhoKnowsTheSecret(String master) throws Exception {
        List<String> lines = listening(master);
        assertTrue(lines.get(0).matches("at( (0{16}FFFF0000)?0100007F:\\S+)+"), lines.toString());
        assertEquals("authenticate true 36", lines.get(1));
    }

    @Test
    @EnabledOnOs(OS.LINUX)
    void anAddressThatIsNamedStands() throws Exception {
        List<String> lines = listening("local[2]", "-Dspark.driver.host=127.0.0.2", "-Dspark.authenticate=false");
        assertTrue(lines.get(0).matches("at( (0{16}FFFF0000)?0200007F:\\S+)+"), lines.toString());
        assertTrue(lines.get(1).startsWith("authenticate false"), lines.toString());
    }

    private static List<String> listening(String master, String... options) throws Exception {
        List<String> command = new ArrayList<>();
        command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        command.addAll(ManagementFactory.getRuntimeMXBean().getInputArguments());
        command.addAll(List.of(options));
        command.addAll(List.of("-cp", System.getProperty("surefire.test.class.path")));
        command.addAll(List.of(Listening.class.getName(), master));
        ProcessBuilder plain = new ProcessBuilder(command).redirectError(ProcessBuilder.Redirect.INHERIT);
        plain.environment().keySet().removeAll(List.of("SPARK_LOCAL_IP", "SPARK_LOCAL_HOSTNAME"));
        Process process = plain.start();
        String text = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertEquals(0, process.waitFor(), text);
        return text.lines().filter(line -> line.matches("(at|authenticate) .*")).toList();
    }

    private static int square(int number) {
        try (NDManager manager = NDManager.newBaseManager()) {
            return manager.create(number).square().getInt();
        }
    }

    private static SparkConf configuration(String master) {
        return new SparkConf().setMaster(master).setAppName("set-up").set("spark.ui.enabled", "false");
    }
}
