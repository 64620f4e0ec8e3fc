/**
 * What lies below the blocks: {@link org.crunet.tensor.NativeSettings} prepares the native tensor library and
 * {@link org.crunet.tensor.Gradients} keeps it from recording gradients. The algebra of
 * the paper (unfoldings, mode products, block terms) will live here.
 */
package org.crunet.tensor;
