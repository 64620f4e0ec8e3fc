package org.crunet.spark;

import org.apache.spark.SparkConf;
import scala.Tuple2;

/**
 * Settings of Spark on this machine. The pages of a cluster's master and workers ask the environment alone where to listen, and
 * else listen to the whole network: they are told the driver's address.
 */
final class LocalConf extends SparkConf {

    private static final long serialVersionUID = 1;

    /** With the system properties, or without where they are copied. */
    LocalConf(boolean properties) {
        super(properties);
    }

    @Override
    public String getenv(String name) {
        String value = super.getenv(name);
        return value == null && name.equals("SPARK_LOCAL_IP")
                ? get("spark.driver.bindAddress", get("spark.driver.host", null))
                : value;
    }

    @Override
    public SparkConf clone() {
        LocalConf copy = new LocalConf(false);
        for (Tuple2<String, String> setting : getAll()) {
            copy.set(setting._1(), setting._2());
        }
        return copy;
    }
}
