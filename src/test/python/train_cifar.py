"""Trains the small CRU network as Training.fit does, in plain PyTorch: the other half of CifarParity.java.

    python src/test/python/train_cifar.py WEIGHTS.safetensors CIFAR_FOLDER EPOCHS SEED IMAGES_PER_CLASS > python.csv

    ... --steps 20 --precision float64                the first twenty steps only; how far float32 itself is off

WEIGHTS are those that CifarParity saved before its first step; CIFAR_FOLDER has train/<class>/*.jpg and
val/<class>/*.jpg; of each class the first IMAGES_PER_CLASS files are taken, for training and for validation. Prints a
row for every step, and one for every epoch: epoch,step,loss,top1.

Written from the definition of the recipe alone: SGD with Nesterov momentum 0.9, weight decay 5e-4 on weights of
convolutions and of the classifier, batches of 32, a rate of 0.05 that rises for the first 15 % of the steps and falls
along a cosine. What is drawn (order, shifts, mirror images) comes from java.util.Random, which its documentation
defines to the bit. Needs PyTorch, NumPy and Pillow.
"""

import argparse
import math
from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F
from PIL import Image

from reference import Tensors, forward, load

SIZE, BATCH, RATE, PAD = 32, 32, 0.05, 4
MEAN, SCALE = np.array([124, 117, 104]), np.float32(0.0167)
NETWORK = {
    "order": "PRE_ACTIVATION",
    "epsilon": 2e-5,
    "momentum": 0.9,
    "stem": {"channels": 24, "kernel": 3, "stride": 1, "pool": False},
    "stages": [
        {"kind": "BOTTLENECK", "units": 2, "width": 24, "cardinality": 8, "out": 48},
        {"kind": "CRU", "units": 3, "width": 60, "cardinality": 60, "out": 96},
        {"kind": "CRU", "units": 3, "width": 120, "cardinality": 120, "out": 192},
    ],
    "classes": 10,
}


# ---- What is drawn.


class Random:
    """java.util.Random."""

    MULTIPLIER = 0x5DEECE66D

    def __init__(self, seed):
        self.state = (seed ^ self.MULTIPLIER) % 2**48

    def bits(self, count):
        self.state = (self.state * self.MULTIPLIER + 0xB) % 2**48
        return self.state >> (48 - count)

    def below(self, bound):
        if bound & (bound - 1) == 0:
            return bound * self.bits(31) >> 31
        while True:
            drawn = self.bits(31)
            if drawn - drawn % bound + bound <= 2**31:  # the last, incomplete range would favour small numbers
                return drawn % bound


def mix(seed, epoch, index):
    golden = 0x9E3779B97F4A7C15
    z = (seed + golden * (epoch + golden * (index + 2))) % 2**64
    z = (z ^ z >> 30) * 0xBF58476D1CE4E5B9 % 2**64
    z = (z ^ z >> 27) * 0x94D049BB133111EB % 2**64
    return z ^ z >> 31


def order(size, seed, epoch):
    random, order = Random(mix(seed, epoch, -1)), list(range(size))
    for i in range(size - 1, 0, -1):
        j = random.below(i + 1)
        order[i], order[j] = order[j], order[i]
    return order


# ---- Images: (N, 32, 32, 3) in bytes, as they are in the file; a batch is normalised.


def read(folder, per_class):
    images, labels = [], []
    for label, name in enumerate(sorted(path.name for path in folder.iterdir())):
        for file in sorted((folder / name).glob("*.jpg"))[:per_class]:
            images.append(np.asarray(Image.open(file).convert("RGB")))
            labels.append(label)
    return np.stack(images), torch.tensor(labels)


def shifted(image, seed, epoch, index):
    """Moved by up to four pixels each way over the mean colour, and mirrored half the time."""
    random = Random(mix(seed, epoch, index))
    down, right, mirrored = random.below(2 * PAD + 1), random.below(2 * PAD + 1), random.bits(1)
    wide = np.empty((SIZE + 2 * PAD, SIZE + 2 * PAD, 3), np.uint8)
    wide[:] = MEAN
    wide[PAD:-PAD, PAD:-PAD] = image
    cut = wide[down:down + SIZE, right:right + SIZE]
    return cut[:, ::-1] if mirrored else cut


def normalised(images):
    """Channels first by name, last in memory, where PyTorch's batch norm adds up in another order."""
    return torch.from_numpy((images - MEAN).astype(np.float32) * SCALE).permute(0, 3, 1, 2)


def augmented(images, seed, epoch, batch):
    return normalised(np.stack([shifted(images[i], seed, epoch, i) for i in batch]))


# ---- Training.


def rate(step, steps):
    warm_up = max(1, math.floor(0.15 * steps))
    if step < warm_up:
        return RATE * (step + 1) / warm_up
    return RATE * 0.5 * (1 + math.cos(math.pi * (step - warm_up) / max(1, steps - warm_up)))


def network(file, dtype):
    tensors = Tensors(NETWORK, True, dtype)
    for name, value in load(file).items():
        tensors[name] = torch.tensor(value, dtype=dtype).requires_grad_(".running_" not in name)
    return tensors


def optimizer(tensors):
    parameters = [tensor for tensor in tensors.values() if tensor.requires_grad]
    decayed = {"params": [p for p in parameters if p.dim() > 1], "weight_decay": 5e-4}
    others = {"params": [p for p in parameters if p.dim() == 1], "weight_decay": 0.0}
    return torch.optim.SGD([decayed, others], RATE, 0.9, nesterov=True)


def logits(tensors, images):
    return forward(tensors, NETWORK, images.to(tensors.dtype))


def train_epoch(tensors, images, labels, seed, epoch, sgd, rates):
    tensors.train = True
    visited = order(len(labels), seed, epoch)
    for step, now in enumerate(rates):
        batch = visited[step * BATCH:(step + 1) * BATCH]
        for group in sgd.param_groups:
            group["lr"] = now
        sgd.zero_grad()
        loss = F.cross_entropy(logits(tensors, augmented(images, seed, epoch, batch)), labels[batch])
        loss.backward()
        sgd.step()
        print(f"{epoch},{step + 1},{loss.item()!r},", flush=True)


@torch.no_grad()
def validate(tensors, images, labels):
    tensors.train = False
    rows = torch.cat([logits(tensors, normalised(images[i:i + 100])) for i in range(0, len(images), 100)])
    return F.cross_entropy(rows, labels).item(), (rows.argmax(1) == labels).double().mean().item()


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("weights", type=Path)
    parser.add_argument("folder", type=Path)
    for number in ("epochs", "seed", "per_class"):
        parser.add_argument(number, type=int)
    parser.add_argument("--steps", type=int, help="stop after so many steps of the first epoch")
    parser.add_argument("--precision", choices=("float32", "float64"), default="float32")
    options = parser.parse_args()
    tensors = network(options.weights, getattr(torch, options.precision))
    train, validation = (read(options.folder / split, options.per_class) for split in ("train", "val"))
    sgd, steps = optimizer(tensors), len(train[1]) // BATCH
    rates = [rate(step, options.epochs * steps) for step in range(options.epochs * steps)]
    print("epoch,step,loss,top1")
    for epoch in range(1, 2 if options.steps else options.epochs + 1):
        now = rates[(epoch - 1) * steps:epoch * steps][:options.steps]
        train_epoch(tensors, *train, options.seed, epoch, sgd, now)
        if not options.steps:
            loss, top1 = validate(tensors, *validation)
            print(f"{epoch},,{loss!r},{top1!r}", flush=True)


if __name__ == "__main__":
    main()
