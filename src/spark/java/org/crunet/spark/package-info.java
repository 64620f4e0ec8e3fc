/**
 * What is sent to a cluster of Apache Spark and what comes back: evaluations and comparisons, the same to the last bit as in one
 * process. Start with {@code SparkCluster}; the profile {@code spark} adds it, nothing imports it, and
 * {@link org.crunet.base.Cluster#at} finds it when it is there.
 */
package org.crunet.spark;
