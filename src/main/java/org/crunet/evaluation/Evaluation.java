package org.crunet.evaluation;

import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.crunet.base.Names;
import org.crunet.data.ImageSet;
import org.crunet.network.Classifier;

/** How a network does on a set of images, from one run over it. */
public final class Evaluation {

    static final String TEN_CROPS = "ten crops, ";

    private final ImageSet images;
    private final float[][] probabilities;
    private final String how;
    private final List<Unread> unread;
    private final List<String> damaged;

    private Evaluation(
            ImageSet images, float[][] probabilities, String how, List<Unread> unread, List<String> damaged) {
        this.images = images;
        this.probabilities = probabilities;
        this.how = how;
        this.unread = unread;
        this.damaged = damaged;
    }

    /** An image that could not be read: its label, and a line with path and reason. */
    private record Unread(int label, String problem) {}

    /** Of the images that could be read. */
    static Evaluation of(ImageSet images, float[][] probabilities, String how, List<String> damaged) {
        int[] read = IntStream.range(0, images.size())
                .filter(i -> probabilities[i] != null)
                .toArray();
        List<Unread> unread = IntStream.range(0, images.size())
                .filter(i -> probabilities[i] == null)
                .mapToObj(i -> new Unread(
                        images.label(i), images.problem(i).orElse(images.describe(i) + ": it could not be read")))
                .toList();
        Evaluation all = new Evaluation(images, probabilities, how, unread, damaged);
        if (read.length == 0) {
            throw new IllegalArgumentException("none of the " + images.size() + " images of " + images.name()
                    + " can be read: " + Names.some(all.problems()));
        }
        return all.at(read);
    }

    /** The same of some of the images. */
    private Evaluation at(int... places) {
        ImageSet some = places.length == images.size() ? images : images.subset(places);
        float[][] rows = IntStream.of(places).mapToObj(i -> probabilities[i]).toArray(float[][]::new);
        return new Evaluation(some, rows, how, unread, damaged);
    }

    /**
     * Runs the network over all images.
     *
     * @param network a network with as many classes as the images have, whichever engine runs it
     * @param images labelled images
     * @return what it said about each
     * @throws IllegalArgumentException if the number or names of classes or the image size differ, no image can be read, or
     *     the network gives no numbers for one
     * @throws IllegalStateException if the network was closed
     * @throws java.util.concurrent.CancellationException if the thread is interrupted
     */
    public static Evaluation of(Classifier network, ImageSet images) {
        return Evaluator.PLAIN.of(network, images);
    }

    /**
     * Runs the network over ten crops of every image, as the paper evaluates on Places365, and averages the probabilities: four
     * corners and the centre, and each of the five mirrored. Images in memory are cut out of the small picture that is kept,
     * enlarged; use {@code ImageFolder.onDisk()} to cut them out of the whole photograph.
     *
     * @param network a network with as many classes as the images have, whichever engine runs it
     * @param images labelled images
     * @return what it said about each
     * @throws IllegalArgumentException if the number or names of classes or the image size differ, no image can be read, or
     *     the network gives no numbers for one
     * @throws IllegalStateException if the network was closed
     * @throws java.util.concurrent.CancellationException if the thread is interrupted
     */
    public static Evaluation tenCrop(Classifier network, ImageSet images) {
        return Evaluator.PLAIN.tenCrop(network, images);
    }

    /**
     * A folder that keeps what is evaluated, so that it can go on after the kernel was restarted. What was evaluated is told
     * from other things by the network's weights, the classes and the images: their pixels or, of images that stay on disk,
     * their names with the sizes and times of change of their files.
     *
     * @param folder such as {@code runs/places}; made when it is not there
     * @return how to evaluate: call {@code of} or {@code tenCrop} on it
     * @throws IllegalArgumentException if the name is blank
     */
    public static Evaluator in(String folder) {
        return Evaluator.PLAIN.in(folder);
    }

    /**
     * Other machines that evaluate, with the same result.
     *
     * @param master the name of a cluster of Apache Spark, such as {@code local[2]}, {@code spark://host:7077}, {@code yarn};
     *     {@code here} for this process, whatever the environment says in {@code CRUNET_MASTER}
     * @return how to evaluate: call {@code of} or {@code tenCrop} on it
     */
    public static Evaluator on(String master) {
        return Evaluator.PLAIN.on(master);
    }

