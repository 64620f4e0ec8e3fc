/**
 * Evaluations and comparisons on a cluster of Apache Spark, the same as in one process: optional, Maven's profile {@code spark}.
 * Nothing imports it; {@link org.crunet.base.Cluster#at} finds it when it is there.
 */
package org.crunet.spark;
