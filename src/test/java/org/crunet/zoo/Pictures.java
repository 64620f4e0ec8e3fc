package org.crunet.zoo;

import java.awt.image.BufferedImage;

/** Pictures that look different everywhere. */
final class Pictures {

    private Pictures() {}

    static BufferedImage coloured(int width, int height) {
        return fill(new BufferedImage(width, height, BufferedImage.TYPE_INT_RGB));
    }

    static BufferedImage grey(int width, int height) {
        return fill(new BufferedImage(width, height, BufferedImage.TYPE_BYTE_GRAY));
    }

    private static BufferedImage fill(BufferedImage image) {
        for (int y = 0; y < image.getHeight(); y++) {
            for (int x = 0; x < image.getWidth(); x++) {
                image.setRGB(x, y, x * 5 % 256 << 16 | y * 4 % 256 << 8 | (x * y + 7) % 256);
            }
        }
        return image;
    }
}
