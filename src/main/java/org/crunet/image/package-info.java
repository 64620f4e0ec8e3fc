/**
 * One picture: decoded, turned upright, cut, resized. Start with {@link org.crunet.image.Photograph}.
 */
package org.crunet.image;
