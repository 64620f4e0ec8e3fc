/**
 * Labelled images for training and evaluation: painted by a program, read from a folder, or taken from a data set of
 * DJL's. One line in a notebook says which, and nothing else changes:
 *
 * <pre>{@code
 * var data = Scenes.painted(32).seed(1).split(4000, 800);
 * var data = ImageFolder.of("/data/cifar10").size(32).split();
 * var data = ImageFolder.of("photos").size(64).split(0.2);
 * var data = Places365.of("/data/places365").size(224).split();
 * var data = DjlImages.cifar10();
 * }</pre>
 *
 * <p>Read {@link org.crunet.data.ImageSet} first: the images of one split, in memory or in files, which everything here
 * makes and all else reads; {@link org.crunet.data.Splits} is a pair of them. Then {@link org.crunet.data.Scenes}, the painter. How it
 * paints is in {@code Paths}, {@code Towers}, {@code Landscapes} and {@code Ridges}, a method a category; their common
 * sky is {@code Backdrop}, their tools are {@code Canvas}, {@code Shape}, {@code Noise}, {@code Light} and {@code Dice},
 * and {@code Camera} and {@code Film} make two pictures of one category as different as two photographs.
 *
 * <p>{@code ClassFolders} lists files, and a file becomes a {@code Picture} in {@code Photograph}; {@link org.crunet.data.Augmentation} says how a training
 * image differs from epoch to epoch, with {@code Resize} and {@code ColourShift} as its tools. {@link org.crunet.data.Loader}
 * makes batches of them ahead of whoever takes them.
 */
package org.crunet.data;
