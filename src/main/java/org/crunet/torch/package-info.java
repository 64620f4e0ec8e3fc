/**
 * What the native library, libtorch, can do and DJL has no call for: its settings, memory, linear algebra and half precision. Start with
 * {@link org.crunet.torch.NativeSettings}.
 */
package org.crunet.torch;
