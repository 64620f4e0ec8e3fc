package org.crunet.notebook;

import java.nio.file.Path;
import java.util.Optional;
import java.util.UUID;
import java.util.function.Consumer;
import org.crunet.data.Splits;
import org.crunet.network.Architecture;
import org.crunet.torch.Gradients;
import org.crunet.training.Recipe;
import org.crunet.training.RunFolder;
import tech.tablesaw.api.Table;
import tech.tablesaw.plotly.components.Figure;

/**
 * The notebook this program runs in, if any.
 *
 * <p>A kernel's start-up script calls {@link #start()}; after that the last expression of a cell shows a table, a
 * chart, an array, a picture, a network. Everything here also works in a plain program, where it prints text.
 */
public final class Notebook {
    private static Object started;

    private Notebook() {}

    /**
     * Tells the running kernel how to show this library's types, that cells record no gradients and, once a cell runs, that
     * stopping one takes back those that wait; does nothing outside a kernel or the second time.
     */
    public static synchronized void start() {
        Optional<Kernel> running = Kernel.running();
        running.filter(kernel -> kernel.instance() != started).ifPresent(kernel -> {
            Views.ALL.forEach(kernel::show);
            kernel.beginThreads(Gradients::off);
            started = kernel.instance();
        });
        running.ifPresent(Kernel::stopWaitingCells);
    }

    /**
     * Shows a value now, in the middle of a cell.
     *
     * @param value what to show; a plain program prints its text
     * @return the place where it is shown, which can show something else later
     */
    public static Display display(Object value) {
        start();
        Optional<Kernel> kernel = Kernel.running();
        String id = UUID.randomUUID().toString();
        kernel.ifPresentOrElse(k -> k.display(id, value), () -> print(value));
        return new Display(next -> kernel.ifPresentOrElse(k -> replace(k, id, next), () -> print(next)));
    }

    private static void print(Object value) {
        System.out.println(Views.of(value).text());
    }

    /** JupyterLab's renderer for plotly.js ignores updates of what it has drawn: another kind of output comes between. */
    private static void replace(Kernel kernel, String id, Object value) {
        if (value instanceof Chart || value instanceof Figure) {
            kernel.update(id, Output.text(""));
        }
        kernel.update(id, value);
    }

    /**
     * Returns the versions and the machine a result was obtained with.
     *
     * @return a table with a row for each; loads the tensor engine
     */
    public static Table about() {
        return Tables.of(About.parts());
    }

    /**
     * Returns a folder for a training of its own: its name depends on all that the training depends on, so that another network, other
     * images or another recipe train in another folder, and the same come back from it.
     *
     * @param architecture what is trained
     * @param data images to learn from and to measure on
     * @param recipe how it is trained
     * @return such as {@code runs/small-cru-net-seed-1-0badcafe0badcafe}
     */
    public static String folder(Architecture architecture, Splits data, Recipe recipe) {
        return RunFolder.of(Path.of("runs"), architecture, data, recipe).toString();
    }

    /** A place in the notebook that shows one value at a time. */
    public static final class Display {
        private final Consumer<Object> place;

        private Display(Consumer<Object> place) {
            this.place = place;
        }

        /**
         * Shows another value in the same place.
         *
         * @param value what to show from now on; ignored between cells
         */
        public void update(Object value) {
            place.accept(value);
        }

        @Override
        public String toString() {
            return "shown above";
        }
    }
}
