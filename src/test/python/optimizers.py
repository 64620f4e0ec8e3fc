"""Two hundred steps of a tiny network with PyTorch's own optimizers, schedules, clipping and losses.

    python src/test/python/optimizers.py             write golden/optimizers.safetensors (seconds)
    python src/test/python/optimizers.py --float64   write nothing; say how far float32 is from float64 after the 200 steps

Needs PyTorch and NumPy; the committed file was made with PyTorch 2.7.1 on a CPU, one thread, in float32. The network is
made of reference.py's layers and filled by fill.py; PyTorchTest.java makes the same steps. The file holds

    images (10, 8, 3, 8, 8), labels (10, 8)         batch i is used in the steps i, i + 10, ...
    initial/<parameter or running statistic>
    mixup/share (200), mixup/with (200, 8)          share of each step, and with which image each is mixed
    <case>/losses (200), <case>/rates (200), <case>/final/<parameter or running statistic>
"""

import argparse

import numpy as np
import torch
import torch.nn.functional as F
from torch.optim.lr_scheduler import ConstantLR, CosineAnnealingLR, LinearLR, MultiStepLR, SequentialLR

from reference import Tensors, conv, norm, write

STEPS, BATCHES, BATCH, CLASSES, WARM_UP = 200, 10, 8, 4, 30
TINY = {"order": "PRE_ACTIVATION", "epsilon": 2e-5, "momentum": 0.9}


def forward(t, x):
    """Smooth: where a ReLU switches at one rounding and not at another, 200 steps later nothing agrees any more."""
    x = torch.tanh(norm(t, "norm1", conv(t, "conv1", x, 6, 3)))
    x = torch.tanh(norm(t, "norm2", conv(t, "conv2", x, 8, 3, cardinality=2)))
    weight = t.get("classifier.weight", CLASSES, 8)
    return F.linear(x.mean((2, 3)), weight, t.get("classifier.bias", CLASSES))


def data():
    random = np.random.RandomState(1)
    return {
        "images": random.randn(BATCHES, BATCH, 3, 8, 8),
        "labels": random.randint(CLASSES, size=(BATCHES, BATCH)),
        "mixup/share": random.beta(0.4, 0.4, STEPS),
        "mixup/with": np.stack([random.permutation(BATCH) for _ in range(STEPS)]),
    }


def sgd(momentum, nesterov=False, decay=0.0, rate=0.08):
    return lambda groups: torch.optim.SGD(groups(decay), rate, momentum, nesterov=nesterov)


def adamw(decay, rate=0.005):
    return lambda groups: torch.optim.AdamW(groups(decay), rate)


def warmed(optimizer, then):
    warm_up = LinearLR(optimizer, 1 / WARM_UP, 1, WARM_UP - 1)
    return SequentialLR(optimizer, [warm_up, then], [WARM_UP])


SCHEDULES = {
    "constant": lambda o: ConstantLR(o, 1, 0),
    "step": lambda o: MultiStepLR(o, [100, 150], 0.1),
    "cosine": lambda o: CosineAnnealingLR(o, STEPS),
    "warm-up-cosine": lambda o: warmed(o, CosineAnnealingLR(o, STEPS - WARM_UP)),
    "warm-up-step": lambda o: warmed(o, MultiStepLR(o, [85, 128], 0.1)),
}
# optimizer, schedule, decay everything, and what else differs
CASES = {
    "sgd": (sgd(0), "constant", False, {}),
    "momentum": (sgd(0.9), "constant", False, {}),
    "nesterov": (sgd(0.9, True), "constant", False, {}),
    "decay": (sgd(0.9, True, 5e-4), "constant", False, {}),
    "decay-all": (sgd(0.9, True, 5e-4), "constant", True, {}),
    "adamw": (adamw(0.01), "constant", False, {}),
    "adamw-all": (adamw(0.01), "constant", True, {}),
    "clip": (sgd(0.9, True), "constant", False, {"clip": 0.1}),
    "smoothing": (sgd(0.9, True), "constant", False, {"smoothing": 0.1}),
    "mixup": (sgd(0.9, True), "constant", False, {"mixup": True}),
    "accumulation": (sgd(0.9, True), "constant", False, {"parts": 4}),
    "step": (sgd(0.9, True), "step", False, {}),
    "cosine": (sgd(0.9, True), "cosine", False, {}),
    "warm-up-cosine": (sgd(0.9, True, 5e-4), "warm-up-cosine", False, {}),
    "warm-up-step": (sgd(0.9), "warm-up-step", False, {}),
}


