package org.crunet.comparison;

import java.io.IOException;
import java.io.Reader;
import java.io.StringWriter;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Properties;

/** What a training came to that failed, in a text file of its folder: it would fail again and is not repeated. */
final class Failure {

    private final Path file;

    Failure(Path folder) {
        file = folder.resolve("failure.properties").toAbsolutePath();
    }

    boolean isThere() {
        return Files.exists(file);
    }

    void write(Member row) {
        Properties texts = new Properties();
        texts.setProperty("epochs", "" + row.epochs());
        texts.setProperty("trainLoss", "" + row.trainLoss());
        texts.setProperty("validationLoss", "" + row.validationLoss());
        texts.setProperty("top1", "" + row.top1());
        texts.setProperty("top5", "" + row.top5());
        texts.setProperty("seconds", "" + row.seconds());
        texts.setProperty("ending", row.ending());
        try {
            StringWriter all = new StringWriter();
            texts.store(all, "This training failed. Delete this file to have it tried again.");
            Files.writeString(file, all.toString());
        } catch (IOException e) {
            throw new UncheckedIOException("cannot write " + file, e);
        }
    }

    /**
     * The row, of which the file has all but what the network and the recipe say.
     *
     * @throws IllegalStateException if the file is damaged
     */
    Member read(Member without) {
        Properties texts = new Properties();
        try (Reader reader = Files.newBufferedReader(file)) {
            texts.load(reader);
        } catch (IOException | IllegalArgumentException e) {
            throw new IllegalStateException("cannot read " + file + ": delete it to train again", e);
        }
        return new Member(
                without.network(),
                without.parameters(),
                without.multiplyAdds(),
                without.seed(),
                (int) number(texts, "epochs"),
                number(texts, "trainLoss"),
                number(texts, "validationLoss"),
                number(texts, "top1"),
                number(texts, "top5"),
                number(texts, "seconds"),
                texts.getProperty("ending", "failed"));
    }

    private double number(Properties texts, String name) {
        String text = texts.getProperty(name, "nothing");
        try {
            return Double.parseDouble(text);
        } catch (NumberFormatException e) {
            throw new IllegalStateException(
                    file + " says " + name + "=" + text + ", which is no number: delete it to train again", e);
        }
    }
}
