package org.crunet.evaluation;

import static org.crunet.base.Errors.require;

import java.util.BitSet;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.crunet.base.Cluster;
import org.crunet.base.Names;
import org.crunet.data.ImageSet;
import org.crunet.network.Classifier;
import org.crunet.torch.Precision;

/** The scores of a network on a set of images, from one run over it. */
public final class Evaluation {

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

    /** Of the images that could be read: those that have a row. */
    static Evaluation of(ImageSet images, float[][] rows, String how, List<String> damaged) {
        List<Unread> unread = IntStream.range(0, images.size())
                .filter(i -> rows[i] == null)
                .mapToObj(i -> new Unread(
                        images.label(i), images.problem(i).orElse(images.describe(i) + ": it could not be read")))
                .toList();
        Evaluation all = new Evaluation(images, rows, how, unread, damaged);
        require(
                unread.size() < rows.length,
                () -> "no image of " + images.name() + " can be read: " + Names.some(all.problems()));
        return all.at(IntStream.range(0, rows.length).filter(i -> rows[i] != null), unread);
    }

    private Evaluation at(IntStream some, List<Unread> theirs) {
        int[] places = some.toArray();
        float[][] rows = IntStream.of(places).mapToObj(i -> probabilities[i]).toArray(float[][]::new);
        ImageSet chosen = places.length == images.size() ? images : images.subset(places);
        return new Evaluation(chosen, rows, how, theirs, damaged);
    }

    /**
     * Runs a network over all images, as {@link Evaluator#of}.
     *
     * @param network a network with as many classes as the images have, whichever engine runs it
     * @param images labelled images
     * @return what it says about each
     */
    public static Evaluation of(Classifier network, ImageSet images) {
        return Evaluator.PLAIN.of(network, images);
    }

    /**
     * Runs a network over ten crops of every image, as {@link Evaluator#tenCrop}.
     *
     * @param network a network with as many classes as the images have, whichever engine runs it
     * @param images labelled images
     * @return what it says about each, in the mean over the crops
     */
    public static Evaluation tenCrop(Classifier network, ImageSet images) {
        return Evaluator.PLAIN.tenCrop(network, images);
    }

    /**
     * Returns how to evaluate so that it can go on after the kernel was restarted, as {@link Evaluator#in}.
     *
     * @param folder keeps what the network says, such as {@code runs/places}; made when it is not there
     * @return call {@code of} or {@code tenCrop} on it
     * @throws IllegalArgumentException if the name is blank
     */
    public static Evaluator in(String folder) {
        return Evaluator.PLAIN.in(folder);
    }

    /**
     * Returns how to evaluate on other machines, with the same result, as {@link Evaluator#on}.
     *
     * @param master the name of a cluster, as for {@link Cluster#at}
     * @return call {@code of} or {@code tenCrop} on it
     */
    public static Evaluator on(String master) {
        return Evaluator.PLAIN.on(master);
    }

    /**
     * Returns how to evaluate with other numbers, as {@link Evaluator#precision}.
     *
     * @param precision such as {@code Precision.BF16}
     * @return call {@code of} or {@code tenCrop} on it
     */
    public static Evaluator precision(Precision precision) {
        return Evaluator.PLAIN.precision(precision);
    }

    /**
     * Returns how to evaluate in batches of another size, as {@link Evaluator#batchSize}.
     *
     * @param images number of images that are run together, on each core or on the GPU
     * @return call {@code of} or {@code tenCrop} on it
     */
    public static Evaluator batchSize(int images) {
        return Evaluator.PLAIN.batchSize(images);
    }

    /**
     * Returns what is in none of the numbers, and what was passed over: images that could not be read, and damaged files of the
     * folder.
     *
     * @return a line each, with path and reason
     */
    public List<String> problems() {
        return Stream.concat(unread.stream().map(Unread::problem).distinct(), damaged.stream())
                .toList();
    }

