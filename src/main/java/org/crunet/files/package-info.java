/**
 * Named tensors in files, written whole or not at all, with a checksum. Start with {@link org.crunet.files.Safetensors}.
 */
package org.crunet.files;
