/**
 * What the native library, libtorch, can do and DJL has no call for: its settings, its memory and the numbers in it. Start
 * with {@link org.crunet.torch.NativeSettings}.
 */
package org.crunet.torch;