def network(dtype, image):
    t = Tensors(TINY, False, dtype)
    forward(t, image)  # makes the tensors
    t.train = True
    return t


def train(name, dtype):
    make, schedule, everything, more = CASES[name]
    fixed = data()
    images, labels = torch.from_numpy(fixed["images"]).float().to(dtype), torch.from_numpy(fixed["labels"])
    share, partner = fixed["mixup/share"].astype("f4").astype("f8"), torch.from_numpy(fixed["mixup/with"])
    t = network(dtype, images[0])
    learned = {key: value for key, value in t.items() if value.requires_grad}

    def groups(decay):
        decays = {key: everything or value.dim() > 1 for key, value in learned.items()}
        return [
            {"params": [v for key, v in learned.items() if decays[key] == yes], "weight_decay": decay if yes else 0}
            for yes in (True, False)
            if yes in decays.values()
        ]

    optimizer = make(groups)
    scheduler = SCHEDULES[schedule](optimizer)
    losses, rates = [], []
    for step in range(STEPS):
        x, y = images[step % BATCHES], labels[step % BATCHES]
        optimizer.zero_grad()
        total = 0
        for part in range(more.get("parts", 1)):
            some = slice(part * BATCH // more.get("parts", 1), (part + 1) * BATCH // more.get("parts", 1))
            if "mixup" in more:
                lam, other = float(share[step]), partner[step]
                logits = forward(t, lam * x + (1 - lam) * x[other])
                loss = lam * F.cross_entropy(logits, y) + (1 - lam) * F.cross_entropy(logits, y[other])
            else:
                smoothing = more.get("smoothing", 0.0)
                loss = F.cross_entropy(forward(t, x[some]), y[some], label_smoothing=smoothing)
            loss = loss / more.get("parts", 1)
            loss.backward()
            total += loss.item()
        if "clip" in more:
            torch.nn.utils.clip_grad_norm_(list(learned.values()), more["clip"])
        losses.append(total)
        rates.append(optimizer.param_groups[0]["lr"])
        optimizer.step()
        scheduler.step()
    final = {f"{name}/final/{key}": value.detach().numpy() for key, value in t.items()}
    return {f"{name}/losses": losses, f"{name}/rates": rates, **final}


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--float64", action="store_true", help="say how far float32 is from float64")
    torch.set_num_threads(1)
    if parser.parse_args().float64:
        for name in CASES:
            one, other = train(name, torch.float32), train(name, torch.float64)
            keys = [key for key in one if "/final/" in key]
            difference = np.concatenate([np.ravel(one[key] - other[key]) for key in keys])
            size = np.linalg.norm(np.concatenate([np.ravel(other[key]) for key in keys]))
            losses = one[f"{name}/losses"]
            print(f"{name:16} {np.linalg.norm(difference) / size:.1e}  loss {losses[0]:.3f} to {losses[-1]:.3f}")
        return
    arrays = data()
    start = network(torch.float32, torch.from_numpy(arrays["images"][0]).float())
    arrays.update({f"initial/{key}": value.detach().numpy() for key, value in start.items()})
    for name in CASES:
        arrays.update(train(name, torch.float32))
    write("optimizers", arrays)


if __name__ == "__main__":
    main()
