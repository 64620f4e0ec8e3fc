"""Speed of TensorLy, on its PyTorch backend, at Tucker and CP decompositions of a 640 x 1024 x 3 x 3 kernel.

    python src/test/python/bench_tensorly.py                  every method in its fastest configuration, two threads
    python src/test/python/bench_tensorly.py --rounds 5       each five times; seconds are the median
    python src/test/python/bench_tensorly.py --configuration default
                                                              as TensorLy comes; CP takes minutes and 10 GB
    python src/test/python/bench_tensorly.py --configuration gram
                                                              Tucker with the SVDs replaced, see below
    python src/test/python/bench_tensorly.py --write x.f32    nothing else; the tensor, float32, little-endian
    further options: --threads 2, --dtype float32, --method parafac

Run after `pip install tensorly==0.10.0 torch==2.7.1 numpy==2.4.6 scipy==1.17.1 opt_einsum==3.4.0 packaging==26.3`.
Prints JSON: one line about what runs, then one per case: seconds, the relative error of the result, |X - X'| / |X|,
computed afterwards in float64, and other_cores, what other programs took of the machine meanwhile: the time is worth
something only when that is near 0. It is that of one call, from the tensor to core and factors, start by SVDs included.

The tensor, by a rule that any language computes exactly, with uniform(name, size) of fill.py, row by row:

    X[a,b,c,d] = 2^-16 * sum over r < 64 of f0[a,r] f1[b,r] f2[c,r] f3[d,r]  +  n0 + n1 + n2 + n3 - 2

fm = 2 floor(16 u) - 15 of u = uniform("factor<m>"), odd integers from -15 to 15; ni = uniform("noise<i>"), four of
which add up to nearly Gaussian noise. In float64 nothing is rounded, in whatever order it is added up; then all is
rounded to float32, also for the runs in float64. CP starts from 2 uniform("start<m>/<rank>") - 1.

Configurations. Common to all: tol=0, so that every iteration runs; no errors on the way, no line search, no mask.

fastest: einsums with the plugin opt_einsum. CP then contracts the tensor with one large factor first. Without it, the
    Khatri-Rao product of all other factors is stored, up to two million rows. For Tucker it makes no difference:
    nearly all time goes to svd="truncated_svd", LAPACK's SVD of each unfolding. Of the other choices "randomized_svd"
    is another algorithm and "symeig_svd" forms the larger of the two Gram matrices, here up to 2 million square. The
    choice is for the start alone; the sweeps always take the default.
default: as TensorLy comes.
gram: not TensorLy any more. Its SVD is replaced by the eigenvectors of the smaller Gram matrix, which is what one would
    write for speed: the time that a fast implementation has to be compared with. Tucker only.
"""

import argparse
import hashlib
import json
import os
import statistics
import time
from pathlib import Path

import numpy as np
import tensorly
import torch
from tensorly import plugins, tenalg
from tensorly.decomposition import _tucker, parafac, partial_tucker, tucker

from fill import uniform

SHAPE = (640, 1024, 3, 3)
TERMS = 64
LETTERS = "abcd"
HOOI_ITERATIONS, CP_SWEEPS = 5, 20
CASES = [
    ("tucker", (128, 128, 3, 3)),
    ("tucker", (320, 320, 3, 3)),
    ("partial_tucker", (128, 128)),
    ("partial_tucker", (320, 320)),
    ("parafac", (64,)),
    ("parafac", (256,)),
]


def make_tensor():
    factors = [2 * np.floor(16 * matrix(f"factor{mode}", size, TERMS)) - 15 for mode, size in enumerate(SHAPE)]
    values = np.empty(SHAPE)
    for c in range(SHAPE[2]):
        for d in range(SHAPE[3]):
            values[:, :, c, d] = factors[0] * (factors[2][c] * factors[3][d]) @ factors[1].T
    values *= 2.0**-16
    for i in range(4):
        values += uniform(f"noise{i}", values.size).reshape(SHAPE)
    return (values - 2).astype("<f4")


def matrix(name, rows, columns):
    return uniform(name, rows * columns).reshape(rows, columns)


def make_start(rank, dtype):
    return [torch.from_numpy(2 * matrix(f"start{m}/{rank}", size, rank) - 1).to(dtype) for m, size in enumerate(SHAPE)]


