/**
 * What lies below the blocks: {@link org.crunet.tensor.NativeSettings} prepares the native tensor library,
 * {@link org.crunet.tensor.Gradients} keeps it from recording gradients, {@link org.crunet.tensor.Floats} opens an array's
 * memory to Java, and {@link org.crunet.tensor.Safetensors} keeps arrays in files that Python reads too.
 */
package org.crunet.tensor;
