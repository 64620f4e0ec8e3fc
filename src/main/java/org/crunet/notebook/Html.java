package org.crunet.notebook;

/** Pieces of HTML that follow the theme of the viewer: they inherit its colours and set none of their own. */
final class Html {
    private Html() {}

    static String escape(String text) {
        return text.replace("&", "&amp;")
                .replace("<", "&lt;")
                .replace(">", "&gt;")
                .replace("\"", "&quot;")
                .replace("'", "&#39;");
    }

    static String unescape(String html) {
        return html.replace("&quot;", "\"")
                .replace("&#39;", "'")
                .replace("&lt;", "<")
                .replace("&gt;", ">")
                .replace("&amp;", "&");
    }

    /** Quiet lines below a table or a picture; nothing when there is nothing to say. */
    static String note(String text) {
        return text.isEmpty()
                ? ""
                : "<div style=\"font-size: 90%; opacity: 0.75\">" + escape(text).replace("\n", "<br>") + "</div>";
    }
}
