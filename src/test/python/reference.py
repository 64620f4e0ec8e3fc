"""Residual networks and collective residual units in plain PyTorch, and the golden files the Java tests compare with.

Written from the paper (arXiv 1703.02180) and its authors' notes alone, independently of the Java code; what the two
share is the names of the tensors, the numbers that fill them (fill.py) and the list of cases (golden/cases.json).

    python src/test/python/reference.py              write every golden file (half a minute)
    python src/test/python/reference.py --small      all but the three networks at full size (seconds)
    python src/test/python/reference.py --compare float32
                                                     write nothing; compute cases.json again in this precision and
                                                     say how far each tensor is from the committed one
    python src/test/python/reference.py --logits DIR
                                                     write nothing else; the logits that check_mxnet.py compares with

Needs PyTorch 1.13 or newer and NumPy. The committed files were made with PyTorch 2.7.1 on a CPU, in float64, and are
stored as float32. Each <case>.safetensors holds, for batch norm in both modes (train: statistics of the batch; eval:
running statistics): output, loss = sum(output * coefficients), grad/<parameter>, grad/input, and in train mode
buffer/<running statistics after one update>. full-<network>.safetensors holds the same of a network of the paper for
one image, but of each gradient and statistic only [its L2 norm, its product with fill("probe:" + its name)].
counts.json: parameters, multiply-adds, sizes, and the bytes kept for the backward pass.

Computed in float32 instead, a tensor of a block differs by at most 1e-5 of its largest number, of a small network by
1e-3: before a batch norm the gradient of another one's scale nearly vanishes. At full size the logits differ by 1e-5;
fingerprints of gradients by up to 1 % (eval) and 5 % (train) of the norm, since some of the millions of ReLUs switch.
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


FORMATS = {"F32": "<f4", "F64": "<f8", "I64": "<i8"}


def write(name, arrays):
    save(GOLDEN / (name + ".safetensors"), {key: np.asarray(value).astype("<f4") for key, value in arrays.items()})


def save(file, arrays):
    """The safetensors format: length of the header, header in JSON, then the numbers, little-endian."""
    header, offset = {"__metadata__": {"torch": torch.__version__.split("+")[0]}}, 0
    names = {numbers: name for name, numbers in FORMATS.items()}
    arrays = {key: np.asarray(value, order="C") for key, value in sorted(arrays.items())}
    for key, value in arrays.items():
        end = offset + value.nbytes
        header[key] = {"dtype": names[value.dtype.str], "shape": list(value.shape), "data_offsets": [offset, end]}
        offset = end
    text = json.dumps(header, separators=(",", ":")).encode()
    text += b" " * (-len(text) % 8)
    data = b"".join(value.tobytes() for value in arrays.values())
    file.write_bytes(struct.pack("<Q", len(text)) + text + data)


def read(name):
    return load(GOLDEN / (name + ".safetensors"))


def load(file):
    content = file.read_bytes()
    start = 8 + struct.unpack("<Q", content[:8])[0]
    header = json.loads(content[8:start])
    header.pop("__metadata__", None)
    return {key: numbers(content, start, **entry) for key, entry in header.items()}


def numbers(content, start, dtype, shape, data_offsets):
    return np.frombuffer(content, FORMATS[dtype], int(np.prod(shape)), start + data_offsets[0]).reshape(shape)


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


def fingerprint(name, value):
    """Of a tensor too large to store: its length, and its product with a fixed random tensor."""
    return np.array([np.linalg.norm(value), (value * fill("probe:" + name, value.shape)).sum()])


def full_size(case):
    """As both_modes, but of every gradient and statistic the fingerprint."""
    result = {}
    for key, value in both_modes(case).items():
        mode, what, *name = key.split("/")
        result[key] = fingerprint(name[0], value) if name else value
    return result


def saved_bytes(case):
    """Per image, what autograd keeps of the forward pass in training (float32, eager): each distinct tensor once,
    without parameters, the vectors of batch norm and the indices of the max pool."""
    t, saved = Tensors(case, True, torch.float32), {}
    x = torch.from_numpy(fill("input", case["input"]))

    def pack(tensor):
        saved[tensor.data_ptr()] = tensor  # kept, so that no address is used twice
        return tensor

    with torch.autograd.graph.saved_tensors_hooks(pack, lambda tensor: tensor):
        output = forward(t, case, x)
    parameters = {tensor.data_ptr() for tensor in t.values()}
    kept = [s for at, s in saved.items() if at not in parameters and s.dim() > 1 and s.dtype == torch.float32]
    assert output.grad_fn is not None
    return sum(s.numel() * s.element_size() for s in kept) // len(x)


# ---- The networks of the paper at full size, and what is printed about them.


def imagenet(units, widths, cardinality, order="PRE", kind="BOTTLENECK", out=(256, 512, 1024, 2048), classes=1000,
             collective=(), separate=False):
    """A row of Table 1. cardinality None: the 3x3 are channelwise. collective: stages made of CRUs, shared by six."""
    stages = []
    for i, (n, width, channels) in enumerate(zip(units, widths, out)):
        stage = {"kind": kind, "units": n, "width": width, "cardinality": cardinality or width, "out": channels}
        if i in collective:
            stage.update(kind="CRU", cardinality=width, group=6, separate=separate)
        stages.append(stage)
    return {
        "order": order + "_ACTIVATION",
        "epsilon": 2e-5 if order == "PRE" else 1e-5,
        "momentum": 0.9,
        "input": [1, 3, 224, 224],
        "stem": {"channels": 64, "kernel": 7, "stride": 2, "pool": True},
        "stages": stages,
        "classes": classes,
    }


R50, R101, R152, R200 = (3, 4, 6, 3), (3, 4, 23, 3), (3, 8, 36, 3), (3, 24, 36, 3)
C116 = (3, 6, 18, 3)
RESNET, NEXT, NEXT64 = (64, 128, 256, 512), (128, 256, 512, 1024), (256, 512, 1024, 2048)
CRU56, CRU116 = (128, 256, 640, 1024), (128, 352, 704, 1024)
BASIC = {"kind": "BASIC", "out": RESNET}
POST = {"order": "POST"}

# Name: the network; as printed: trainable parameters, 1e9 multiply-adds, MiB of weights and statistics. The last two
# are compared at the decimals given here. Post-activation rows: as torchvision states them.
NETWORKS = {
    "resnet50": (imagenet(R50, RESNET, 1), 25553192, "4.089", "97.7"),
    "resnext50-32x4d": (imagenet(R50, NEXT, 32), 25025064, "4.230", "95.7"),
    "resnext50-136x1d": (imagenet(R50, (136, 272, 544, 1088), None), 24854432, "4.246", "95.1"),
    "cru56": (imagenet(R50, CRU56, 32, collective=[2]), 25609384, "5.634", "98.0"),
    "cru56-separate": (imagenet(R50, CRU56, 32, collective=[2], separate=True), 26139432, None, None),
    "cru116": (imagenet(C116, CRU116, 32, collective=[1, 2]), 43656136, "12.646", "167.1"),
    "cru116-separate": (imagenet(C116, CRU116, 32, collective=[1, 2], separate=True), 44321000, None, None),
    "resnet101": (imagenet(R101, RESNET, 1), 44545320, "7.801", "170.3"),
    "resnet152": (imagenet(R152, RESNET, 1), 60188968, "11.514", "230.2"),
    "resnet152-places": (imagenet(R152, RESNET, 1, classes=365), 58887853, "11.512", "225.2"),
    "resnet200": (imagenet(R200, RESNET, 1), 64669992, "15.007", "247.4"),
    "resnext101-32x4d": (imagenet(R101, NEXT, 32), 44173864, "7.970", "169.0"),
    "resnext101-64x4d": (imagenet(R101, NEXT64, 64), 83451432, "15.460", "319.1"),
    "wrn50-2": (imagenet(R50, (128, 256, 512, 1024), 1), 68879400, "11.398", "263.0"),
    "cru56-136x1d": (imagenet(R50, (136, 272, 640, 1088), None, collective=[2]), 25474144, "5.647", "97.4"),
    "cru116-places": (imagenet(C116, CRU116, 32, classes=365, collective=[1, 2]), 42355021, "12.645", "162.1"),
    "cru116-wider-64x4d": (  # widths inferred from the printed size
        imagenet(C116, (256, 576, 1152, 2048), 64, collective=[1, 2]), None, "22.78", "317.3"),
    "cru56-tiny-32x4d": (  # widths inferred: half the output channels, and the CRU width that gives the printed size
        imagenet(R50, (128, 256, 512, 1024), 32, out=(128, 256, 512, 1024), collective=[2]), None, None, "48"),
    "resnet18": (imagenet((2, 2, 2, 2), RESNET, 1, **BASIC), None, None, None),
    "resnet34": (imagenet(R50, RESNET, 1, **BASIC), None, None, None),
    "resnet18-post": (imagenet((2, 2, 2, 2), RESNET, 1, **BASIC, **POST), 11689512, "1.81", None),
    "resnet34-post": (imagenet(R50, RESNET, 1, **BASIC, **POST), 21797672, "3.66", None),
    "resnet50-post": (imagenet(R50, RESNET, 1, **POST), 25557032, "4.09", None),
    "resnet101-post": (imagenet(R101, RESNET, 1, **POST), 44549160, "7.80", None),
    "resnet152-post": (imagenet(R152, RESNET, 1, **POST), 60192808, "11.51", None),
    "resnext50-32x4d-post": (imagenet(R50, NEXT, 32, **POST), 25028904, "4.23", None),
    "wrn50-2-post": (imagenet(R50, (128, 256, 512, 1024), 1, **POST), 68883240, "11.40", None),
}
FULL_SIZE = ("cru56", "cru56-separate", "resnext50-32x4d")


def counts(cases):
    networks, wrong = {}, []
    for name, (case, *printed) in NETWORKS.items():
        t = Tensors(case, False, device="meta")
        forward(t, case, torch.empty(case["input"], device="meta"))
        buffers = sum(tensor.numel() for key, tensor in t.items() if ".running_" in key)
        parameters = sum(tensor.numel() for tensor in t.values()) - buffers
        row = {"parameters": parameters, "buffers": buffers, "multiply_adds": t.multiply_adds}
        row["mib"] = round((parameters + buffers) * 4 / 2**20, 4)
        for what, number in zip(("parameters", "multiply_adds", "mib"), printed):
            value = row[what] / (1e9 if what == "multiply_adds" else 1)
            decimals = len(str(number).partition(".")[2])
            if number is not None and round(value, decimals) != float(number):
                wrong.append(f"{name}: {what} {value}, printed {number}")
        networks[name] = {**row, "network": case}
    saved = {case["name"]: saved_bytes(case) for case in cases if "classes" in case}
    saved.update((name, saved_bytes(NETWORKS[name][0])) for name in FULL_SIZE)
    lines = [f"{json.dumps(name)}:{json.dumps(row, separators=(',', ':'))}" for name, row in networks.items()]
    text = '{"networks":{\n' + ",\n".join(lines) + '\n},\n"saved_bytes":' + json.dumps(saved, indent=0) + "}\n"
    (GOLDEN / "counts.json").write_text(text)
    assert not wrong, "\n".join(wrong)


def small(cases):
    names = ["input", "coefficients", "probe:Größe", "conv2.unit1.core.weight", "head.classifier.bias"]
    names += ["conv2.unit1.norm1." + what for what in ("weight", "bias", "running_mean", "running_var")]
    write("fill", {name: fill(name, (4, 3, 3, 3) if "core" in name else (50,)) for name in names})
    for case in cases:
        write(case["name"], both_modes(case))


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--small", action="store_true", help="all but the networks at full size")
    parser.add_argument("--compare", choices=("float32", "float64"), help="compare with the committed files instead")
    parser.add_argument("--logits", type=Path, metavar="DIR", help="write logits for check_mxnet.py instead")
    options = parser.parse_args()
    cases = json.loads((GOLDEN / "cases.json").read_text())
    if options.compare:
        compare(cases, getattr(torch, options.compare))
        return
    if options.logits:
        options.logits.mkdir(parents=True, exist_ok=True)
        for name in ("cru56", "cru56-separate", "cru116", "cru116-separate"):
            case = {**NETWORKS[name][0], "epsilon": 1e-5}
            with torch.no_grad():
                output = forward(Tensors(case, False), case, torch.from_numpy(fill("input", case["input"])).double())
            np.save(options.logits / (name + ".npy"), output.numpy())
        return
    counts(cases)
    small(cases)
    if not options.small:
        for name in FULL_SIZE:
            write("full-" + name, full_size(NETWORKS[name][0]))


if __name__ == "__main__":
    main()
