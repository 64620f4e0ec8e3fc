/**
 * What the native library, libtorch, can do and DJL has no call for: its settings, memory and linear algebra. Start with
 * {@link org.crunet.torch.NativeSettings}.
 */
package org.crunet.torch;
