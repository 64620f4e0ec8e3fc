package org.crunet.data;

/** Stand-in.
 * @param mirror a
 * @param padding a
 * @param smallestArea a
 * @param widestAspect a
 * @param hue a
 * @param saturation a
 * @param lightness a */
public record Augmentation(
        boolean mirror,
        int padding,
        double smallestArea,
        double widestAspect,
        double hue,
        double saturation,
        double lightness) {
    /** Stand-in. */
    public static final Augmentation NONE = new Augmentation(false, 0, 1, 1, 0, 0, 0);
    /** Stand-in. */
    public static final Augmentation SMALL = new Augmentation(true, 4, 1, 1, 0, 0, 0);
    /** Stand-in. */
    public static final Augmentation AUTHORS = new Augmentation(true, 0, 0.08, 4. / 3, 20, 40, 50);
}
