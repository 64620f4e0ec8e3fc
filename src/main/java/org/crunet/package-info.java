/**
 * Collective residual units for Java notebooks. A package has one purpose and leans on those before it alone:
 *
 * <ol>
 *   <li>{@link org.crunet.base}: checks and the words of errors, records as data, progress, threads.
 *   <li>{@link org.crunet.torch}: what libtorch can do and DJL has no call for.
 *   <li>{@link org.crunet.image}: one picture, decoded, turned upright, cut, resized.
 *   <li>{@link org.crunet.files}: named tensors in files, whole or not at all, with a checksum; records as lines; folders
 *       found by a key.
 *   <li>{@link org.crunet.tensor}: multilinear algebra and the paper's decompositions.
 *   <li>{@link org.crunet.block}: the collective residual unit as a block, and others. Start reading here, with
 *       {@code CollectiveUnit}.
 *   <li>{@link org.crunet.network}: the table of networks, and one of them built, counted and saved.
 *   <li>{@link org.crunet.data}: labelled images in memory or on disk, augmented, and batches of them in order.
 *   <li>{@link org.crunet.scenes}: a painter, so that no notebook needs a download.
 *   <li>{@link org.crunet.evaluation}: a trained network is run over images, and how well it does is measured.
 *   <li>{@link org.crunet.training}: one network learns: recipe, loop, checkpoints.
 *   <li>{@link org.crunet.conversion}: a stage of a trained network made collective.
 *   <li>{@link org.crunet.comparison}: several networks trained alike, and compared.
 *   <li>{@link org.crunet.zoo}: the networks as models of a DJL zoo.
 *   <li>{@link org.crunet.exchange}: weights and networks of other programs: MXNet's, PyTorch's, ONNX files.
 *   <li>{@link org.crunet.notebook}: how all of it is shown: tables, charts and their colours, drawings, live progress.
 *   <li>{@code org.crunet.spark}, in {@code src/spark}: what is sent to a cluster of Apache Spark and what comes back.
 * </ol>
 *
 * <p>Words, decided once:
 *
 * <ul>
 *   <li>{@code fit} trains, and in a folder begins or goes on; {@code requireCompatible} asks whether a network and images go
 *       together; {@code require} throws, with cause, value and fix.
 *   <li>{@code withX} returns a copy of a record with one field changed. A bare word, such as {@code size}, {@code seeds},
 *       {@code in} or {@code on}, is a step of a sentence that ends in a verb: {@code ImageFolder.of("photos").size(32).split()}.
 *   <li>{@code named} gives code a name, which is all that tells it apart.
 *   <li>A folder is a {@code String}, as one types it; a file is a {@code Path}.
 *   <li>{@code problems()} are what was left out or passed over, a line each. {@code fingerprint()} says what something is, a
 *       key is the beginning of a checksum of that, and neither has words for people in it.
 *   <li>An interrupt ends a training and a comparison with what they have, a factorisation with the best so far, an evaluation
 *       and the reading of weights with a {@code CancellationException}.
 *   <li>The field's terms: class activation map, heat map, ten crops, color jitter (spelt {@code withColourJitter}: words are
 *       British), alternating least squares ({@code AlsSettings}), Tucker, CP, block terms.
 * </ul>
 *
 * <p>{@code TensorlyTest}, {@code CollectiveTest}, {@code CostTest}, {@code GoldenTest} and {@code SharedTrainingTest} show
 * what is claimed and how it is checked.
 */
package org.crunet;