    /**
     * Returns what the network says about each image that could be read. Two evaluations of one network have the same, to the
     * last bit, on any number of cores and machines.
     *
     * @return a row an image, a column a class
     */
    public float[][] probabilities() {
        return Stream.of(probabilities).map(float[]::clone).toArray(float[][]::new);
    }

    /**
     * Returns the fraction of images whose label is the most probable class.
     *
     * @return top-1 accuracy in [0, 1]
     */
    public double top1() {
        return topK(1);
    }

    /**
     * Throws unless the network is about as good as it should be. So weights show that they are what they are taken for, and
     * images that they are prepared as the network needs them: the rest of a file may fit and mean something else.
     *
     * @param least the lowest top-1 accuracy, in [0, 1]
     * @param most the highest
     * @return this evaluation
     * @throws IllegalArgumentException if the bounds are no such range
     * @throws IllegalStateException if {@link #top1} is outside of it; the message has the numbers
     */
    public Evaluation expectTop1(double least, double most) {
        require(0 <= least && least <= most && most <= 1, "no range of top-1 from 0 to 1: " + least + " to " + most);
        if (top1() < least || top1() > most) {
            throw new IllegalStateException(String.format(
                    Locale.ROOT,
                    "%s: expected %.1f to %.1f %%: the weights may be of another network, or the classes in another order",
                    this,
                    100 * least,
                    100 * most));
        }
        return this;
    }

    /**
     * Returns the fraction of images whose label is among the {@code k} most probable classes.
     *
     * @param k number of guesses allowed, from 1 to the number of classes
     * @return top-k accuracy in [0, 1]
     * @throws IllegalArgumentException if there are not so many classes
     */
    public double topK(int k) {
        int classes = classes().size();
        require(k >= 1 && k <= classes, "k must be from 1 to the number of classes, " + classes + ": " + k);
        return every().filter(i -> rank(i) < k).count() / (double) images.size();
    }

