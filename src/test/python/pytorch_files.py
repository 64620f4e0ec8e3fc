"""Makes checkpoints with PyTorch itself, and what its networks answer: what the reader and the importer are tested with.

    python src/test/python/pytorch_files.py tiny src/test/resources/golden/pytorch     the files in the repository
    python src/test/python/pytorch_files.py full DIR                                   torchvision's networks: 1.9 GB

Needs torch==2.7.1 torchvision==0.22.1 numpy safetensors. Weights are those of fill.py under torchvision's names, so that a
test can tell every number; scales of the last batch norm of a unit are a quarter of that, or logits would be astronomic.

    NAME.pth            state_dict() in the zip format          NAME-legacy.pth     in the one before PyTorch 1.6
    NAME.safetensors    the same                                NAME.csv            the logits of the image fill("input")
    NAME.pth.tar        as the Places365 networks are: {epoch, arch, state_dict: {module.NAME}, best_prec1}, by Python 2

and for "tiny" also kinds.pth, kinds-legacy.pth, kinds-big.pth, kinds-unchecked.pth, kinds-protocol4.pth: tensors of every
number format, strided, shared and empty ones, in a checkpoint with other things; and whole.pth, script.pt, complex.pth, which
are refused.
"""

import argparse
import io
import pickle
import struct
import zipfile
from argparse import Namespace
from collections import OrderedDict
from pathlib import Path

import numpy as np
import torch
import torchvision
from safetensors.torch import save_file
from torchvision.models.resnet import BasicBlock, Bottleneck, ResNet

from fill import fill

SIZE = 224


