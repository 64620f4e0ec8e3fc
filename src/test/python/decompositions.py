"""Golden file of tensor decompositions: the relative errors that TensorLy reaches, iteration by iteration.

    python src/test/python/decompositions.py            write src/test/resources/golden/decompositions.safetensors
    python src/test/python/decompositions.py --compare  write nothing; compute again, and say how far the errors are
                                                        from the committed ones, and from those of inputs moved by 1e-12

Run after `pip install tensorly==0.10.0 numpy==2.4.6 scipy==1.17.1`; takes seconds.

A case is named by its shape. All numbers are float64 (F64), ranks and iterations int64 (I64):

    iterations/tucker       [5]     0, 1, 2, 5, 50: sweeps of HOOI after its start, which is HOSVD
    iterations/cp           [6]     0, 1, 2, 5, 20, 200: sweeps of ALS after the given start
    <case>/tensor                   structure plus noise
    <case>/tucker/ranks     [order]
    <case>/tucker/errors    [5]     after iterations/tucker
    <case>/tucker2/ranks    [2]     of the first two modes; the others are left alone. Fourth-order tensors only
    <case>/tucker2/errors   [5]     after iterations/tucker
    <case>/cp/start/<mode>  [size, rank]
    <case>/cp/errors        [6]     after iterations/cp

An error is |X - X'| / |X| of the reconstructed tensor X'. HOSVD: the leading left singular vectors of each unfolding of
X, and X projected on them. A sweep updates the modes in their order, each with the newest of the others. Tensors and
starts are float32 numbers, so that they are read exactly whatever the reader's precision.
"""

import argparse
import json
import struct
from pathlib import Path

import numpy as np
import tensorly
from tensorly.cp_tensor import cp_to_tensor
from tensorly.decomposition import parafac, partial_tucker, tucker
from tensorly.tenalg import multi_mode_dot

from fill import uniform

FILE = Path(__file__).resolve().parents[1] / "resources" / "golden" / "decompositions.safetensors"
TUCKER_ITERATIONS = (0, 1, 2, 5, 50)
CP_ITERATIONS = (0, 1, 2, 5, 20, 200)
TYPES = {"F64": "<f8", "I64": "<i8"}

# Shape: ranks of Tucker, of Tucker-2, of CP. Among them full ranks, 9 rows against 8 columns, and CP above a dimension.
CASES = {
    (5, 4, 3): ((3, 2, 2), None, 2),
    (7, 6, 5): ((3, 4, 2), None, 4),
    (8, 6, 3, 3): ((4, 3, 2, 2), (4, 3), 5),
    (6, 10, 3, 3): ((3, 5, 3, 3), (3, 5), 3),
    (4, 3, 5, 2): ((2, 2, 3, 2), (2, 2), 3),
    (9, 2, 4): ((5, 2, 3), None, 2),
}


def numbers(name, *shape):
    """Uniform in [-1, 1), by the rule of fill.py."""
    return (2 * uniform(name, int(np.prod(shape))) - 1).reshape(shape)


def rounded(values):
    return values.astype(np.float32).astype(np.float64)


def tensor(name, shape, terms=4):
    """Rank-one terms, each weaker than the one before, and noise of half the size of all of them."""
    structure = sum(
        0.7**term * cp_to_tensor((None, [numbers(f"{name}/{term}/{mode}", n, 1) for mode, n in enumerate(shape)]))
        for term in range(terms)
    )
    noise = numbers(name + "/noise", *shape)
    return rounded(structure / np.linalg.norm(structure) + 0.5 * noise / np.linalg.norm(noise))


def error(x, approximation):
    return np.linalg.norm(x - approximation) / np.linalg.norm(x)


def hosvd(x, ranks):
    """By hand, for the first rank modes."""
    factors = []
    for mode, rank in enumerate(ranks):
        unfolding = np.moveaxis(x, mode, 0).reshape(x.shape[mode], -1)
        factors.append(np.linalg.svd(unfolding, full_matrices=False)[0][:, :rank])
    modes = range(len(ranks))
    return multi_mode_dot(multi_mode_dot(x, factors, modes, transpose=True), factors, modes)


