"""Checks ONNX files that the library wrote, with ONNX's own checker and ONNX Runtime for Python.

    java -cp target/test-classes:target/classes:target/lib/* org.crunet.exchange.OnnxFiles DIR
    pip install onnx onnxruntime
    python src/test/python/check_onnx.py DIR
"""

import os
import sys
from pathlib import Path

os.environ["ORT_DISABLE_TELEMETRY"] = "1"

import numpy as np
import onnx
import onnxruntime

from fill import fill

for file in sorted(Path(sys.argv[1]).glob("*.onnx")):
    onnx.checker.check_model(file, full_check=True)
    model = onnx.load(file)
    uses = [name for node in model.graph.node for name in node.input if name.endswith("weight")]
    session = onnxruntime.InferenceSession(file)
    wanted = np.loadtxt(f"{file}.csv").reshape(2, -1)
    images = fill("input", (2, *session.get_inputs()[0].shape[1:]))
    found, = session.run(["logits"], {"images": images})
    one, = session.run(["logits"], {"images": images[1:]})
    apart = max(abs(found - wanted).max(), abs(one - wanted[1:]).max()) / abs(wanted).max()
    print(f"{model.graph.name}: {file.stat().st_size / 2**20:.1f} MiB, {len(model.graph.node)} nodes, "
          f"{len(uses)} uses of {len(set(uses))} weights, apart by {apart:.1e} of the largest logit")
    print("  " + "; ".join(f"{entry.key}: {entry.value}" for entry in model.metadata_props))
    assert apart < 1e-4
print(f"onnx {onnx.__version__}, onnxruntime {onnxruntime.__version__}: all are sound")
