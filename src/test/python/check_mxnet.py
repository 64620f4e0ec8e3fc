"""Compares reference.py with a third implementation, the CRU-Nets of gluoncv2 in MXNet.

Both are filled by fill.py under our names, and shown one image of 224x224 in evaluation mode. PyTorch and MXNet need
not be in the same environment:

    python src/test/python/reference.py --logits DIR       where PyTorch is
    python src/test/python/check_mxnet.py DIR              where MXNet is: Python 3.8 to 3.11 and
                                                           pip install gluoncv2==0.0.64 mxnet==1.9.1 numpy==1.23.5

gluoncv2's "b" networks are the separate form: the first unit of a collective stage has a shortcut and a 3x3 of its own.
"""

import argparse
from pathlib import Path

import mxnet
import numpy as np
from gluoncv2.models.crunet import CRUUnit, crunet56, crunet116
from gluoncv2.models.crunetb import CRUUnit as CRUUnitB
from gluoncv2.models.crunetb import crunet56b, crunet116b

from fill import fill

# Our name, gluoncv2's network, units per group of the collective stages, trainable parameters.
NETWORKS = {
    "cru56": (crunet56, {"conv4": 6}, 25609384),
    "cru56-separate": (crunet56b, {"conv4": 6}, 26139432),
    "cru116": (crunet116, {"conv3": 6, "conv4": 6}, 43656136),
    "cru116-separate": (crunet116b, {"conv3": 6, "conv4": 6}, 44321000),
}


def batch_norm(name, bn):
    theirs = {"weight": bn.gamma, "bias": bn.beta, "running_mean": bn.running_mean, "running_var": bn.running_var}
    return [(f"{name}.{what}", parameter) for what, parameter in theirs.items()]


def layer(norm, conv, block):
    """A block of theirs, batch norm, ReLU and convolution, as ours: a norm and a convolution."""
    return batch_norm(norm, block.bn) + [(conv + ".weight", block.conv.weight)]


def names(net, group_sizes):
    """Pairs of our name and MXNet's parameter. A shared parameter appears once for every unit that uses it."""
    init, *stages, final, _ = net.features
    pairs = layer("stem.norm", "stem.conv", init.conv) + batch_norm("head.norm", final.bn)
    for i, stage in enumerate(stages):
        stage_name = f"conv{i + 2}"
        size = group_sizes.get(stage_name, len(stage))
        for j, unit in enumerate(stage):
            group = stage_name if size == len(stage) else f"{stage_name}.group{j // size + 1}"
            name, shared, body = f"{group}.unit{j % size + 1}", f"{group}.shared", unit.body
            if not isinstance(unit, (CRUUnit, CRUUnitB)):
                pairs += layer(f"{name}.norm1", f"{name}.reduce", body.conv1)
                pairs += layer(f"{name}.norm2", f"{name}.core", body.conv2)
                pairs += layer(f"{name}.norm3", f"{name}.expand", body.conv3)
                if unit.resize_identity:
                    pairs += layer(f"{name}.shortcut_norm", f"{name}.shortcut", unit.identity_conv)
                continue
            core, shortcut = f"{shared}.core", f"{name}.project.conv"
            if isinstance(unit, CRUUnitB) and unit.resize_identity:
                core, shortcut = f"{name}.core", f"{name}.project.shortcut"
            if unit.resize_identity:
                pairs += layer(f"{name}.project.norm", f"{name}.project.conv", unit.input_conv)
                pairs += layer(f"{name}.project.shortcut_norm", shortcut, unit.identity_conv)
            pairs += layer(f"{name}.norm1", f"{shared}.reduce", body.conv1) + [(core + ".weight", body.conv2.weight)]
            pairs += layer(f"{name}.norm2", f"{name}.mix", body.conv3)
            pairs += layer(f"{name}.norm3", f"{name}.expand", body.conv4)
    dense = net.output[1]
    return pairs + [("head.classifier.weight", dense.weight), ("head.classifier.bias", dense.bias)]


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path, help="where reference.py --logits has written")
    folder = parser.parse_args().folder
    for name, (build, group_sizes, expected) in NETWORKS.items():
        net = build()
        net.initialize()
        parameters = {}
        for ours, parameter in names(net, group_sizes):
            assert parameters.setdefault(ours, parameter) is parameter, ours  # one name, one parameter
        theirs = net.collect_params().values()
        assert len({id(p) for p in parameters.values()}) == len(parameters)  # and the reverse
        assert {id(p) for p in parameters.values()} == {id(p) for p in theirs}
        count = sum(int(np.prod(p.shape)) for p in theirs if p.grad_req != "null")
        assert count == expected, count
        for ours, parameter in parameters.items():
            parameter.set_data(mxnet.nd.array(fill(ours, parameter.shape)))
        logits = net(mxnet.nd.array(fill("input", (1, 3, 224, 224)))).asnumpy()
        reference = np.load(folder / (name + ".npy"))
        difference = np.abs(logits - reference).max() / np.abs(reference).max()
        print(f"{name:16} {count} parameters, largest difference of the logits {difference:.1e} of the largest logit")
        assert difference < 1e-4


if __name__ == "__main__":
    main()
