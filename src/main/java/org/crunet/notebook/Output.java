package org.crunet.notebook;

import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * One value as a viewer gets it: the same thing in several MIME types, of which each viewer takes the richest it knows.
 *
 * @param data MIME type to content; always has {@code text/plain}
 */
record Output(Map<String, Object> data) {
    static final String TEXT = "text/plain";
    static final String HTML = "text/html";
    static final String PNG = "image/png";
    static final String SVG = "image/svg+xml";
    static final String PLOTLY = "application/vnd.plotly.v1+json";

    static Output text(String text) {
        return new Output(Map.of(TEXT, text));
    }

    static Output html(String html, String text) {
        return text(text).and(HTML, html);
    }

    /** SVG as a picture in HTML too, because JupyterLab shows no SVG in a notebook that was merely opened. */
    static Output drawing(String svg, String text, String below) {
        String data = Base64.getEncoder().encodeToString(svg.getBytes(StandardCharsets.UTF_8));
        String image = Numbers.format(
                "<img src=\"data:image/svg+xml;base64,%s\" alt=\"%s\" style=\"max-width: 100%%\"/>",
                data, Html.escape(text));
        return text(text).and(SVG, svg).and(HTML, image + below);
    }

    Output and(String type, Object content) {
        var all = new LinkedHashMap<>(data);
        all.put(type, content);
        return new Output(all);
    }

    String text() {
        return (String) data.get(TEXT);
    }

    /** The text form, which is what a plain program prints. */
    @Override
    public String toString() {
        return text();
    }
}
