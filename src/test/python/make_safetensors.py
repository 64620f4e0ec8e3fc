"""Writes src/test/resources/golden/python.safetensors: every number format, as Python's safetensors writes it.

Run in the project's root after `pip install safetensors==0.8.0 numpy`; SafetensorsTest has the same numbers.
"""

import struct
from pathlib import Path

import numpy as np
from safetensors import TensorSpec, serialize_file

NUMBERS = {
    "bool": ("bool", [4], np.array([True, False, True, True])),
    "u8": ("uint8", [3], np.array([0, 127, 255], "<u1")),
    "i8": ("int8", [3], np.array([-128, -1, 127], "<i1")),
    "u16": ("uint16", [3], np.array([0, 32768, 65535], "<u2")),
    "i16": ("int16", [3], np.array([-32768, -1, 32767], "<i2")),
    "u32": ("uint32", [2], np.array([2**31, 2**32 - 1], "<u4")),
    "i32": ("int32", [2], np.array([-(2**31), 16777217], "<i4")),
    "u64": ("uint64", [3], np.array([2**63, 2**64 - 1, 2**63 + 2**39 + 1], "<u8")),
    "i64": ("int64", [2], np.array([-(2**63), 2**53 + 1], "<i8")),
    "f16": ("float16", [2, 3], np.array([1.5, -2, 65504, 2**-24, np.inf, np.nan], "<f2")),
    "bf16": ("bfloat16", [3], np.array([0x3FC0, 0xC000, 0x7F80], "<u2")),
    "f32": ("float32", [2, 1, 2], np.array([0.1, -0.0, 1e-45, 3.4028235e38], "<f4")),
    "f64": ("float64", [2], np.array([0.1, 1e300], "<f8")),
    "scalar": ("float32", [], np.array([42], "<f4")),
    "empty": ("float32", [0, 3], np.array([], "<f4")),
    "naïve/名前 \"x\"": ("float32", [1], np.array([7], "<f4")),
}

if __name__ == "__main__":
    target = Path("src/test/resources/golden/python.safetensors")
    # The arrays must outlive the call: a TensorSpec holds only their address.
    specs = {
        name: TensorSpec(dtype=dtype, shape=shape, data_ptr=values.ctypes.data, data_len=values.nbytes)
        for name, (dtype, shape, values) in NUMBERS.items()
    }
    serialize_file(specs, target, metadata={"ünï": "→ \"quoted\""})
    length = struct.unpack("<Q", target.read_bytes()[:8])[0]
    print(target.read_bytes()[8 : 8 + length].decode())
