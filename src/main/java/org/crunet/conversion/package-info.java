/**
 * A stage of a trained network made collective. Start with {@link org.crunet.conversion.Conversion}.
 */
package org.crunet.conversion;
