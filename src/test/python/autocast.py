"""Gradients of a small CRU network under PyTorch's own autocast to bf16, which Precision.BF16 is compared with.

    python src/test/python/autocast.py     write golden/autocast.safetensors, and say how far bf16 is from float32 (seconds)

Needs PyTorch and NumPy; the committed file was made with PyTorch 2.7.1 on a CPU without instructions for bf16. The network
is golden/autocast.json in training, filled by fill.py; the loss is the cross-entropy with the labels 0, 1, 2, 3, 4, 0 ...
The file holds logits, loss and grad/<parameter> in bf16, and apart, the distance of all these gradients from those in
float32, relative to the length of the latter.
"""

import json

import numpy as np
import torch
import torch.nn.functional as F

from fill import fill
from reference import GOLDEN, Tensors, forward, write


def compute(case, half):
    t = Tensors(case, True, torch.float32)
    x = torch.from_numpy(fill("input", case["input"])).float().contiguous(memory_format=torch.channels_last)
    with torch.autocast("cpu", torch.bfloat16, enabled=half):
        logits = forward(t, case, x)
    logits = logits.float()
    loss = F.cross_entropy(logits, torch.arange(len(x)) % case["classes"])
    loss.backward()
    gradients = {"grad/" + name: tensor.grad for name, tensor in t.items() if tensor.requires_grad}
    return {key: value.detach().numpy() for key, value in {"logits": logits, "loss": loss, **gradients}.items()}


def flat(arrays):
    return np.concatenate([value.ravel() for key, value in sorted(arrays.items()) if key.startswith("grad/")])


if __name__ == "__main__":
    network = json.loads((GOLDEN / "autocast.json").read_text())
    half, single = compute(network, True), compute(network, False)
    apart = np.linalg.norm(flat(half) - flat(single)) / np.linalg.norm(flat(single))
    print(f"gradients {apart:.3f} apart, loss {abs(half['loss'] / single['loss'] - 1):.1e}")
    write("autocast", {**half, "apart": apart})