    /**
     * The images that could not be read and are in none of the numbers, and what else was passed over.
     *
     * @return a line each, with path and reason
     */
    public List<String> problems() {
        return Stream.concat(unread.stream().map(Unread::problem).distinct(), damaged.stream())
                .toList();
    }

    /**
     * Fraction of images whose label is the most probable class.
     *
     * @return top-1 accuracy in [0, 1]
     */
    public double top1() {
        return topK(1);
    }

    /**
     * Fraction of images whose label is among the {@code k} most probable classes.
     *
     * @param k number of guesses allowed, from 1 to the number of classes
     * @return top-k accuracy in [0, 1]
     * @throws IllegalArgumentException if there are not so many classes
     */
    public double topK(int k) {
        int classes = images.classes().size();
        if (k < 1 || k > classes) {
            throw new IllegalArgumentException("k must be from 1 to the number of classes, " + classes + ": " + k);
        }
        return IntStream.range(0, images.size()).filter(i -> rank(i) < k).count() / (double) images.size();
    }

    /** How many classes are more probable than the labelled one. */
    private int rank(int image) {
        float[] row = probabilities[image];
        int label = images.label(image);
        return (int) IntStream.range(0, row.length)
                .filter(c -> row[c] > row[label] || row[c] == row[label] && c < label)
                .count();
    }

    /**
     * Tells whether two evaluations agree to the last bit, as those of one network on any number of cores and machines do.
     *
     * @return the sum of the bit patterns of all probabilities
     */
    public long bits() {
        long sum = 0;
        for (float[] row : probabilities) {
            for (float probability : row) {
                sum += Float.floatToRawIntBits(probability);
            }
        }
        return sum;
    }

    /**
     * How often each class is taken for each.
     *
     * @return counts {@code [actual][predicted]}
     */
    public int[][] confusion() {
        int classes = images.classes().size();
        int[][] counts = new int[classes][classes];
        for (int i = 0; i < images.size(); i++) {
            counts[images.label(i)][best(i)]++;
        }
        return counts;
    }

    /**
     * The names of the classes, in the order of {@link #confusion}.
     *
     * @return as many as the images have
     */
    public List<String> classes() {
        return images.classes();
    }

    /**
     * What the network says about the images of some classes.
     *
     * @param names of classes of the images, such as {@code beach} and {@code desert/sand} (or {@code desert-sand})
     * @return the same evaluation without the other images
     * @throws IllegalArgumentException if there is no such class, or no image of them; the message has the nearest
     */
    public Evaluation only(String... names) {
        if (names.length == 0) {
            throw new IllegalArgumentException(
                    "name a class at least, as in only(\"" + classes().get(0) + "\")");
        }
        List<String> wanted = Stream.of(names).map(this::known).toList();
        int[] places = IntStream.range(0, images.size())
                .filter(i -> wanted.contains(classes().get(images.label(i))))
                .toArray();
        if (places.length == 0) {
            throw new IllegalArgumentException("there are no images of " + wanted + " in " + images.name());
        }
        return new Evaluation(
                        images,
                        probabilities,
                        how,
                        unread.stream()
                                .filter(one -> wanted.contains(classes().get(one.label())))
                                .toList(),
                        damaged)
                .at(places);
    }

    private String known(String name) {
        return Stream.of(name, name.replace('-', '/'))
                .filter(classes()::contains)
                .findFirst()
                .orElseThrow(() ->
                        new IllegalArgumentException("there is no class " + name + ": " + Names.near(name, classes())));
    }

    /**
     * The same in groups of classes, such as indoor and outdoor: a group is as probable as its classes together.
     *
     * @param groups name of the group of every class that has images, as from {@code Places365.groups}; a class without
     *     images, such as {@link #only} leaves out, may have none and then stays by itself
     * @return an evaluation whose classes are the groups
     * @throws IllegalArgumentException if a class with images has no group; the message lists the first few
     */
    public Evaluation grouped(Map<String, String> groups) {
        Map<String, String> every = new HashMap<>(groups);
        int[][] confusion = confusion();
        for (int c = 0; c < confusion.length; c++) {
            if (IntStream.of(confusion[c]).sum() == 0) {
                every.putIfAbsent(classes().get(c), classes().get(c));
            }
        }
        ImageSet grouped = images.grouped(every);
        int[] group = classes().stream()
                .mapToInt(name -> grouped.classes().indexOf(every.get(name)))
                .toArray();
        float[][] sums = new float[images.size()][grouped.classes().size()];
        for (int i = 0; i < sums.length; i++) {
            for (int c = 0; c < group.length; c++) {
                sums[i][group[c]] += probabilities[i][c];
            }
        }
        List<Unread> left = unread.stream()
                .map(one -> new Unread(group[one.label()], one.problem()))
                .toList();
        return new Evaluation(grouped, sums, how, left, damaged);
    }

