"""Residual networks and collective residual units in plain PyTorch, and the golden files the Java tests compare with.

Written from the paper (arXiv 1703.02180) and its authors' notes alone, independently of the Java code; what the two
share is the names of the tensors, the numbers that fill them (fill.py) and the list of cases (golden/cases.json).

    python src/test/python/reference.py              write every golden file (minutes: three networks at full size)
    python src/test/python/reference.py --small      only those of cases.json and the fill (seconds)
    python src/test/python/reference.py --compare float32
                                                     write nothing; compute cases.json again in this precision and
                                                     say how far each tensor is from the committed one
    python src/test/python/reference.py --logits DIR
                                                     logits of the networks that check_mxnet.py builds, for it to read

Needs PyTorch 1.13 or newer and NumPy. The committed files were made with PyTorch 2.7.1 on a CPU, in float64, and are
stored as float32. Each <case>.safetensors holds, for batch norm in both modes (train: statistics of the batch; eval:
running statistics): output, loss = sum(output * coefficients), grad/<parameter>, grad/input, and in train mode
buffer/<running statistics after one update>.
"""

import argparse
import json
import struct
from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F

from fill import fill

GOLDEN = Path(__file__).resolve().parents[1] / "resources" / "golden"


# ---- The networks. A case is a row of cases.json; a tensor is named, and made when the first forward pass asks for it.


class Tensors(dict):
    """Parameters and running statistics by name, with what every layer needs to know."""

    def __init__(self, case, train, dtype=torch.float64, device="cpu"):
        super().__init__()
        self.train, self.dtype, self.device = train, dtype, device
        self.epsilon, self.momentum = case["epsilon"], case["momentum"]
        self.pre = case["order"] == "PRE_ACTIVATION"
        self.multiply_adds = 0  # of convolutions and classifier, for the whole batch

    def get(self, name, *shape):
        if name not in self:
            meta = self.device == "meta"
            value = torch.empty(shape, device="meta") if meta else torch.from_numpy(fill(name, shape)).to(self.dtype)
            self[name] = value if ".running_" in name else value.requires_grad_(not meta)
        assert self[name].shape == shape, name
        return self[name]


