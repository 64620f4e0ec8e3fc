"""Small members of the networks that share weights between residual units and of those they are compared with, in plain
PyTorch, and the golden files that RelativesGoldenTest reads.

Written from the papers, independently of the Java code; what the two share is the names of the tensors and the numbers
that fill them (fill.py).

    python src/test/python/relatives.py              write golden/relatives (seconds)

Needs PyTorch and NumPy. The committed files were made with PyTorch 2.15.0 (cp, tucker, cru and low-rank-factors: 2.7.1)
and NumPy 2.4.6 on a CPU, in float64, and are stored as float32. Each holds, for batch norm in both modes (train:
statistics of the batch; eval: running statistics): output, grad/<parameter> and grad/input of sum(output *
coefficients), and in train mode buffer/<running statistics after one update>.
"""

import torch
import torch.nn.functional as F
from torch import nn

from fill import fill
from reference import GOLDEN, write


def conv(i, o, size=3, stride=1, groups=1):
    return nn.Conv2d(i, o, size, stride, size // 2, groups=groups, bias=False)


def convolve(x, kernel, stride):
    return F.conv2d(x, kernel, stride=stride, padding=kernel.shape[-1] // 2, groups=x.shape[1] // kernel.shape[1])


# ---- Kernels that are computed. A parameter that is registered twice is one parameter, named where it was first.


class FilterBasis(nn.Module):
    """Deeply shared filter bases (Kang and Kim 2021): the layer's own filters, then the shared ones."""

    def __init__(self, own, shared):
        super().__init__()
        self.own = nn.Parameter(torch.empty(own, *shared.shape[1:])) if own else None
        self.shared = shared

    def forward(self, x):
        return F.conv2d(x, self.shared if self.own is None else torch.cat([self.own, self.shared]), padding=1)


class Mixture(nn.Module):
    """Soft sharing (Savarese and Maire 2019): templates, each times a coefficient of the layer's own."""

    def __init__(self, templates):
        super().__init__()
        self.templates = templates
        self.alpha = nn.Parameter(torch.empty(len(templates)))

    def forward(self, x):
        return F.conv2d(x, sum(a * template for a, template in zip(self.alpha, self.templates)), padding=1)


class Slice(nn.Module):
    """The first filters and channels of a larger kernel."""

    def __init__(self, large, width):
        super().__init__()
        self.large, self.width = large, width

    def forward(self, x):
        return F.conv2d(x, self.large[: self.width, : self.width], padding=1)


class LowRank(nn.Module):
    """A shared kernel, and a matrix of low rank of the layer's own, out x (in height width)."""

    def __init__(self, shared, rank):
        super().__init__()
        self.shared = shared
        self.up = nn.Parameter(torch.empty(len(shared), rank))
        self.down = nn.Parameter(torch.empty(rank, shared[0].numel()))

    def forward(self, x, stride=1):
        own = torch.einsum("or,rk->ok", self.up, self.down)
        return convolve(x, self.shared + own.view_as(self.shared), stride)


class Strided(nn.Conv2d):
    """A convolution whose stride comes with the call."""

    def forward(self, x, stride):
        return convolve(x, self.weight, stride)


class Joint(nn.Module):
    """One slice of a CP or Tucker decomposition of all kernels of a stage (Kossaifi et al. 2020); the row is the layer's own."""

    def __init__(self, shared, rank, formula):
        super().__init__()
        self.shared, self.formula = shared, formula
        self.own = nn.Parameter(torch.empty(rank))

    def forward(self, x):
        return F.conv2d(x, torch.einsum(self.formula, self.own, *self.shared), padding=1)


# ---- Units.


class Post(nn.Module):
    """He et al. 2015: convolution, BN, ReLU. The shortcut is B, a 1x1 with BN, or A, every second pixel and channels of
    zeros, half of them before and half behind."""

    def __init__(self, i, o, stride, pad):
        super().__init__()
        self.stride, self.extra = stride, o - i if pad else 0
        if not pad and (stride > 1 or i != o):
            self.shortcut, self.shortcut_norm = conv(i, o, 1, stride), nn.BatchNorm2d(o)

    def forward(self, x):
        y = self.residual(x)
        if hasattr(self, "shortcut"):
            x = self.shortcut_norm(self.shortcut(x))
        elif self.extra:
            half = self.extra // 2
            x = F.pad(x[:, :, :: self.stride, :: self.stride], (0, 0, 0, 0, half, self.extra - half))
        return F.relu(x + y)


class Basic(Post):
    def __init__(self, i, w, stride, pad=False, conv2=None):
        super().__init__(i, w, stride, pad)
        self.conv1, self.norm1 = conv(i, w, 3, stride), nn.BatchNorm2d(w)
        self.conv2, self.norm2 = conv2 or conv(w, w), nn.BatchNorm2d(w)

    def residual(self, x):
        return self.norm2(self.conv2(F.relu(self.norm1(self.conv1(x)))))


class Bottleneck(Post):
    """With the stride in the 3x3; with groups that of ResNeXt (Xie et al. 2016)."""

    def __init__(self, i, w, stride, out, groups=1, core=None, expand=None):
        super().__init__(i, out, stride, pad=False)
        self.reduce, self.norm1 = conv(i, w, 1), nn.BatchNorm2d(w)
        self.core, self.norm2 = core or conv(w, w, 3, stride, groups), nn.BatchNorm2d(w)
        self.expand, self.norm3 = expand or conv(w, out, 1), nn.BatchNorm2d(out)

    def residual(self, x):
        x = F.relu(self.norm1(self.reduce(x)))
        return self.norm3(self.expand(F.relu(self.norm2(self.core(x)))))


class FilterBasisUnit(nn.Module):
    """Basis, BN, coefficients, BN, ReLU, and again; no ReLU between a basis and its coefficients."""

    def __init__(self, w, own, first, second):
        super().__init__()
        filters = own + len(first)
        self.basis1, self.norm1 = FilterBasis(own, first), nn.BatchNorm2d(filters)
        self.combine1, self.norm2 = conv(filters, w, 1), nn.BatchNorm2d(w)
        self.basis2, self.norm3 = FilterBasis(own, second), nn.BatchNorm2d(filters)
        self.combine2, self.norm4 = conv(filters, w, 1), nn.BatchNorm2d(w)

    def forward(self, x):
        y = F.relu(self.norm2(self.combine1(self.norm1(self.basis1(x)))))
        return F.relu(x + self.norm4(self.combine2(self.norm3(self.basis2(y)))))


class Pre(nn.Module):
    """He et al. 2016, Zagoruyko and Komodakis 2016: BN, ReLU, convolution. A bare 1x1 reads what the first convolution
    reads where channels or resolution change."""

    def __init__(self, i, o, stride):
        super().__init__()
        self.norm1 = nn.BatchNorm2d(i)
        if stride > 1 or i != o:
            self.shortcut = conv(i, o, 1, stride)

    def forward(self, x):
        y = F.relu(self.norm1(x))
        return (self.shortcut(y) if hasattr(self, "shortcut") else x) + self.residual(y)


class PreBasic(Pre):
    def __init__(self, i, w, stride, conv1=None, conv2=None):
        super().__init__(i, w, stride)
        self.conv1, self.norm2 = conv1 or conv(i, w, 3, stride), nn.BatchNorm2d(w)
        self.conv2 = conv2 or conv(w, w)

    def residual(self, y):
        return self.conv2(F.relu(self.norm2(self.conv1(y))))


class PreBottleneck(Pre):
    """With the stride in the first 1x1."""

    def __init__(self, i, w, stride, out, core=None):
        super().__init__(i, out, stride)
        self.reduce, self.norm2 = conv(i, w, 1, stride), nn.BatchNorm2d(w)
        self.core, self.norm3 = core or conv(w, w), nn.BatchNorm2d(w)
        self.expand = conv(w, out, 1)

    def residual(self, y):
        return self.expand(F.relu(self.norm3(self.core(F.relu(self.norm2(self.reduce(y)))))))


class Projection(nn.Module):
    def __init__(self, i, o):
        super().__init__()
        self.norm, self.shortcut_norm, self.conv = nn.BatchNorm2d(i), nn.BatchNorm2d(i), conv(i, o, 1)


class Collective(nn.Module):
    """The improved collective unit (arXiv 1703.02180): the shared 1x1, a 3x3, and two 1x1 of its own. A first unit
    projects its input for both sides by one 1x1, for the shortcut with the stride."""

    def __init__(self, i, w, out, stride, reduce, core):
        super().__init__()
        self.stride = stride
        self.project = Projection(i, out) if stride > 1 or i != out else None
        self.norm1, self.reduce = nn.BatchNorm2d(out), reduce
        self.core, self.norm2 = core, nn.BatchNorm2d(w)
        self.mix, self.norm3 = conv(w, w, 1), nn.BatchNorm2d(w)
        self.expand = conv(w, out, 1)

    def forward(self, x):
        y, p = x, self.project
        if p:
            y = p.conv(F.relu(p.norm(x)))
            x = p.conv(F.relu(p.shortcut_norm(x)))[:, :, :: self.stride, :: self.stride]
        y = self.core(self.reduce(F.relu(self.norm1(y))), self.stride)
        y = self.mix(F.relu(self.norm2(y)))
        return x + self.expand(F.relu(self.norm3(y)))


# ---- Networks. conv2 is the first stage, as in the tables of ImageNet networks.


class Named(nn.Module):
    """Modules and parameters by their names, in this order."""

    def __init__(self, parts):
        super().__init__()
        for name, part in parts.items():
            setattr(self, name, part)


class Units(Named):
    def forward(self, x):
        for name, unit in self.named_children():
            x = unit(x) if name != "shared" else x
        return x


class Network(nn.Module):
    """A stem, two stages of n units, the second with twice the channels and half the pixels, and a classifier.

    unit(i, out, stride, number, shared) makes a unit, shared(out) what a stage's units have in common, across what all
    have. The stem is a 3x3 with BN and ReLU, unless imagenet, 7x7 with stride 2 and a max pool, or bare. In
    pre-activation there are BN and ReLU before the classifier."""

    def __init__(self, unit, stem, out, n, shared=lambda out: {}, across=None, pre=False, bare=False, imagenet=False):
        super().__init__()
        self.imagenet = imagenet
        if across:
            self.shared = Named(across)
        self.stem = Named({"conv": conv(3, stem, 7, 2) if imagenet else conv(3, stem)})
        self.stem.norm = None if bare else nn.BatchNorm2d(stem)
        self.conv2 = self.stage(unit, stem, out, 1, n, shared(out))
        self.conv3 = self.stage(unit, out, 2 * out, 2, n, shared(2 * out))
        self.head = Named({"norm": nn.BatchNorm2d(2 * out) if pre else None, "classifier": nn.Linear(2 * out, 3)})

    def stage(self, unit, i, out, stride, n, shared):
        parts = {"shared": Named(shared)} if shared else {}
        common = self.shared if hasattr(self, "shared") else parts.get("shared")
        parts["unit1"] = unit(i, out, stride, 0, common)
        parts.update((f"unit{j + 1}", unit(out, out, 1, j, common)) for j in range(1, n))
        return Units(parts)

    def forward(self, x):
        x = self.stem.conv(x)
        x = F.relu(self.stem.norm(x)) if self.stem.norm else x
        x = F.max_pool2d(x, 3, 2, 1) if self.imagenet else x
        x = self.conv3(self.conv2(x))
        x = F.relu(self.head.norm(x)) if self.head.norm else x
        return self.head.classifier(x.mean((2, 3)))


def pre(*args):
    return Network(*args, pre=True, bare=True)


def imagenet(*args):
    return Network(*args, imagenet=True)


def kernel(*shape):
    return nn.Parameter(torch.empty(shape))


def core(out):
    return {"core": conv(out * 3 // 8, out * 3 // 8)}


def conv2(out):
    return {"conv2": conv(out, out)}


def filter_bases(shared, own, pad, twice=False):
    """The first unit of a stage is an ordinary one; filters grow with the channels."""

    def unit(i, w, stride, number, bases):
        if number == 0:
            return Basic(i, w, stride, pad)
        return FilterBasisUnit(w, own * w // 2, *((bases.base1, bases.base2) if twice else (bases.base, bases.base)))

    names = ("base1", "base2") if twice else ("base",)
    return Network(unit, 2, 2, 3, lambda w: {name: kernel(shared * w // 2, w, 3, 3) for name in names})


def soft_unit(i, w, stride, number, shared):
    return PreBasic(i, w, stride, *(Mixture(shared.templates) for _ in range(2 if number else 0)))


def joint(formula, rank, shapes):
    def unit(i, w, stride, number, shared):
        return Basic(i, w, stride, conv2=Joint(list(shared.parameters()), rank, formula))

    return Network(unit, 2, 2, 3, lambda w: {"conv2_" + name: kernel(*shape) for name, shape in shapes(w).items()})


def cru(rank):
    """In two groups, and with a matrix of low rank of a unit's own added to both factors."""

    def unit(i, out, stride, number, shared):
        factors = [LowRank(factor, rank) if rank else factor for factor in (shared.reduce, shared.core)]
        return Collective(i, out * 3 // 2, out, stride, *factors)

    def shared(out):
        w = out * 3 // 2
        if rank:
            return {"core": kernel(w, w // 2, 3, 3), "reduce": kernel(w, out, 1, 1)}
        return {"core": Strided(w, w, 3, groups=2, bias=False), "reduce": conv(out, w, 1)}

    return Network(unit, 4, 4, 3, shared, pre=True, bare=True)


def low_rank_cru():
    def unit(i, out, stride, number, shared):
        return Collective(i, out * 3 // 4, out, stride, shared.reduce, LowRank(shared.core, 2))

    def shared(out):
        w = out * 3 // 4
        return {"core": kernel(w, w, 3, 3), "reduce": conv(out, w, 1)}

    net = Network(unit, 4, 4, 3, shared, pre=True)
    for module in net.modules():
        if isinstance(module, nn.BatchNorm2d):
            module.eps = 2e-5  # as that paper's authors set it
    return net


def slices():
    def unit(i, w, stride, number, shared):
        return Basic(i, w, stride, conv2=Slice(shared.large, w))

    return Network(unit, 2, 2, 3, across={"large": kernel(16, 16, 3, 3)})


NETWORKS = {
    "resnet-a": lambda: Network(lambda i, w, s, j, _: Basic(i, w, s, pad=True), 2, 2, 2),
    "resnet-b": lambda: Network(lambda i, w, s, j, _: Basic(i, w, s), 2, 2, 2),
    "resnet-bottleneck": lambda: Network(lambda i, o, s, j, _: Bottleneck(i, o * 3 // 8, s, o), 2, 8, 2),
    "preresnet": lambda: pre(lambda i, w, s, j, _: PreBasic(i, w, s), 2, 2, 2),
    "preresnet-bottleneck": lambda: pre(lambda i, o, s, j, _: PreBottleneck(i, o * 3 // 8, s, o), 2, 8, 2),
    "wrn": lambda: pre(lambda i, w, s, j, _: PreBasic(i, w, s), 2, 3, 2),
    "resnext": lambda: Network(lambda i, o, s, j, _: Bottleneck(i, o // 2, s, o, groups=2), 2, 8, 2),
    # Boulch 2017: all units of a stage but the first share, or all, or all of stride 1.
    "sha-resnet-bottleneck": lambda: pre(
        lambda i, o, s, j, sh: PreBottleneck(i, o * 3 // 8, s, o, sh.core if j else None), 2, 8, 3, core),
    "sha-wrn": lambda: pre(lambda i, w, s, j, sh: PreBasic(i, w, s, conv2=sh.conv2 if j else None), 2, 2, 3, conv2),
    "sha-resnet34": lambda: imagenet(lambda i, w, s, j, sh: Basic(i, w, s, conv2=sh.conv2), 2, 2, 3, conv2),
    "sha-resnet50": lambda: imagenet(
        lambda i, o, s, j, sh: Bottleneck(i, o * 3 // 8, s, o, core=sh.core if s == 1 else None), 2, 8, 3, core),
    # Kang and Kim 2021.
    "shared-resnet50": lambda: imagenet(
        lambda i, o, s, j, sh: Bottleneck(i, o * 3 // 8, s, o, 1, *((sh.core, sh.expand) if j else ())),
        2, 8, 3, lambda o: {**core(o), "expand": conv(o * 3 // 8, o, 1)}),
    "filter-bases-s2u1": lambda: filter_bases(2, 1, pad=True),
    "filter-bases-s2u1-twice": lambda: filter_bases(2, 1, pad=False, twice=True),
    "filter-bases-s3u0": lambda: filter_bases(3, 0, pad=True),
    "soft-sharing": lambda: pre(soft_unit, 2, 2, 3, lambda w: {"templates": kernel(4, w, w, 3, 3)}),
    # Kossaifi et al. 2020.
    "cp": lambda: joint("r,r,ri,rh,rw,or->oihw", 3, lambda w: {
        "lambda": (3,), "in": (3, w), "height": (3, 3), "width": (3, 3), "out": (w, 3)}),
    "tucker": lambda: joint("a,abcde,ci,dh,ew,ob->oihw", 2, lambda w: {
        "core": (2, 3, 2, 2, 3), "in": (2, w), "height": (2, 3), "width": (3, 3), "out": (w, 3)}),
    # Schemes of one's own.
    "cru": lambda: cru(0),
    "low-rank-factors": lambda: cru(2),
    "low-rank-cru": low_rank_cru,
    "slices": slices,
}


# ---- The golden files.


def compute(make, train):
    """Output, gradients and updated statistics of one forward and backward pass, by key of the golden file."""
    net = make().double().train(train)
    buffers = {name: b for name, b in net.named_buffers() if not name.endswith("num_batches_tracked")}
    parameters = dict(net.named_parameters())
    with torch.no_grad():
        for name, tensor in (*parameters.items(), *buffers.items()):
            tensor.copy_(torch.from_numpy(fill(name, tuple(tensor.shape))))
    pixels = 16 if net.imagenet else 12
    x = torch.from_numpy(fill("input", (2, 3, pixels, pixels))).double().requires_grad_()
    output = net(x)
    (output * torch.from_numpy(fill("coefficients", tuple(output.shape)))).sum().backward()
    result = {"output": output, "grad/input": x.grad}
    result.update((f"grad/{name}", parameter.grad) for name, parameter in parameters.items())
    if train:
        result.update((f"buffer/{name}", buffer) for name, buffer in buffers.items())
    return {("train/" if train else "eval/") + key: value.detach().numpy() for key, value in result.items()}


def main():
    (GOLDEN / "relatives").mkdir(exist_ok=True)
    for name, make in NETWORKS.items():
        write("relatives/" + name, {**compute(make, True), **compute(make, False)})


if __name__ == "__main__":
    main()
