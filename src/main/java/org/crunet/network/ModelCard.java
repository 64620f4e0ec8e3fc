package org.crunet.network;

import static org.crunet.base.Records.with;

import java.util.Locale;
import java.util.Objects;

/**
 * What is to be known of published weights.
 *
 * @param about what the network is
 * @param data what it learned from
 * @param recipe how, and from which seed
 * @param accuracy what was measured, on what, with which interval
 * @param commit the code that trained it
 * @param licence its short name, such as {@code apache-2.0}
 */
public record ModelCard(String about, String data, String recipe, String accuracy, String commit, String licence) {

    /** A card that says nothing yet. */
    public static final ModelCard EMPTY = new ModelCard("", "", "", "", "", "");

    /** Throws NullPointerException if a text is null. */
    public ModelCard {
        for (String text : new String[] {about, data, recipe, accuracy, commit, licence}) {
            Objects.requireNonNull(text, "a text of the card is null");
        }
    }

    /** Returns this card with another {@link #about}. */
    public ModelCard withAbout(String text) {
        return with(this, "about", text);
    }

    /** Returns this card with other {@link #data}. */
    public ModelCard withData(String text) {
        return with(this, "data", text);
    }

    /** Returns this card with another {@link #recipe}. */
    public ModelCard withRecipe(String text) {
        return with(this, "recipe", text);
    }

    /** Returns this card with another {@link #accuracy}. */
    public ModelCard withAccuracy(String text) {
        return with(this, "accuracy", text);
    }

    /** Returns this card with another {@link #commit}. */
    public ModelCard withCommit(String text) {
        return with(this, "commit", text);
    }

    /** Returns this card with another {@link #licence}. */
    public ModelCard withLicence(String text) {
        return with(this, "licence", text);
    }

    /** As hubs for weights show it: a header for their search, then text. */
    String markdown(Network network) {
        String header = (licence.isEmpty() ? "" : "license: " + licence + "\n")
                + "pipeline_tag: image-classification\nlibrary_name: crunet\ntags:\n- image-classification\n- residual-network\n";
        String size = String.format(
                Locale.ROOT,
                "%,d parameters, %,d multiply-adds for an image %s.",
                network.parameters(),
                network.cost().multiplyAdds(),
                network.input());
        return "---\n" + header + "---\n\n# " + network.name() + "\n\n" + (about.isEmpty() ? "" : about + "\n\n") + size
                + "\n" + section("Data", data) + section("Training", recipe) + section("Accuracy", accuracy)
                + section("Code", commit) + section("Licence", licence)
                + "\n## Use\n\n```java\nNetwork network = Networks.load(\"folder\");\n```\n";
    }

    private static String section(String title, String text) {
        return text.isEmpty() ? "" : "\n## " + title + "\n\n" + text + "\n";
    }
}