    private IntStream every() {
        return IntStream.range(0, images.size());
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
     * Counts how often each class is taken for each.
     *
     * @return counts {@code [actual][predicted]}
     */
    public int[][] confusion() {
        int[][] counts = new int[classes().size()][classes().size()];
        every().forEach(i -> counts[images.label(i)][best(i)]++);
        return counts;
    }

    /**
     * Returns the names of the classes.
     *
     * @return in the order of {@link #confusion}
     */
    public List<String> classes() {
        return images.classes();
    }

    /**
     * Returns the evaluation of the images of some classes alone.
     *
     * @param names of classes of the images, such as {@code beach} and {@code desert/sand} (or {@code desert-sand})
     * @return the same without the other images
     * @throws IllegalArgumentException if there is no such class, or no image of them; the message has the nearest
     */
    public Evaluation ofClasses(String... names) {
        require(names.length > 0, "name a class at least, such as " + classes().get(0));
        List<Integer> wanted =
                Stream.of(names).map(name -> classes().indexOf(known(name))).toList();
        require(
                every().anyMatch(i -> wanted.contains(images.label(i))),
                () -> "there are no images of " + List.of(names) + " in " + images.name());
        return at(
                every().filter(i -> wanted.contains(images.label(i))),
                unread.stream().filter(one -> wanted.contains(one.label())).toList());
    }

    private String known(String name) {
        return Stream.of(name, name.replace('-', '/'))
                .filter(classes()::contains)
                .findFirst()
                .orElseThrow(() ->
                        new IllegalArgumentException("there is no class " + name + ": " + Names.near(name, classes())));
    }

    /**
     * Returns the same in groups of classes, such as indoor and outdoor: a group is as probable as its classes together.
     *
     * @param groups name of the group of every class that has images, as from {@code Places365.groups}; a class without
     *     images, such as {@link #ofClasses} leaves out, may have none and then stays by itself
     * @return an evaluation whose classes are the groups
     * @throws IllegalArgumentException if a class with images has no group; the message lists the first few
     */
    public Evaluation mergeClasses(Map<String, String> groups) {
        Map<String, String> merged = new HashMap<>(groups);
        IntStream.range(0, classes().size())
                .filter(c -> every().noneMatch(i -> images.label(i) == c))
                .mapToObj(classes()::get)
                .forEach(name -> merged.putIfAbsent(name, name));
        ImageSet grouped = images.grouped(merged);
        int[] group = classes().stream()
                .mapToInt(name -> grouped.classes().indexOf(merged.get(name)))
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
     * Returns how the network does on each class that has images, the worst first.
     *
     * @return a row a class
     */
    public List<ClassScore> byClass() {
        int[][] confusion = confusion();
        return IntStream.range(0, confusion.length)
                .filter(c -> IntStream.of(confusion[c]).sum() > 0)
                .mapToObj(
                        c -> ClassScore.of(c, confusion[c], ofClasses(classes().get(c))))
                .sorted(Comparator.comparingDouble(ClassScore::top1))
                .toList();
    }

    /**
     * Returns whether the network is right as often as it is sure: its answers by their probability, in bins of equal width.
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
     * Tests whether another network, or the same tested in another way, is right more often or less often on these images. Two
     * single trainings are compared so; what differs from seed to seed is not in it, as it is in {@code Comparison.differences()}.
     *
     * @param other the same images
     * @return McNemar's test, with this as the first
     * @throws IllegalArgumentException if it is of other images, or other ones could be read
     */
    public McNemar mcnemar(Evaluation other) {
        require(
                images.fingerprint().equals(other.images.fingerprint()),
                () -> "McNemar's test is for the same images, not " + this + " beside " + other
                        + ": evaluate both on one set");
        return McNemar.of(right(), other.right(), images.size());
    }

    private BitSet right() {
        return every().filter(i -> best(i) == images.label(i)).collect(BitSet::new, BitSet::set, BitSet::or);
    }

    /**
     * Returns images with what the network says, taken evenly from the whole set: folders are read class by class.
     *
     * @param number how many; all of them if there are fewer
     * @return one prediction an image, shown as a picture
     * @throws IllegalArgumentException if the number is negative
     */
    public List<Prediction> predictions(int number) {
        return evenly(every().toArray(), number);
    }

    /**
     * Returns images that the network gets wrong, taken evenly from all of those.
     *
     * @param number how many; all of them if there are fewer
     * @return one prediction an image, shown as a picture
     * @throws IllegalArgumentException if the number is negative
     */
    public List<Prediction> mistakes(int number) {
        return evenly(wrong().toArray(), number);
    }

    private IntStream wrong() {
        return every().filter(i -> best(i) != images.label(i));
    }

    /**
     * Returns images that the network gets wrong, those it is surest of first.
     *
     * @param number how many; all of them if there are fewer
     * @return one prediction an image, shown as a picture
     * @throws IllegalArgumentException if the number is negative
     */
    public List<Prediction> mostConfidentMistakes(int number) {
        mustNotBeNegative(number);
        return wrong().boxed()
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
        require(number >= 0, "the number of images must not be negative: " + number);
    }

    private Prediction prediction(int i) {
        int best = best(i);
        String actual = classes().get(images.label(i));
        return new Prediction(images.image(i), actual, classes().get(best), probabilities[i][best], images.describe(i));
    }

    private int best(int image) {
        return Inference.best(probabilities[image]);
    }

    @Override
    public String toString() {
        String left = unread.isEmpty() ? "" : "; " + unread.size() + " could not be read, see problems()";
        String score = String.format(Locale.ROOT, "top-1 %.1f %% on %d images of ", 100 * top1(), images.size());
        return how + score + images.name() + order() + left;
    }

    /** Which class is which, where numbers are in another order than their texts: a network of another library may have either. */
    private String order() {
        List<String> texts = classes().stream().sorted().toList();
        List<String> numbers = texts.stream().sorted(Names.BY_NUMBER).toList();
        boolean chosen = classes().equals(numbers) && !numbers.equals(texts);
        return chosen ? "; classes with whole numbers first, in their order: " + Names.some(numbers) : "";
    }
}