def conv(t, name, x, out, kernel=1, stride=1, cardinality=1):
    weight = t.get(name + ".weight", out, x.shape[1] // cardinality, kernel, kernel)
    y = F.conv2d(x, weight, None, stride, kernel // 2, 1, cardinality)
    t.multiply_adds += y.numel() * weight[0].numel()
    return y


def norm(t, name, x):
    mean, var, scale, shift = (
        t.get(f"{name}.{what}", x.shape[1]) for what in ("running_mean", "running_var", "weight", "bias")
    )
    return F.batch_norm(x, mean, var, scale, shift, t.train, 1 - t.momentum, t.epsilon)


def norm_relu(t, name, x):
    return F.relu(norm(t, name, x))


def residual_unit(t, name, x, stage, stride):
    """One block term as layers, 1x1, 3x3 in R groups, 1x1; or the basic unit, two 3x3. Both orders of BN and ReLU."""
    width, out, cardinality = stage["width"], stage["out"], stage["cardinality"]
    if stage["kind"] == "BASIC":
        layers = [("conv1", width, 3, stride, 1), ("conv2", out, 3, 1, 1)]
    else:
        layers = [("reduce", width, 1, 1, 1), ("core", width, 3, stride, cardinality), ("expand", out, 1, 1, 1)]
    shortcut, y = x, x
    resized = stride > 1 or x.shape[1] != out
    if t.pre:
        if resized:
            shortcut = norm_relu(t, name + ".shortcut_norm", x)
            shortcut = conv(t, name + ".shortcut", shortcut, out, 1, stride)
        for i, (layer, *sizes) in enumerate(layers, 1):
            y = conv(t, f"{name}.{layer}", norm_relu(t, f"{name}.norm{i}", y), *sizes)
        return y + shortcut
    if resized:
        shortcut = conv(t, name + ".shortcut", x, out, 1, stride)
        shortcut = norm(t, name + ".shortcut_norm", shortcut)
    for i, (layer, *sizes) in enumerate(layers, 1):
        y = norm(t, f"{name}.norm{i}", conv(t, f"{name}.{layer}", y, *sizes))
        y = F.relu(y) if i < len(layers) else y
    return F.relu(y + shortcut)


def collective_unit(t, shared, name, x, stage, stride):
    """Fig. 3 of the paper: the factors A3 (reduce) and G (core) are shared, A4 (expand, and mix) is the unit's own."""
    width, out = stage["width"], stage["out"]
    shortcut, core = x, shared + ".core"
    if stride > 1 or x.shape[1] != out:  # first unit of a stage: one projection at two strides
        separate = stage.get("separate", False) and stride > 1  # or two, and a 3x3 of its own
        shortcut = norm_relu(t, name + ".project.shortcut_norm", x)
        shortcut = conv(t, name + ".project." + ("shortcut" if separate else "conv"), shortcut, out, 1, stride)
        x = conv(t, name + ".project.conv", norm_relu(t, name + ".project.norm", x), out)
        core = name + ".core" if separate else core
    y = conv(t, shared + ".reduce", norm_relu(t, name + ".norm1", x), width)
    y = conv(t, core, y, width, 3, stride, stage["cardinality"])
    y = norm_relu(t, name + ".norm2", y)
    if stage["kind"] == "CRU":  # the improved form; CRU_STANDARD is without
        y = norm_relu(t, name + ".norm3", conv(t, name + ".mix", y, width))
    return conv(t, name + ".expand", y, out) + shortcut


def run_stage(t, name, x, stage, stride):
    units = stage["units"]
    group = min(stage.get("group", units), units)
    for i in range(units):
        if stage["kind"] in ("BASIC", "BOTTLENECK"):
            x = residual_unit(t, f"{name}.unit{i + 1}", x, stage, stride)
        else:
            prefix = name if group == units else f"{name}.group{i // group + 1}"
            x = collective_unit(t, prefix + ".shared", f"{prefix}.unit{i % group + 1}", x, stage, stride)
        stride = 1
    return x


def forward(t, case, x):
    stem, stride = case.get("stem"), case.get("firstStride", 1)
    if stem:
        x = conv(t, "stem.conv", x, stem["channels"], stem["kernel"], stem["stride"])
        x = norm_relu(t, "stem.norm", x)
        x = F.max_pool2d(x, 3, 2, 1) if stem["pool"] else x
    for i, stage in enumerate(case["stages"]):
        x = run_stage(t, f"conv{i + 2}", x, stage, 2 if i > 0 else stride)
    if "classes" not in case:
        return x
    x = (norm_relu(t, "head.norm", x) if t.pre else x).mean((2, 3))
    weight = t.get("head.classifier.weight", case["classes"], x.shape[1])
    t.multiply_adds += len(x) * weight.numel()
    return F.linear(x, weight, t.get("head.classifier.bias", case["classes"]))


# ---- The golden files.


def compute(case, train, dtype=torch.float64):
    """Output, loss, gradients and updated statistics of one forward and backward pass, by key of the golden file."""
    t = Tensors(case, train, dtype)
    x = torch.from_numpy(fill("input", case["input"])).to(dtype).requires_grad_()
    output = forward(t, case, x)
    loss = (output * torch.from_numpy(fill("coefficients", output.shape)).to(dtype)).sum()
    loss.backward()
    mode = "train" if train else "eval"
    result = {f"{mode}/output": output, f"{mode}/loss": loss, f"{mode}/grad/input": x.grad}
    for name, tensor in t.items():
        if tensor.requires_grad:
            result[f"{mode}/grad/{name}"] = tensor.grad
        elif train:
            result[f"{mode}/buffer/{name}"] = tensor
    return {key: value.detach().numpy() for key, value in result.items()}


def both_modes(case, dtype=torch.float64):
    return {**compute(case, True, dtype), **compute(case, False, dtype)}


def write(name, arrays):
    """The safetensors format: length of the header, header in JSON, then the numbers, little-endian."""
    header, offset = {"__metadata__": {"torch": torch.__version__.split("+")[0]}}, 0
    arrays = {key: np.asarray(value).astype("<f4") for key, value in sorted(arrays.items())}
    for key, value in arrays.items():
        header[key] = {"dtype": "F32", "shape": list(value.shape), "data_offsets": [offset, offset + value.nbytes]}
        offset += value.nbytes
    text = json.dumps(header, separators=(",", ":")).encode()
    text += b" " * (-len(text) % 8)
    data = b"".join(value.tobytes() for value in arrays.values())
    (GOLDEN / (name + ".safetensors")).write_bytes(struct.pack("<Q", len(text)) + text + data)


def read(name):
    content = (GOLDEN / (name + ".safetensors")).read_bytes()
    start = 8 + struct.unpack("<Q", content[:8])[0]
    header = json.loads(content[8:start])
    header.pop("__metadata__")
    return {
        key: np.frombuffer(content, "<f4", int(np.prod(e["shape"])), start + e["data_offsets"][0]).reshape(e["shape"])
        for key, e in header.items()
    }


def compare(cases, dtype):
    """Per case, the largest difference from the committed file, relative to the largest number of the tensor."""
    for case in cases:
        golden, computed = read(case["name"]), both_modes(case, dtype)
        assert golden.keys() == computed.keys(), case["name"]
        differences = {
            key: np.abs(computed[key] - golden[key]).max() / max(np.abs(golden[key]).max(), 1e-30) for key in golden
        }
        worst = max(differences, key=differences.get)
        print(f"{case['name']:44} {differences[worst]:.1e}  {worst}")


def small(cases):
    names = ("input", "coefficients", "conv2.unit1.core.weight", "conv2.unit1.norm1.weight", "conv2.unit1.norm1.bias")
    names += ("conv2.unit1.norm1.running_mean", "conv2.unit1.norm1.running_var", "head.classifier.bias", "probe:Größe")
    write("fill", {name: fill(name, (4, 3, 3, 3) if "core" in name else (50,)) for name in names})
    for case in cases:
        write(case["name"], both_modes(case))


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--small", action="store_true", help="write only the goldens of cases.json and the fill")
    parser.add_argument("--compare", choices=("float32", "float64"), help="compare with the committed files instead")
    parser.add_argument("--logits", type=Path, metavar="DIR", help="write logits for check_mxnet.py instead")
    options = parser.parse_args()
    cases = json.loads((GOLDEN / "cases.json").read_text())
    if options.compare:
        compare(cases, getattr(torch, options.compare))
        return
    small(cases)


if __name__ == "__main__":
    main()