    /**
     * How it does on each class that has images, the worst first.
     *
     * @return a row a class
     */
    public List<ClassScore> byClass() {
        int[][] confusion = confusion();
        return IntStream.range(0, confusion.length)
                .filter(c -> IntStream.of(confusion[c]).sum() > 0)
                .mapToObj(c -> ClassScore.of(c, confusion[c], only(classes().get(c))))
                .sorted(Comparator.comparingDouble(ClassScore::top1))
                .toList();
    }

    /**
     * Whether the network is right as often as it is sure: its answers by their probability, in bins of equal width.
     *
     * @param bins how many
     * @return the bins that have answers
     * @throws IllegalArgumentException if it is less than 1
     */
    public Calibration calibration(int bins) {
        float[] sure = new float[images.size()];
        boolean[] right = new boolean[images.size()];
        for (int i = 0; i < sure.length; i++) {
            sure[i] = probabilities[i][best(i)];
            right[i] = best(i) == images.label(i);
        }
        return Calibration.of(toString(), sure, right, bins);
    }

    /**
     * Images with what the network says, taken evenly from the whole set: folders are read class by class.
     *
     * @param number how many; all of them if there are fewer
     * @return one prediction an image, shown as a picture
     * @throws IllegalArgumentException if the number is negative
     */
    public List<Prediction> predictions(int number) {
        return evenly(IntStream.range(0, images.size()).toArray(), number);
    }

    /**
     * Images the network gets wrong, taken evenly from all of those.
     *
     * @param number how many; all of them if there are fewer
     * @return one prediction an image, shown as a picture
     * @throws IllegalArgumentException if the number is negative
     */
    public List<Prediction> mistakes(int number) {
        return evenly(
                IntStream.range(0, images.size())
                        .filter(i -> best(i) != images.label(i))
                        .toArray(),
                number);
    }

    /**
     * The worst mistakes: images the network gets wrong, the ones it is surest of first.
     *
     * @param number how many; all of them if there are fewer
     * @return one prediction an image, shown as a picture
     * @throws IllegalArgumentException if the number is negative
     */
    public List<Prediction> worst(int number) {
        mustNotBeNegative(number);
        return IntStream.range(0, images.size())
                .filter(i -> best(i) != images.label(i))
                .boxed()
                .sorted(Comparator.comparingDouble(i -> -probabilities[i][best(i)]))
                .limit(number)
                .map(this::prediction)
                .toList();
    }

    private List<Prediction> evenly(int[] indices, int number) {
        mustNotBeNegative(number);
        int shown = Math.min(number, indices.length);
        return IntStream.range(0, shown)
                .mapToObj(i -> prediction(indices[(int) ((long) i * indices.length / shown)]))
                .toList();
    }

    private static void mustNotBeNegative(int number) {
        if (number < 0) {
            throw new IllegalArgumentException("the number of images must not be negative: " + number);
        }
    }

    private Prediction prediction(int i) {
        int best = best(i);
        return new Prediction(
                images.image(i),
                images.classes().get(images.label(i)),
                images.classes().get(best),
                probabilities[i][best],
                images.describe(i));
    }

    private int best(int image) {
        float[] row = probabilities[image];
        return IntStream.range(1, row.length).reduce(0, (best, c) -> row[c] > row[best] ? c : best);
    }

    @Override
    public String toString() {
        String left = unread.isEmpty() ? "" : "; " + unread.size() + " could not be read, see problems()";
        return String.format(
                Locale.ROOT,
                "%stop-1 %.1f %% on %d images of %s%s",
                how,
                100 * top1(),
                images.size(),
                images.name(),
                left);
    }
}
