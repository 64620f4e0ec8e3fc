"""Speed and memory of CRU-Net-56 in other engines, from the ONNX file that the Java benchmark writes; environment/bench.py
runs it.

    python src/test/python/bench_onnx.py onnxruntime|openvino PRECISION CASE...

A case is what is done and the size of a batch, then the batches before the clock starts and those that count:
"forward 1:5:40". Prints a line of JSON: images a second by case, and the largest resident memory in MiB. An evaluation is
one batch on all cores or batches of 16, a core each, whichever is faster when tried.
"""

import json
import os
import resource
import sys
import time
from concurrent.futures import ThreadPoolExecutor

FILE = "target/bench/CRU-Net-56.onnx"
CORES = len(os.sched_getaffinity(0))


def seconds(step, times=1):
    start = time.perf_counter()
    for _ in range(times):
        step()
    return time.perf_counter() - start


def measure(program, version, precision, cases, step_of):
    result = {"program": program, "version": version, "precision": precision}
    for case in cases:
        name, warm_up, steps = case.split(":")
        batch = int(name.split()[-1])
        step = step_of(name, batch)
        seconds(step, int(warm_up))
        result[name] = batch * int(steps) / seconds(step, int(steps))
    result["MiB"] = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(json.dumps(result))


def onnxruntime_engine(precision):
    os.environ["ORT_DISABLE_TELEMETRY"] = "1"
    import onnxruntime

    def session(threads):
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = threads
        opened = onnxruntime.InferenceSession(FILE, options, providers=["CPUExecutionProvider"])
        return lambda images: opened.run(None, {"images": images})

    def together(images):
        run = session(CORES)
        return lambda: run(images)

    def apart(parts):
        run, threads = session(1), ThreadPoolExecutor(CORES)
        return lambda: list(threads.map(run, parts))

    return "ONNX Runtime", onnxruntime.__version__, together, apart


def openvino_engine(precision):
    import openvino

    def compiled(shape, hint):
        core = openvino.Core()
        model = core.read_model(FILE)
        model.reshape(list(shape))
        wanted = openvino.Type.bf16 if precision == "bf16" else openvino.Type.f32
        made = core.compile_model(model, "CPU", {"PERFORMANCE_HINT": hint, "INFERENCE_PRECISION_HINT": wanted})
        assert made.get_property("INFERENCE_PRECISION_HINT") == wanted
        return made

    def together(images):
        run = compiled(images.shape, "LATENCY")
        return lambda: run(images)

    def apart(parts):
        queue = openvino.AsyncInferQueue(compiled(parts[0].shape, "THROUGHPUT"), CORES)

        def step():
            for part in parts:
                queue.start_async([part])
            queue.wait_all()

        return step

    return "OpenVINO", openvino.__version__.split("-")[0], together, apart


def main(engine, precision, *cases):
    import numpy as np

    name, version, together, apart = {"onnxruntime": onnxruntime_engine, "openvino": openvino_engine}[engine](precision)

    def step(what, batch):
        images = np.random.default_rng(1).standard_normal((batch, 3, 224, 224), np.float32)
        if what.startswith("forward"):
            return together(images)
        return min(together(images), apart(np.split(images, batch // 16)), key=seconds)

    measure("Python", f"{name} {version}", precision, cases, step)


if __name__ == "__main__":
    main(*sys.argv[1:])
