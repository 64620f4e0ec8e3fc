package org.crunet.spark;

import static org.junit.jupiter.api.Assertions.assertEquals;

import ai.djl.ndarray.NDManager;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.IntStream;
import org.apache.spark.SparkConf;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.api.java.function.Function;
import org.junit.jupiter.api.Test;

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

    private static int square(int number) {
        try (NDManager manager = NDManager.newBaseManager()) {
            return manager.create(number).square().getInt();
        }
    }

    private static SparkConf configuration(String master) {
        return new SparkConf().setMaster(master).setAppName("set-up").set("spark.ui.enabled", "false");
    }
}
