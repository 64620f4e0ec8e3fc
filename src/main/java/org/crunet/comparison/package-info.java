/**
 * Several networks trained alike, from the same seeds on the same images, and compared. Start with
 * {@link org.crunet.comparison.Compare}.
 */
package org.crunet.comparison;
