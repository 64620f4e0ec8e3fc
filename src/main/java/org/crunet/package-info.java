/**
 * Collective residual units for Java notebooks. Read the packages in the order in which they build on one another:
 *
 * <ol>
 *   <li>{@link org.crunet.tensor}: the mathematics on plain arrays: unfoldings, block terms, collective factorisation.
 *   <li>{@link org.crunet.block}: the equation as a block. Start with {@code CollectiveUnit}.
 *   <li>{@link org.crunet.network}: blocks put together; {@code Networks} is the table, {@code Architecture} a row.
 *   <li>{@link org.crunet.data}: images with labels, painted or read, and batches of them.
 *   <li>{@link org.crunet.training}: {@code Training.fit} and the {@code Recipe} it follows; {@code Conversion} of a trained stage.
 *   <li>{@link org.crunet.evaluation}: what a trained network gets right.
 *   <li>{@link org.crunet.zoo}: the networks as models of a DJL zoo.
 *   <li>{@link org.crunet.exchange}: weights that MXNet and PyTorch wrote; networks as ONNX files, and run from them.
 *   <li>{@link org.crunet.notebook}: tables, charts, pictures and progress in a notebook; nothing imports it.
 *   <li>{@code org.crunet.spark}, in {@code src/spark}: evaluations and comparisons on a cluster; optional, nothing imports it.
 * </ol>
 *
 * <p>{@code TensorlyTest}, {@code CollectiveTest}, {@code CostTest}, {@code GoldenTest} and {@code SharingTest} show what is
 * claimed and how it is checked.
 */
package org.crunet;
