"""Trains ResNet-20 (B) on CIFAR-10 by the recipe of ResNet20.java, in plain PyTorch: what the same images give elsewhere.

    python src/test/python/resnet20.py CIFAR_FOLDER [--epochs 30] [--seed 1] [--per-class 5000] [--threads 1] [--keep FILE] >> python.csv

CIFAR_FOLDER has train/<class>/*.jpg and val/<class>/*.jpg. Written from the papers and PyTorch's own optimiser and
schedule, not from the library: nothing here is drawn as the library draws it. With --keep it goes on where it was
stopped. Needs PyTorch, NumPy and Pillow.
"""

import argparse
import math
import time
from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F
from PIL import Image
from torch import nn

BATCH, PAD = 128, 4


def read(folder, per_class=None):
    images, labels = [], []
    for label, kind in enumerate(sorted(path for path in folder.iterdir())):
        for file in sorted(kind.glob("*.jpg"))[:per_class]:
            images.append(np.asarray(Image.open(file).convert("RGB")))
            labels.append(label)
    return torch.from_numpy(np.stack(images)).permute(0, 3, 1, 2).float() / 255, torch.tensor(labels)


def conv(inputs, outputs, kernel, stride=1):
    return [nn.Conv2d(inputs, outputs, kernel, stride, kernel // 2, bias=False), nn.BatchNorm2d(outputs)]


class Unit(nn.Module):
    def __init__(self, inputs, outputs, stride):
        super().__init__()
        self.residual = nn.Sequential(*conv(inputs, outputs, 3, stride), nn.ReLU(), *conv(outputs, outputs, 3))
        self.shortcut = nn.Sequential(*(conv(inputs, outputs, 1, stride) if inputs != outputs else []))

    def forward(self, x):
        return F.relu(self.residual(x) + self.shortcut(x))


def resnet20():
    layers, inputs = [*conv(3, 16, 3), nn.ReLU()], 16
    for width in (16, 32, 64):
        for unit in range(3):
            layers.append(Unit(inputs, width, 2 if unit == 0 and width > 16 else 1))
            inputs = width
    network = nn.Sequential(*layers, nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(64, 10))
    for module in network.modules():
        if isinstance(module, nn.Conv2d):
            nn.init.kaiming_normal_(module.weight)
    assert sum(weight.numel() for weight in network.parameters()) == 272_474
    return network.to(memory_format=torch.channels_last)


def augmented(padded, batch):
    """Each moved by up to four pixels each way over zeros, the mean, and mirrored half the time."""
    drawn = torch.randint(0, 2 * PAD + 1, (len(batch), 2)).tolist()
    cut = [padded[i, :, down:down + 32, right:right + 32] for i, (down, right) in zip(batch.tolist(), drawn)]
    return torch.stack([image.flip(2) if mirror else image for image, mirror in zip(cut, torch.rand(len(cut)) < 0.5)])


def top1(network, images, labels):
    network.eval()
    with torch.no_grad():
        right = [(network(x).argmax(1) == y).sum().item() for x, y in zip(images.split(250), labels.split(250))]
    network.train()
    return sum(right) / len(images)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folder", type=Path)
    for name, value in {"epochs": 30, "seed": 1, "per-class": 5_000, "threads": 1}.items():
        parser.add_argument("--" + name, type=int, default=value)
    parser.add_argument("--keep", type=Path)
    args = parser.parse_args()
    torch.manual_seed(args.seed)
    torch.set_num_threads(args.threads)

    images, labels = read(args.folder / "train", args.per_class)
    validation, expected = read(args.folder / "val")
    mean, deviation = images.mean((0, 2, 3), keepdim=True), images.std((0, 2, 3), keepdim=True)
    images, validation = (images - mean) / deviation, (validation - mean) / deviation
    padded = F.pad(images, (PAD, PAD, PAD, PAD))

    network = resnet20()
    optimizer = torch.optim.SGD(network.parameters(), lr=0.008, momentum=0.9, nesterov=True, weight_decay=5e-4)
    schedule = torch.optim.lr_scheduler.OneCycleLR(
        optimizer, 0.2, total_steps=args.epochs * math.ceil(len(images) / BATCH), pct_start=0.25, div_factor=25,
        final_div_factor=10_000, cycle_momentum=False)
    first = 1
    if args.keep and args.keep.exists():
        first, random, *states = torch.load(args.keep)
        torch.set_rng_state(random)
        for part, state in zip((network, optimizer, schedule), states):
            part.load_state_dict(state)
    else:
        print("epoch,train loss,train top-1,validation top-1,seconds", flush=True)
    for epoch in range(first, args.epochs + 1):
        begun, loss, right = time.time(), 0.0, 0
        for batch in torch.randperm(len(images)).split(BATCH):
            scores = network(augmented(padded, batch).contiguous(memory_format=torch.channels_last))
            step = F.cross_entropy(scores, labels[batch])
            optimizer.zero_grad()
            step.backward()
            optimizer.step()
            schedule.step()
            loss += step.item() * len(batch)
            right += (scores.argmax(1) == labels[batch]).sum().item()
        print(f"{epoch},{loss / len(images):.4f},{right / len(images):.4f},{top1(network, validation, expected):.4f},"
              f"{time.time() - begun:.0f}", flush=True)
        if args.keep:
            states = [part.state_dict() for part in (network, optimizer, schedule)]
            torch.save([epoch + 1, torch.get_rng_state(), *states], args.keep)
    sample = torch.randperm(len(images))[:5_000]
    print(f"# {top1(network, images[sample], labels[sample]):.4f} on 5,000 training images without augmentation")


main()
