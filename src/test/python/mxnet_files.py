"""Makes files of weights with MXNet itself, and what its networks answer: what the importer is tested with.

    python src/test/python/mxnet_files.py tiny src/test/resources/golden/mxnet     the files in the repository
    python src/test/python/mxnet_files.py full DIR                                 CRU-Net-56, 56 separate, 116: 1.2 GB

Needs Python 3.8 to 3.11 and pip install gluoncv2==0.0.64 mxnet==1.9.1 numpy==1.23.5. All weights are those of fill.py under
our names, so the importer must find every number where our network has it. For each network it writes

    NAME-0000.params, NAME-symbol.json     by export: names as "arg:..." and "aux:..."
    NAME-gluon.params                      by save_parameters: names follow the tree of blocks
    NAME-deduplicated.params               the same with each shared array once
    NAME.csv                               the logits of the image fill("input")

and for "tiny" also authors-0000.params and authors-symbol.json (for CRU-Net-116 cru116-authors-...), the same numbers with
the authors' names and their operator ChannelwiseConvolution, which no MXNet but their own can run; and dtypes-*.params,
arrays of every number format.
"""

import argparse
import json
import re
import struct
from pathlib import Path

import mxnet as mx
import numpy as np
from gluoncv2.models.crunet import CRUNet, crunet56, crunet116
from gluoncv2.models.crunetb import CRUNetb, crunet56b

from check_mxnet import names
from fill import fill

SIZE = 224


def tiny(kind=CRUNet):
    """Three units a stage; conv4 is collective, in groups of two."""
    return kind(
        channels=[[16] * 2, [16] * 2, [24] * 3, [32] * 2], init_block_channels=8, cardinality=2, bottleneck_width=32,
        group_widths=[0, 0, 20, 0], refresh_steps=[0, 0, 2, 0], classes=5)


NETWORKS = {
    "tiny": {"tiny": (tiny, {"conv4": 2}), "tiny-separate": (lambda: tiny(CRUNetb), {"conv4": 2})},
    "full": {
        "cru56": (crunet56, {"conv4": 6}),
        "cru56-separate": (crunet56b, {"conv4": 6}),
        "cru116": (crunet116, {"conv3": 6, "conv4": 6}),
    },
}


def write(folder, name, build, group_sizes):
    net = build()
    net.initialize()
    net.hybridize()
    x = mx.nd.array(fill("input", (1, 3, SIZE, SIZE)))
    net(x)
    ours = {}
    for our_name, parameter in names(net, group_sizes):
        parameter.set_data(mx.nd.array(fill(our_name, parameter.shape)))
        ours[parameter.name] = our_name
    np.savetxt(folder / f"{name}.csv", net(x).asnumpy()[0], fmt="%.8g")
    net.export(str(folder / name))
    net.save_parameters(str(folder / f"{name}-gluon.params"))
    net.save_parameters(str(folder / f"{name}-deduplicated.params"), deduplicate=True)
    return ours


def authors(folder, name, ours, to):
    """The exported graph with names like the authors' and their operator for a channelwise 3x3."""
    graph = json.loads((folder / f"{name}-symbol.json").read_text())
    renamed = {node["name"]: their_name(ours[node["name"]]) for node in graph["nodes"] if node["name"] in ours}
    for node in graph["nodes"]:
        if node["op"] == "Convolution" and node["attrs"]["num_group"] == node["attrs"]["num_filter"]:
            node["op"] = "ChannelwiseConvolution"
        node["name"] = renamed.get(node["name"], node["name"])
        node["attr"] = node.pop("attrs", {})  # as MXNet 0.9 calls them
    (folder / f"{to}-symbol.json").write_text(json.dumps(graph, indent=1))
    arrays = mx.nd.load(str(folder / f"{name}-0000.params"))
    split = {key: key.split(":") for key in arrays}
    mx.nd.save(str(folder / f"{to}-0000.params"),
               {f"{split[key][0]}:{renamed[split[key][1]]}": value for key, value in arrays.items()})


def their_name(name):
    """conv4_x__2_c1x1-b(2)__conv_weight and so on; shared ones are conv4_x__1_1x1_bases[dim3]_weight."""
    group = re.search(r"group(\d+)", name)
    stage = name.split(".")[0] + "_x" + (f"__g{group[1]}" if group else "")
    words = {"shared.reduce.weight": "1x1_bases[dim3]_weight", "shared.core.weight": "3x3_bases[dim21]_weight"}
    for ending, word in words.items():
        if name.endswith(ending):
            return f"{stage}_{word}"
    part = {"reduce": "c1x1-a", "core": "c3x3-b(1)", "mix": "c1x1-b(2)", "expand": "c1x1-c", "project.conv": "c1x1-w",
            "shortcut": "c1x1-w", "norm1": "c1x1-a__bn", "norm2": "c1x1-b(2)__bn", "norm3": "c1x1-c__bn",
            "project.norm": "c1x1-w(s/1)__bn", "project.shortcut_norm": "c1x1-w(s/key)__bn",
            "shortcut_norm": "c1x1-w__bn"}
    end = {"weight": "gamma" if "norm" in name else "weight", "bias": "beta" if "norm" in name else "bias",
           "running_mean": "moving_mean", "running_var": "moving_var"}[name.split(".")[-1]]
    unit = re.search(r"unit(\d+)\.(.+)\.\w+$", name)
    return f"{stage}__{unit[1]}_{part[unit[2]]}_{end}" if unit else name.replace(".", "_") + "__" + end


def dtypes(folder):
    """Arrays -1.5 ... 2 in every number format; in V2 by MXNet, in V1 and without a version by hand, read back by MXNet."""
    values = np.array([[0, 1, 2], [3, 100, 7]])
    formats = ["float32", "float64", "float16", "uint8", "int32", "int8", "int64"]
    arrays = {name: mx.nd.array(values, dtype=name) for name in formats}
    mx.nd.save(str(folder / "dtypes-v2.params"), arrays)
    with mx.util.np_shape(True):
        zero = {"scalar": mx.np.array(2.5).as_nd_ndarray(), "empty": mx.np.zeros((0, 3)).as_nd_ndarray()}
        mx.nd.save(str(folder / "dtypes-v3.params"), {**arrays, **zero})
    for version in ("v1", "v0"):
        data = struct.pack("<QQQ", 0x112, 0, len(formats))
        for code, name in enumerate(formats):
            if version == "v1":
                data += struct.pack("<IIqq", 0xF993FAC8, 2, 2, 3)
            else:
                data += struct.pack("<III", 2, 2, 3)
            data += struct.pack("<iii", 1, 0, code) + values.astype(name).tobytes()
        data += struct.pack("<Q", len(formats))
        for name in formats:
            data += struct.pack("<Q", len(name)) + name.encode()
        file = folder / f"dtypes-{version}.params"
        file.write_bytes(data)
        for name, array in mx.nd.load(str(file)).items():
            assert array.dtype == np.dtype(name) and (array.asnumpy() == values).all(), (version, name)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("which", choices=NETWORKS)
    parser.add_argument("folder", type=Path)
    arguments = parser.parse_args()
    arguments.folder.mkdir(parents=True, exist_ok=True)
    for name, (build, group_sizes) in NETWORKS[arguments.which].items():
        ours = write(arguments.folder, name, build, group_sizes)
        if name == "tiny":
            authors(arguments.folder, name, ours, "authors")
            dtypes(arguments.folder)
        if name == "cru116":
            authors(arguments.folder, name, ours, "cru116-authors")
        print("wrote", arguments.folder / name)


if __name__ == "__main__":
    main()
