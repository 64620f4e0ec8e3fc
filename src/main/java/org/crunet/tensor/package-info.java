/**
 * What lies below the blocks: {@link org.crunet.tensor.NativeSettings} prepares the native tensor library and
 * {@link org.crunet.tensor.Gradients} keeps it from recording gradients.
 */
package org.crunet.tensor;
