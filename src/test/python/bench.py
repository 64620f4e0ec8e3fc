"""Speed and memory of CRU-Net-56 and the small CRU network in plain PyTorch; environment/bench.py runs it.

    python src/test/python/bench.py contiguous|channels_last|compile PRECISION CASE...

Cases and output are those of bench_onnx.py; "train 8" is forward, cross entropy, backward and SGD, "small train 32" that
of the small network. compile is torch.compile of the network in channels last, its weights frozen where none is trained.

Written from the paper like reference.py, but with modules and an optimizer.
"""

import sys

import torch
import torch.nn.functional as F
from torch import nn

from bench_onnx import measure


def norm_relu(channels):
    return nn.Sequential(nn.BatchNorm2d(channels, eps=2e-5), nn.ReLU(inplace=True))


def conv(inputs, outputs, kernel=1, stride=1, groups=1):
    return nn.Conv2d(inputs, outputs, kernel, stride, kernel // 2, groups=groups, bias=False)


class ResidualUnit(nn.Module):
    def __init__(self, inputs, outputs, width, stride, cardinality):
        super().__init__()
        self.residual = nn.Sequential(
            norm_relu(inputs),
            conv(inputs, width),
            norm_relu(width),
            conv(width, width, 3, stride, cardinality),
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


def residual_stage(units, inputs, outputs, width, stride, cardinality=32):
    first = ResidualUnit(inputs, outputs, width, stride, cardinality)
    return nn.Sequential(first, *(ResidualUnit(outputs, outputs, width, 1, cardinality) for _ in range(units - 1)))


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


def small():
    return nn.Sequential(
        conv(3, 24, 3),
        norm_relu(24),
        residual_stage(2, 24, 48, 24, 1, 8),
        collective_stage(3, 48, 96, 60, 2),
        collective_stage(3, 96, 192, 120, 2),
        norm_relu(192),
        nn.AdaptiveAvgPool2d(1),
        nn.Flatten(),
        nn.Linear(192, 10),
    )


def network(name):
    """With the shape of its images and the number of its classes; as many parameters as in Java."""
    torch.manual_seed(1)
    made, image, classes, parameters = (
        (small(), (3, 32, 32), 10, 208_198) if name.startswith("small") else (cru_net_56(), (3, 224, 224), 1000, 25_609_384)
    )
    assert sum(p.numel() for p in made.parameters()) == parameters
    return made, image, classes


def training(made, images, labels, half):
    optimizer = torch.optim.SGD(made.parameters(), 0.01, 0.9, nesterov=True, weight_decay=5e-4, fused=True)

    def step():
        optimizer.zero_grad(set_to_none=True)
        with torch.autocast("cpu", torch.bfloat16, enabled=half):
            loss = F.cross_entropy(made(images), labels)
        loss.backward()
        optimizer.step()
        return loss.item()

    return step


def inference(made, images, half):
    numbers = torch.bfloat16 if half else torch.float32
    made, images = made.eval().to(numbers), images.to(numbers)

    def step():
        with torch.inference_mode():
            return made(images)

    return step


def main(how, precision, *cases):
    layout = torch.contiguous_format if how == "contiguous" else torch.channels_last
    half = precision == "bf16"

    def step(name, batch):
        made, image, classes = network(name)
        made = made.to(memory_format=layout)
        images = torch.randn(batch, *image).contiguous(memory_format=layout)
        if how == "compile":
            torch._inductor.config.freezing = "train" not in name
            made = torch.compile(made, dynamic=False)
        if "train" in name:
            return training(made, images, torch.randint(classes, (batch,)), half)
        return inference(made, images, half)

    program = "Python, " + {"compile": "torch.compile"}.get(how, how.replace("_", " "))
    measure(program, "PyTorch " + torch.__version__.split("+")[0], precision, cases, step)


if __name__ == "__main__":
    main(*sys.argv[1:])
