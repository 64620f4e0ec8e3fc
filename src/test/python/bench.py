"""Speed and memory of CRU-Net-56 in plain PyTorch, as one would write it for training; environment/bench.py runs it.

    python src/test/python/bench.py contiguous|channels_last WARM_UP TRAINING_STEPS FORWARD_PASSES
    python src/test/python/bench.py contiguous|channels_last evaluation

Written from the paper like reference.py, but with modules, an optimizer and float32. Prints one line of JSON: images a
second in training (forward, cross entropy, backward, SGD) and forward after it, with the largest resident memory in MiB
after either; or of a process that only evaluates, in batches of 64.
"""

import json
import resource
import sys
import time

import torch
import torch.nn.functional as F
from torch import nn

BATCH = 8
EVALUATION_BATCH = 64


def norm_relu(channels):
    return nn.Sequential(nn.BatchNorm2d(channels, eps=2e-5), nn.ReLU(inplace=True))


def conv(inputs, outputs, kernel=1, stride=1, groups=1):
    return nn.Conv2d(inputs, outputs, kernel, stride, kernel // 2, groups=groups, bias=False)


class ResidualUnit(nn.Module):
    def __init__(self, inputs, outputs, width, stride):
        super().__init__()
        self.residual = nn.Sequential(
            norm_relu(inputs),
            conv(inputs, width),
            norm_relu(width),
            conv(width, width, 3, stride, 32),
            norm_relu(width),
            conv(width, outputs),
        )
        self.shortcut = nn.Identity()
        if inputs != outputs or stride != 1:
            self.shortcut = nn.Sequential(norm_relu(inputs), conv(inputs, outputs, 1, stride))

    def forward(self, x):
        return self.residual(x) + self.shortcut(x)


class CollectiveUnit(nn.Module):
    """Two factors are shared; the first unit of the stage uses them, and its projection, at two strides."""

    def __init__(self, inputs, outputs, width, stride, reduce, core):
        super().__init__()
        self.stride, self.reduce, self.core = stride, reduce, core
        self.project = None
        if inputs != outputs:
            self.project = conv(inputs, outputs)
            self.project_norm, self.shortcut_norm = norm_relu(inputs), norm_relu(inputs)
        self.norm = norm_relu(outputs)
        self.own = nn.Sequential(norm_relu(width), conv(width, width), norm_relu(width), conv(width, outputs))

    def forward(self, x):
        shortcut = x
        if self.project is not None:
            shortcut = F.conv2d(self.shortcut_norm(x), self.project.weight, stride=self.stride)
            x = self.project(self.project_norm(x))
        z = self.reduce(self.norm(x))
        z = F.conv2d(z, self.core.weight, stride=self.stride, padding=1, groups=self.core.groups)
        return self.own(z) + shortcut


def residual_stage(units, inputs, outputs, width, stride):
    first = ResidualUnit(inputs, outputs, width, stride)
    return nn.Sequential(first, *(ResidualUnit(outputs, outputs, width, 1) for _ in range(units - 1)))


def collective_stage(units, inputs, outputs, width, stride):
    shared = conv(outputs, width), conv(width, width, 3, groups=width)
    first = CollectiveUnit(inputs, outputs, width, stride, *shared)
    return nn.Sequential(first, *(CollectiveUnit(outputs, outputs, width, 1, *shared) for _ in range(units - 1)))


def cru_net_56():
    return nn.Sequential(
        conv(3, 64, 7, 2),
        norm_relu(64),
        nn.MaxPool2d(3, 2, 1),
        residual_stage(3, 64, 256, 128, 1),
        residual_stage(4, 256, 512, 256, 2),
        collective_stage(6, 512, 1024, 640, 2),
        residual_stage(3, 1024, 2048, 1024, 2),
        norm_relu(2048),
        nn.AdaptiveAvgPool2d(1),
        nn.Flatten(),
        nn.Linear(2048, 1000),
    )


def images_per_second(step, warm_up, steps, batch=BATCH):
    for _ in range(warm_up):
        step()
    start = time.perf_counter()
    for _ in range(steps):
        step()
    return batch * steps / (time.perf_counter() - start)


def peak_mib():
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def measure(network, memory_format, warm_up, training_steps, forward_passes):
    optimizer = torch.optim.SGD(network.parameters(), lr=0.01, momentum=0.9, nesterov=True, weight_decay=5e-4)
    images = torch.randn(BATCH, 3, 224, 224).contiguous(memory_format=memory_format)
    labels = torch.randint(1000, (BATCH,))

    def train():
        optimizer.zero_grad(set_to_none=True)
        loss = F.cross_entropy(network(images), labels)
        loss.backward()
        optimizer.step()
        return loss.item()

    def forward():
        with torch.inference_mode():
            return network(images)

    trained = images_per_second(train, warm_up, training_steps)
    train_peak = peak_mib()
    network.eval()
    forwarded = images_per_second(forward, warm_up, forward_passes)
    return {"train": trained, "forward": forwarded, "train_peak_mib": train_peak, "peak_mib": peak_mib()}


def evaluation(network, memory_format):
    images = torch.randn(EVALUATION_BATCH, 3, 224, 224).contiguous(memory_format=memory_format)
    network.eval()
    with torch.inference_mode():
        evaluated = images_per_second(lambda: network(images), 1, 3, EVALUATION_BATCH)
    return {"evaluation": evaluated, "evaluation_peak_mib": peak_mib()}


def main(layout, *counts):
    memory_format = getattr(torch, layout + "_format" if layout == "contiguous" else layout)
    torch.manual_seed(1)
    network = cru_net_56().to(memory_format=memory_format)
    assert sum(p.numel() for p in network.parameters()) == 25_609_384
    if counts == ("evaluation",):
        result = evaluation(network, memory_format)
    else:
        result = measure(network, memory_format, *map(int, counts))
    about = {"program": "python " + layout.replace("_", " "), "version": "torch " + torch.__version__.split("+")[0]}
    print(json.dumps(about | result))


if __name__ == "__main__":
    main(*sys.argv[1:])
