"""Intervals of a difference over seeds and images, and McNemar's test, with scipy.

    python src/test/python/intervals.py              write golden/intervals.json (seconds)
    python src/test/python/intervals.py --coverage   write nothing; say how often intervals hold the true difference (minutes)

Needs NumPy and SciPy; the committed file was made with NumPy 2.4.6 and SciPy 1.17.1. IntervalTest.java reads it.
An answer is 1 (right) or 0; a text of them is a seed, a character an image.
"""

import json
import sys
from pathlib import Path

import numpy as np
from scipy import integrate, optimize, special, stats

FILE = Path(__file__).resolve().parents[1] / "resources" / "golden" / "intervals.json"


def components(values):
    """Mean, and squared standard errors by seeds and by images, of (seeds, images), by the definition of the mean squares."""
    n, m = values.shape
    mean, seeds, images = values.mean(), values.mean(1, keepdims=True), values.mean(0, keepdims=True)
    ms_seeds = m * ((seeds - mean) ** 2).sum() / (n - 1)
    ms_images = n * ((images - mean) ** 2).sum() / (m - 1)
    ms_rest = ((values - seeds - images + mean) ** 2).sum() / (n - 1) / (m - 1)
    by_seeds = max(ms_seeds / (n * m), 1 / (n * m) ** 2)
    return mean, by_seeds, max(0, ms_images - ms_rest) / (n * m)


def below(x, seeds, images, n):
    """How probable it is that sqrt(seeds) t + sqrt(images) z is below x."""
    def part(z):
        return np.exp(-z * z / 2) / np.sqrt(2 * np.pi) * special.stdtr(n - 1, (x - np.sqrt(images) * z) / np.sqrt(seeds))
    return integrate.quad(part, -10, 10, epsabs=1e-12, limit=500)[0]


def interval(values):
    mean, seeds, images = components(values)
    n = len(values)
    most = 2 * (stats.t.ppf(0.975, n - 1) * np.sqrt(seeds) + 2 * np.sqrt(images))
    half = optimize.brentq(lambda h: below(h, seeds, images, n) - 0.975, 0, most, xtol=1e-12)
    return {"mean": mean, "low": mean - half, "high": mean + half, "probability": below(mean, seeds, images, n)}


def answers(random, seeds, images, better, of_seeds, of_images, own):
    """Two networks' answers (seeds, images): images are as hard for both, but for what is each network's own."""
    difficulty = random.normal(size=images) * of_images
    def network(gain):
        logit = gain + difficulty + random.normal(size=images) * own + random.normal(size=(seeds, 1)) * of_seeds
        return (random.random((seeds, images)) < 1 / (1 + np.exp(-logit))).astype(int)
    return network(1 + better), network(1)


def texts(values):
    return ["".join(map(str, row)) for row in values]


def write():
    random = np.random.default_rng(1)
    cases = []
    for seeds, images, of_seeds, own in [(2, 60, 0.3, 0.5), (3, 200, 0.3, 1), (3, 200, 0, 3), (5, 150, 1, 0), (10, 100, 0.2, 1)]:
        first, second = answers(random, seeds, images, 0.4, of_seeds, 2, own)
        cases.append({"first": texts(first), "second": texts(second), "difference": interval(first - second), "alone": interval(first)})
    equal = np.array([[1, 1, 0, 0, 1, 0], [1, 0, 1, 0, 1, 0], [0, 1, 1, 1, 0, 0]])
    other = np.roll(equal, 1, 1)
    cases.append({"first": texts(equal), "second": texts(other), "difference": interval(equal - other), "alone": interval(equal)})
    counts = [(0, 0), (1, 0), (3, 9), (25, 12), (400, 310), (5000, 5200)]
    tests = [{"onlyFirst": b, "onlySecond": c, "probability": stats.binomtest(b, b + c).pvalue if b + c else 1.0} for b, c in counts]
    FILE.write_text(json.dumps({"cases": cases, "mcnemar": tests}, indent=1) + "\n")


def coverage(comparisons=1000, images=500, resamples=400):
    random = np.random.default_rng(2)
    for seeds, of_seeds, own in [(3, 0.1, 0), (3, 0.3, 0.7), (5, 0.2, 0.7), (10, 0.3, 0.7)]:
        spread = np.sqrt(of_seeds**2 + 2**2 + own**2)

        def right(gain):
            return integrate.quad(lambda z: stats.norm.pdf(z) / (1 + np.exp(-gain - spread * z)), -12, 12)[0]

        truth = right(1.1) - right(1)
        held = np.zeros(2)
        for _ in range(comparisons):
            first, second = answers(random, seeds, images, 0.1, of_seeds, 2, own)
            d = first - second
            mean, by_seeds, by_images = components(d)
            held[0] += below(abs(truth - mean), by_seeds, by_images, seeds) <= 0.975
            drawn_seeds = random.integers(seeds, size=(resamples, seeds))
            drawn_images = random.integers(images, size=(resamples, images))
            means = [d[s][:, i].mean() for s, i in zip(drawn_seeds, drawn_images)]
            held[1] += np.quantile(means, 0.025) <= truth <= np.quantile(means, 0.975)
        print(f"{seeds} seeds, of seeds {of_seeds}, own {own}: held {held[0] / comparisons:.3f}, "
              f"bootstrap of seeds and images {held[1] / comparisons:.3f}", flush=True)


if __name__ == "__main__":
    coverage() if sys.argv[1:] == ["--coverage"] else write()
