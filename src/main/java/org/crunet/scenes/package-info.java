/**
 * A painter of labelled pictures, so that no notebook needs a download. Start with {@link org.crunet.scenes.Scenes}; how it
 * paints is in {@code Paths}, {@code Towers}, {@code Landscapes} and {@code Ridges}, a method a category.
 */
package org.crunet.scenes;