def gram_svd(unfolding, n_eigenvecs, **ignored):
    assert unfolding.shape[0] <= unfolding.shape[1]
    vectors = torch.linalg.eigh(unfolding @ unfolding.T)[1]  # their values ascend
    return vectors[:, -n_eigenvecs:].flip(1), None, None


def prepare(method, ranks, dtype):
    """A function of the tensor that returns the core, if there is one, and the factors; all but it is not timed."""
    if method == "tucker":
        return lambda x: tuple(tucker(x, ranks, n_iter_max=HOOI_ITERATIONS, init="svd", tol=0))
    if method == "partial_tucker":
        return lambda x: partial_tucker(x, ranks, modes=[0, 1], n_iter_max=HOOI_ITERATIONS, init="svd", tol=0)[0]
    rank, start = ranks[0], make_start(ranks[0], dtype)
    return lambda x: (None, parafac(x, rank, CP_SWEEPS, (None, start), normalize_factors=False, tol=0).factors)


def others_seconds():
    """Processor time that was used since the machine started, but not by this program (Linux)."""
    if not Path("/proc/stat").exists():
        return float("nan")
    user, nice, system, _, _, *others = map(int, Path("/proc/stat").read_text().split(maxsplit=9)[1:9])
    return (user + nice + system + sum(others)) / os.sysconf("SC_CLK_TCK") - time.process_time()


def error(x, core, factors):
    """By reconstruction in float64; a core's modes without a factor are those of the tensor."""
    x, factors = x.double(), [factor.double() for factor in factors]
    if core is None:
        terms = ((factors[0] * c * d) @ factors[1].T for c in factors[2] for d in factors[3])
        approximation = torch.stack(list(terms), -1).reshape(SHAPE)
    else:
        approximation = core.double()
        for mode, factor in enumerate(factors):
            approximation = torch.tensordot(factor, approximation, ([1], [mode])).movedim(0, mode)
    return (torch.linalg.vector_norm(x - approximation) / torch.linalg.vector_norm(x)).item()


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--configuration", choices=("fastest", "default", "gram"), default="fastest")
    parser.add_argument("--method", choices=("tucker", "partial_tucker", "parafac"), help="this one alone")
    parser.add_argument("--dtype", choices=("float32", "float64"), help="this one alone")
    parser.add_argument("--rounds", type=int, default=1)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--write", type=Path, metavar="FILE", help="write the tensor instead")
    options = parser.parse_args()
    numbers = make_tensor()
    if options.write:
        options.write.write_bytes(numbers.tobytes())
        return
    torch.set_num_threads(options.threads)
    tensorly.set_backend("pytorch")
    if options.configuration != "default":
        tenalg.set_backend("einsum")
        plugins.use_opt_einsum()
    if options.configuration == "gram":
        _tucker.svd_interface = gram_svd
    print(json.dumps({
        "tensorly": tensorly.__version__,
        "torch": torch.__version__.split("+")[0],
        "threads": options.threads,
        "configuration": options.configuration,
        "tensor": SHAPE,
        "sha256": hashlib.sha256(numbers.tobytes()).hexdigest(),
    }), flush=True)
    for dtype in (torch.float32, torch.float64):
        x = torch.from_numpy(numbers).to(dtype)
        for method, ranks in CASES:
            name = str(dtype).removeprefix("torch.")
            skip = options.configuration == "gram" and method == "parafac"
            if skip or options.method not in (None, method) or options.dtype not in (None, name):
                continue
            run = prepare(method, ranks, dtype)
            tucker(x[:64, :64], (8, 8, 3, 3), n_iter_max=1, tol=0)  # starts the threads
            seconds, others = [], -others_seconds()
            for _ in range(options.rounds):
                start = time.perf_counter()
                result = run(x)
                seconds.append(time.perf_counter() - start)
            others += others_seconds()
            print(json.dumps({
                "method": method,
                "dtype": name,
                "ranks": ranks,
                "iterations": CP_SWEEPS if method == "parafac" else HOOI_ITERATIONS,
                "seconds": round(statistics.median(seconds), 3),
                "other_cores": round(max(0, others) / sum(seconds), 2),
                "error": error(x, *result),
            }), flush=True)


if __name__ == "__main__":
    main()