def hooi(x, ranks, sweeps):
    options = {"n_iter_max": sweeps, "init": "svd", "tol": 0}
    if len(ranks) == x.ndim:
        return tucker(x, ranks, **options).to_tensor()
    modes = list(range(len(ranks)))
    (core, factors), _ = partial_tucker(x, ranks, modes, **options)
    return multi_mode_dot(core, factors, modes)


def als(x, start, sweeps):
    return parafac(x, start[0].shape[1], sweeps, (None, start), normalize_factors=False, tol=0).to_tensor()


def tucker_errors(x, ranks):
    errors = np.array([error(x, hooi(x, ranks, sweeps)) for sweeps in TUCKER_ITERATIONS])
    assert abs(errors[0] - error(x, hosvd(x, ranks))) < 1e-14
    return errors


def compute(move=0.0):
    """The content of the file; with move, of inputs in which every number is changed by about that part of it."""

    def moved(values):
        return values * (1 + move * numbers(f"move/{values.shape}", *values.shape))

    arrays = {"iterations/tucker": np.array(TUCKER_ITERATIONS), "iterations/cp": np.array(CP_ITERATIONS)}
    for shape, (ranks, ranks2, cp_rank) in CASES.items():
        case = "x".join(map(str, shape))
        x = arrays[case + "/tensor"] = moved(tensor(case, shape))
        for kind, of in (("tucker", ranks), ("tucker2", ranks2)):
            if of:
                arrays[f"{case}/{kind}/ranks"] = np.array(of)
                arrays[f"{case}/{kind}/errors"] = tucker_errors(x, of)
        start = [moved(rounded(numbers(f"{case}/start/{mode}", n, cp_rank))) for mode, n in enumerate(shape)]
        arrays.update((f"{case}/cp/start/{mode}", factor) for mode, factor in enumerate(start))
        arrays[case + "/cp/errors"] = np.array([error(x, als(x, start, sweeps)) for sweeps in CP_ITERATIONS])
    return arrays


def write(arrays):
    """The safetensors format: length of the header, header in JSON, then the numbers, little-endian."""
    header, offset = {"__metadata__": {"tensorly": tensorly.__version__, "numpy": np.__version__}}, 0
    for key, value in sorted(arrays.items()):
        dtype = next(name for name, numpy_name in TYPES.items() if value.dtype == np.dtype(numpy_name))
        header[key] = {"dtype": dtype, "shape": list(value.shape), "data_offsets": [offset, offset + value.nbytes]}
        offset += value.nbytes
    text = json.dumps(header, separators=(",", ":")).encode()
    text += b" " * (-len(text) % 8)
    data = b"".join(value.tobytes() for _, value in sorted(arrays.items()))
    FILE.write_bytes(struct.pack("<Q", len(text)) + text + data)


def read():
    content = FILE.read_bytes()
    start = 8 + struct.unpack("<Q", content[:8])[0]
    header = json.loads(content[8:start])
    header.pop("__metadata__")
    return {
        key: np.frombuffer(content, TYPES[e["dtype"]], int(np.prod(e["shape"])), start + e["data_offsets"][0])
        .reshape(e["shape"])
        for key, e in header.items()
    }


def compare():
    golden, again, moved = read(), compute(), compute(move=1e-12)
    assert golden.keys() == again.keys()
    for key, value in golden.items():
        if key.endswith("/errors"):
            print(f"{key:24} {abs(again[key] - value).max():.1e} {abs(moved[key] - value).max():.1e}  {value}")
        else:
            assert np.array_equal(again[key], value), key


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--compare", action="store_true", help="compare with the committed file instead")
    if parser.parse_args().compare:
        compare()
    else:
        write(compute())
