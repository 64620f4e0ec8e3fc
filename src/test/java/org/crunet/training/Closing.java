package org.crunet.training;

import ai.djl.Device;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Random;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.function.UnaryOperator;
import java.util.stream.Stream;
import org.crunet.conversion.Conversion;
import org.crunet.data.ImageSet;
import org.crunet.data.Splits;
import org.crunet.evaluation.Evaluation;
import org.crunet.exchange.Onnx;
import org.crunet.network.Architecture;
import org.crunet.network.Classifier;
import org.crunet.network.Network;
import org.crunet.network.Networks;
import org.crunet.scenes.Scenes;

/** What {@link ClosingTest} runs in a process of its own: networks are closed, and the process is, while threads are at work. */
public final class Closing {

    private static final Architecture SMALL = Networks.smallResNeXt(32).withClasses(8);
    private static final ImageSet IMAGES = Scenes.painted(32).images(48);

    private final Random random = new Random(2);
    private final int rounds;
    private final Path folder;

    private Closing(int rounds, Path folder) {
        this.rounds = rounds;
        this.folder = folder;
    }

    /** Done again and again, until what it is done with was closed. */
    @FunctionalInterface
    private interface Work {

        void run() throws Exception;
    }

    /**
     * Closes networks.
     *
     * @param args how often of each kind, and a folder; or that alone, for a training that ends its own process
     * @throws Exception if work with what was closed ended otherwise than by saying so
     */
    public static void main(String... args) throws Exception {
        if (args.length == 1) {
            train(Path.of(args[0]), pass -> System.exit(3));
        }
        Closing closing = new Closing(Integer.parseInt(args[0]), Path.of(args[1]));
        closing.networks();
        closing.parts();
        closing.files();
        closing.process();
    }

    private void networks() throws Exception {
        network("forward", network -> forward(network::forward));
        network("features", network -> forward(network::features));
        network("fingerprint", network -> network::fingerprint);
        network("saved", network -> () -> network.save(Files.createTempFile(folder, "x", ".safetensors")));
        network("sent", network -> network::toSerializable);
        network("evaluated", network -> () -> Evaluation.of(network, IMAGES));
        network(
                "converted",
                network -> () -> Conversion.of(network, "conv3")
                        .calibratedOn(IMAGES)
                        .control(1)
                        .close());
        network("kernels", network -> () -> Conversion.kernels(network, "conv3", IMAGES));
        network(
                "trained",
                network -> () -> Training.fit(
                        network,
                        new Splits(IMAGES, IMAGES),
                        Recipe.QUICK.withEpochs(99).withBatchSize(8),
                        TrainingListener.SILENT));
    }

    private void network(String what, Function<Network, Work> work) throws Exception {
        for (int round = 0; round < rounds; round++) {
            Network network = SMALL.build(round);
            NDArray weight = network.weight("head.classifier.weight");
            closed(what, network, work.apply(network));
            if (!weight.isReleased()) {
                throw new IllegalStateException(what + ": nobody is inside, and its memory is not freed");
            }
        }
    }

    private void parts() throws Exception {
        for (int round = 0; round < rounds; round++) {
            try (Network network = SMALL.build(round)) {
                Classifier.Folded folded = network.folded();
                closed("folded", folded, forward(folded::forward));
            }
        }
    }

    private void files() throws Exception {
        Path file = folder.resolve("x.onnx");
        try (Network network = SMALL.build()) {
            Onnx.save(network, file);
        }
        for (int round = 0; round < rounds; round++) {
            var forward = Onnx.open(file);
            closed("ONNX forward", forward, forward(forward::forward));
            var evaluated = Onnx.open(file);
            closed("ONNX evaluated", evaluated, () -> Evaluation.of(evaluated, IMAGES));
        }
    }

    /** The whole process, in the middle of a step, when a part of its batch is done. */
    private void process() {
        AtomicInteger calls = new AtomicInteger();
        train(folder.resolve("run"), pass -> {
            if (calls.incrementAndGet() == 9) {
                new Thread(() -> System.exit(0)).start();
                while (!Thread.currentThread().isInterrupted()) {
                    Thread.onSpinWait();
                }
            }
        });
    }

    /** With a term of the loss that is nothing and does something. */
    static Run train(Path folder, Consumer<Pass> meanwhile) {
        Recipe recipe = Recipe.QUICK
                .withEpochs(1)
                .withBatchSize(8)
                .withAccumulationSteps(4)
                .plus("nothing", 1, pass -> {
                    meanwhile.accept(pass);
                    return pass.logits().sum().mul(pass.number(0));
                });
        return Training.in(folder.toString()).fit(SMALL, new Splits(IMAGES, IMAGES), recipe, TrainingListener.SILENT);
    }

    private static Work forward(UnaryOperator<NDArray> forward) {
        return () -> {
            try (NDManager own = NDManager.newBaseManager(Device.cpu())) {
                forward.apply(own.ones(new Shape(8, 3, 32, 32))).toFloatArray();
            }
        };
    }

    /** While two threads are at work; both must end by saying that it was closed. */
    private void closed(String what, AutoCloseable open, Work work) throws Exception {
        var threads = Stream.generate(() -> new FutureTask<Void>(() -> {
                    while (true) {
                        work.run();
                    }
                }))
                .limit(2)
                .toList();
        threads.forEach(one -> new Thread(one, what).start());
        Thread.sleep(20 + random.nextInt(60));
        open.close();
        for (FutureTask<Void> thread : threads) {
            try {
                thread.get(20, TimeUnit.SECONDS);
            } catch (ExecutionException e) {
                boolean said = e.getCause() instanceof IllegalStateException why
                        && why.getMessage().contains(" was closed: ");
                if (!said) {
                    throw new IllegalStateException(what + " ended otherwise", e);
                }
            }
        }
        System.out.println(what);
    }
}
