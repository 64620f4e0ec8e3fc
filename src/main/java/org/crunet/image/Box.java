package org.crunet.image;

/** A part of a picture, in pixels from its left top corner. */
public record Box(int left, int top, int width, int height) {

    /** The part of this size in the middle of a picture. */
    public static Box centre(Picture picture, int width, int height) {
        return new Box((picture.width() - width) / 2, (picture.height() - height) / 2, width, height);
    }

    /** The largest part in the middle with sides as height and width. */
    public static Box largest(Picture picture, int height, int width) {
        double scale = Math.min((double) picture.width() / width, (double) picture.height() / height);
        return centre(picture, side(width * scale), side(height * scale));
    }

    /** A whole number of pixels, at least one. */
    public static int side(double pixels) {
        return (int) Math.max(1, Math.min(Integer.MAX_VALUE, Math.round(pixels)));
    }

    public Box in(Picture picture) {
        if (left < 0
                || top < 0
                || width < 1
                || height < 1
                || left > picture.width() - width
                || top > picture.height() - height) {
            throw new IllegalArgumentException("No part of " + width + " x " + height + " pixels at " + left + ", "
                    + top + " in a picture of " + picture.width() + " x " + picture.height());
        }
        return this;
    }
}
