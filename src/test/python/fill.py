"""The numbers a tensor of a given name holds in the golden tests: reproducible in any language, no file of weights.

The seed is the FNV-1a hash of the name (64 bits, UTF-8); number i of the flattened tensor is made of u, the top 24 bits
of number i of SplitMix64, as a fraction in [0, 1).
"""

import numpy as np


def uniform(name, size):
    seed = 0xCBF29CE484222325
    for byte in name.encode():
        seed = ((seed ^ byte) * 0x100000001B3) % 2**64
    z = np.uint64(seed) + np.arange(1, size + 1, dtype=np.uint64) * np.uint64(0x9E3779B97F4A7C15)
    z = (z ^ (z >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    z = (z ^ (z >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    z ^= z >> np.uint64(31)
    return (z >> np.uint64(40)).astype(np.float64) * 2.0**-24


def fill(name, shape):
    """The tensor of this name, computed in float64 and rounded to float32."""
    u = uniform(name, int(np.prod(shape)))
    if name == "input":
        values = 2 * (2 * u - 1)
    elif name == "coefficients" or name.startswith("probe:"):
        values = 2 * u - 1
    elif name.endswith("classifier.bias"):
        values = 0.2 * (2 * u - 1)
    elif len(shape) > 1:  # weight of a convolution or of the classifier: outputs first, then the fan-in
        values = (2 * u - 1) * np.sqrt(6 / np.prod(shape[1:]))
    elif name.endswith((".weight", ".running_var")):  # batch norm
        values = 0.5 + u
    else:  # .bias, .running_mean
        values = 0.4 * (2 * u - 1)
    return values.astype(np.float32).reshape(shape)
