/**
 * Labelled images in memory or on disk, augmented, and batches of them in order. Start with {@link org.crunet.data.ImageSet},
 * which everything here makes and all else reads; one line says which images, and nothing else changes:
 *
 * <pre>{@code
 * var data = ImageFolder.of("photos").size(64).split(0.2);
 * var data = Places365.of("/data/places365").size(224).split();
 * }</pre>
 */
package org.crunet.data;
