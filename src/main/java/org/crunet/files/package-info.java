/**
 * Named tensors in files, written whole or not at all, with a checksum; records as comma-separated values; folders found by a key. Start with {@link org.crunet.files.Safetensors}.
 */
package org.crunet.files;