def small(block, **options):
    """A ResNet of torchvision with 8 channels in the stem, and 2, 4, 8 and 16 in the stages instead of 64 to 512."""
    class Small(ResNet):
        def _make_layer(self, block, planes, blocks, stride=1, dilate=False):
            if planes == 64:
                self.inplanes = 8
            return super()._make_layer(block, planes // 32, blocks, stride, dilate)
    net = Small(block, [2, 1, 1, 1], **options)
    net.conv1 = torch.nn.Conv2d(3, 8, 7, 2, 3, bias=False)
    net.bn1 = torch.nn.BatchNorm2d(8)
    net.fc = torch.nn.Linear(16 * block.expansion, 5)
    return net


NETWORKS = {
    "tiny": {
        "basic": lambda: small(BasicBlock),
        "resnext": lambda: small(Bottleneck, groups=2, width_per_group=32),
    },
    "full": {
        "resnet50": torchvision.models.resnet50,
        "resnext50_32x4d": torchvision.models.resnext50_32x4d,
        "wide_resnet50_2": torchvision.models.wide_resnet50_2,
    },
}


def filled(net):
    """Puts fill.py's numbers into the network."""
    last = "bn3" if any(".bn3." in name for name in net.state_dict()) else "bn2"
    for name, tensor in net.state_dict().items():
        if name.endswith("num_batches_tracked"):
            tensor.fill_(7)
            continue
        values = torch.from_numpy(fill(name, tuple(tensor.shape)))
        tensor.copy_(values / 4 if name.endswith(last + ".weight") else values)
    return net.eval()


def write(folder, name, net):
    with torch.no_grad():
        logits = net(torch.from_numpy(fill("input", (1, 3, SIZE, SIZE))))[0]
    np.savetxt(folder / f"{name}.csv", logits.numpy(), fmt="%.8g")
    state = net.state_dict()
    torch.save(state, folder / f"{name}.pth")
    torch.save(state, folder / f"{name}-legacy.pth", _use_new_zipfile_serialization=False)
    save_file(dict(state), folder / f"{name}.safetensors")
    (folder / f"{name}.pth.tar").write_bytes(python2(net))


class Python2Pickler(pickle._Pickler):
    """Writes what Python 2 and PyTorch 0.2 wrote: byte strings, dictionaries from lists, _rebuild_tensor, GPU storages."""

    dispatch = pickle._Pickler.dispatch.copy()

    def __init__(self, file):
        super().__init__(file, protocol=2)
        self.storages = {}

    def save_str(self, text):
        data = text.encode("latin1")
        self.write(b"U" + bytes([len(data)]) + data)
        self.memoize(text)

    def save_ordered(self, items):
        self.save_global_name("collections", "OrderedDict")
        self.save(([list(item) for item in items.items()],))
        self.write(b"R")
        self.memoize(items)

    def save_tensor(self, tensor):
        self.save_global_name("torch._utils", "_rebuild_tensor")
        self.write(b"(")
        self.write(b"(")
        key = str(94000000 + len(self.storages))
        kind = {torch.float32: "FloatStorage", torch.float64: "DoubleStorage"}[tensor.dtype]
        self.storages[key] = tensor
        self.save("storage")
        self.save_global_name("torch.cuda", kind)
        self.save(key)
        self.save("cuda:0")
        self.save(tensor.numel())
        self.save(None)
        self.write(b"tQ")
        self.save(0)
        self.save(tuple(tensor.shape))
        self.save(tuple(tensor.stride()))
        self.write(b"tR")
        self.memoize(tensor)

    def save_global_name(self, module, name):
        self.write(b"c" + module.encode() + b"\n" + name.encode() + b"\n")

    dispatch[str] = save_str
    dispatch[OrderedDict] = save_ordered
    dispatch[torch.Tensor] = save_tensor


def python2(net):
    """A checkpoint of the example of training on ImageNet of those days; num_batches_tracked came later."""
    state = OrderedDict(("module." + name, tensor.contiguous()) for name, tensor in net.state_dict().items()
                        if not name.endswith("num_batches_tracked"))
    out = io.BytesIO()
    machine = {"protocol_version": 1001, "little_endian": True, "type_sizes": {"short": 2, "int": 4, "long": 8}}
    for value in (0x1950a86a20f9469cfc6c, 1001, machine):
        Python2Pickler(out).dump(value)
    pickler = Python2Pickler(out)
    pickler.dump({"epoch": 90, "arch": "resnet50", "state_dict": state, "best_prec1": np.float64(55.4)})
    Python2Pickler(out).dump(sorted(pickler.storages))
    for key in sorted(pickler.storages):
        tensor = pickler.storages[key]
        out.write(struct.pack("<q", tensor.numel()) + tensor.numpy().tobytes())
    return out.getvalue()


def kinds():
    """Values -1.5 ... 100 in every number format, and views."""
    values = torch.tensor([[0.0, 1, 2], [3, 100, 7]])
    formats = {name: values.to(getattr(torch, name)) for name in (
        "float32 float64 float16 bfloat16 uint8 int8 int16 int32 int64 bool uint16 uint32 uint64").split()}
    shared = torch.arange(24.0).reshape(2, 3, 4)
    state = OrderedDict(
        formats, transposed=shared.permute(2, 0, 1), column=shared[:, 1, 2], shared=shared, expanded=shared[0, 0, 1].expand(3),
        lasting=torch.arange(36.0).reshape(1, 4, 3, 3).to(memory_format=torch.channels_last),
        half=values.half().t(), scalar=torch.tensor(2.5), empty=torch.zeros(0, 3),
        parameter=torch.nn.Parameter(torch.tensor([-1.5, 2])))
    momentum = {0: {"step": torch.tensor(3.0), "momentum_buffer": values}}
    return {"epoch": 3, "args": Namespace(lr=0.1, path=Path("x")), "model": state, "seed": 2**70, "best": np.float32(7),
            "random": np.random.RandomState(0).get_state(), "optimizer": {"state": momentum, "param_groups": [{"lr": 0.1}]}}


def big_endian(file, out):
    """The same checkpoint as a big-endian machine writes it."""
    with zipfile.ZipFile(file) as source, zipfile.ZipFile(out, "w") as target:
        storages = {}

        class Reader(pickle.Unpickler):
            def persistent_load(self, identity):
                storages[identity[2]] = identity[1]
                return identity

            def find_class(self, module, name):
                return OrderedDict if name == "OrderedDict" else name if "Storage" in name else lambda *arguments: None

        names = {name.split("/", 1)[1]: name for name in source.namelist()}
        widths = {"DoubleStorage": 8, "LongStorage": 8, "FloatStorage": 4, "IntStorage": 4, "HalfStorage": 2,
                  "BFloat16Storage": 2, "ShortStorage": 2}
        Reader(io.BytesIO(source.read(names["data.pkl"]))).load()
        for name, full in names.items():
            data = source.read(full)
            if name.startswith("data/"):
                width = widths.get(storages[name[5:]], 1)
                data = np.frombuffer(data, f"<u{width}").astype(f">u{width}").tobytes()
            target.writestr("archive/" + name, b"big" if name == "byteorder" else data)


def tiny(folder):
    torch.save(kinds(), folder / "kinds.pth")
    torch.save(kinds(), folder / "kinds-legacy.pth", _use_new_zipfile_serialization=False)
    torch.save(kinds(), folder / "kinds-protocol4.pth", pickle_protocol=4)
    torch.serialization.set_crc32_options(False)
    torch.save(kinds(), folder / "kinds-unchecked.pth")
    torch.serialization.set_crc32_options(True)
    little = {"model": kinds()["model"]}
    for name in ("uint16", "uint32", "uint64"):  # written as bytes, which PyTorch does not turn
        del little["model"][name]
    torch.save(little, folder / "little.pth")
    big_endian(folder / "little.pth", folder / "kinds-big.pth")
    loaded = torch.load(folder / "kinds-big.pth", weights_only=False)["model"]
    assert all((loaded[name] == tensor).all() for name, tensor in little["model"].items())
    (folder / "little.pth").unlink()
    torch.save(torch.nn.Linear(2, 2), folder / "whole.pth")
    torch.jit.script(torch.nn.Linear(2, 2)).save(str(folder / "script.pt"))
    torch.save({"z": torch.tensor([1j])}, folder / "complex.pth")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("which", choices=NETWORKS)
    parser.add_argument("folder", type=Path)
    arguments = parser.parse_args()
    arguments.folder.mkdir(parents=True, exist_ok=True)
    for name, build in NETWORKS[arguments.which].items():
        net = filled(build())
        write(arguments.folder, name, net)
        loaded = torch.load(arguments.folder / f"{name}.pth.tar", map_location="cpu", encoding="latin1",
                            weights_only=False)
        assert all((loaded["state_dict"]["module." + key] == value).all() for key, value in net.state_dict().items()
                   if not key.endswith("num_batches_tracked"))
        print("wrote", arguments.folder / name)
    if arguments.which == "tiny":
        tiny(arguments.folder)


if __name__ == "__main__":
    main()
