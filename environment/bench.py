"""Runs the Java benchmark and its peers in turns, each time in a new process, and prints tables in Markdown; bench.sh runs it."""

import argparse
import json
import os
import platform
import resource
import shutil
import subprocess
import sys
import sysconfig
import time
from pathlib import Path
from statistics import median
from string import Template

ROOT = Path(__file__).resolve().parent.parent
TARGET = ROOT / "target"
CLASS_PATH = os.pathsep.join(map(str, [TARGET / "test-classes", TARGET / "classes", TARGET / "lib" / "*"]))
PYTHON, NEWEST = sys.executable, ROOT / ".venv-bench-newest" / "bin" / "python"

# What is done and the size of a batch: the batches before the clock starts, and those that count; a process for each line.
# Java's compilers take the first hundred steps of a small network to warm up.
TRAINING = {"train 8": (1, 4), "small train 32": (60, 30), "small train 128": (5, 5)}
INFERENCE = {"forward 8": (1, 5), "forward 1": (3, 20), "evaluation 64": (1, 1)}


def java() -> tuple[list[str], dict[str, str]]:
    """The command and the environment of the kernel, with the benchmark in the place of JJava."""
    text = (ROOT / "kernel-config" / "kernel.json").read_text("utf-8")
    values = {
        "java": Path(os.environ["JAVA_HOME"], "bin", "java"),
        "class_path": CLASS_PATH,
        "folder": ROOT / "kernel-config",
    }
    kernel = json.loads(Template(text).substitute({k: json.dumps(str(v))[1:-1] for k, v in values.items()}))
    start = kernel["argv"][: kernel["argv"].index("-cp") + 2]
    return [*start, "org.crunet.training.Benchmark"], {**os.environ, **kernel["env"]}


def programs(quick: bool, bf16: bool, instructions: bool) -> list[tuple]:
    """Commands with their environments and what each is to do, in the order of a round."""
    command, environment = java()
    python = {**os.environ, "TORCHINDUCTOR_CACHE_DIR": str(TARGET / "bench" / "compiled")}
    torch, engines = (str(ROOT / "src/test/python" / name) for name in ("bench.py", "bench_onnx.py"))
    both = TRAINING, INFERENCE
    found = [([*command, "torch"], environment, both)]
    if not bf16:
        found.append(([*command, "onnx"], environment, [INFERENCE]))
        found.append(([PYTHON, engines, "onnxruntime"], python, [INFERENCE]))
    if not bf16 or instructions:
        found.append(([PYTHON, engines, "openvino"], python, [INFERENCE]))
    if quick:
        return [*found, ([PYTHON, torch, "channels_last"], python, both)]
    ways = ["contiguous", "channels_last", *(["compile"] if compiler() else [])]
    return found + [([at, torch, how], python, both) for at in (PYTHON, str(NEWEST)) for how in ways]


def compiler() -> bool:
    return bool(shutil.which("g++")) and Path(sysconfig.get_path("include"), "Python.h").exists()


def run(command: list[str], environment: dict[str, str], precision: str, cases: dict[str, tuple]) -> dict | None:
    start, others = time.monotonic(), -others_seconds()
    asked = [f"{name}:{warm_up}:{steps}" for name, (warm_up, steps) in cases.items()]
    ended = subprocess.run([*command, precision, *asked], cwd=ROOT, env=environment, text=True, stdout=subprocess.PIPE)
    if ended.returncode:
        print(f"  FAILED, and is left out: {' '.join([*command[-2:], precision, *asked])}", flush=True)
        return None
    share = max(0, others + others_seconds()) / (time.monotonic() - start)
    result = json.loads(ended.stdout.splitlines()[-1])
    what = "training" if cases is TRAINING else "inference"
    result[what + ", MiB"] = result.pop("MiB")
    values = "   ".join(f"{name} {value:.2f}" for name, value in result.items() if not isinstance(value, str))
    print(f"  {result['program']}, {result['version']}, {precision}: {values}   other programs: {share:.2f} cores", flush=True)
    return result


def others_seconds() -> float:
    """Processor time that was used since the machine started, but not by what ran here."""
    user, nice, system, _, _, *others = map(int, Path("/proc/stat").read_text().split(maxsplit=9)[1:9])
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return (user + nice + system + sum(others)) / os.sysconf("SC_CLK_TCK") - used.ru_utime - used.ru_stime


def cpu(what: str) -> str:
    return next((line.split(":")[1] for line in Path("/proc/cpuinfo").open() if line.startswith(what)), "").strip()


def report(results: list[dict], multiply_adds: dict[str, int]) -> None:
    """A table of medians, with the least and the most; then this library beside the best of the others."""
    columns = [*TRAINING, *INFERENCE, "training, MiB", "inference, MiB"]
    rows = {}
    for result in results:
        values = rows.setdefault(f"{result['program']}, {result['version']}", {})
        for name in columns:
            values.setdefault(name, []).extend([result[name]] if name in result else [])
    print(f"\n| {results[0]['precision']}, images/s | " + " | ".join(columns) + " |\n|" + "---|" * (len(columns) + 1))
    for program, values in rows.items():
        print(line(program, [cell(values[name]) for name in columns]))
    cases = [*TRAINING, *INFERENCE]
    ours = {program for program in rows if program.startswith("this library")}
    best = {name: max(median(rows[program][name] or [0]) for program in rows.keys() - ours) for name in cases}
    for program in sorted(ours):
        medians = {name: median(rows[program][name]) for name in cases if rows[program][name]}
        print(line(program + " / best of the others", [f"{medians[n] / best[n]:.2f}" if n in medians else "" for n in cases]))
        print(line(program + ", GFLOP/s", [f"{medians[n] * gflop(n, multiply_adds):.1f}" if n in medians else "" for n in cases]))
    print(line("best of the others, GFLOP/s", [f"{best[n] * gflop(n, multiply_adds):.1f}" for n in cases]))


def gflop(case: str, multiply_adds: dict[str, int]) -> float:
    """Of an image: forward alone, or with the two passes of the same size that gradients take."""
    passes = 3 if "train" in case else 1
    return 2e-9 * passes * multiply_adds["small" if case.startswith("small") else "CRU-Net-56"]


def line(name: str, cells: list[str]) -> str:
    return f"| {name} | " + " | ".join(cells) + " |"


def cell(values: list[float]) -> str:
    digits = 0 if median(values or [0]) >= 100 else 2
    return f"{median(values):.{digits}f} ({min(values):.{digits}f} - {max(values):.{digits}f})" if values else ""


def main() -> int:
    parser = argparse.ArgumentParser()
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--quick", action="store_true")
    parser.add_argument("--bf16", action="store_true")
    parser.add_argument("--profile", action="store_true")
    options = parser.parse_args()
    command, environment = java()
    if options.profile:
        return subprocess.run([*command, "profile"], env=environment, cwd=ROOT).returncode
    print(f"{cpu('model name') or platform.machine()}, {os.cpu_count()} cores, {platform.platform()}; worthless while other programs run")
    instructions = bool({"avx512_bf16", "amx_tile"} & set(cpu("flags").split()))
    if not instructions:
        print("This processor has no instructions for bf16, which is slow without: float32 alone, unless with --bf16.")
    if not options.quick and not compiler():
        print("torch.compile is left out: it needs g++ and Python.h (packages g++ and python3-dev).")
    precisions = ["float32", *(["bf16"] if options.bf16 or instructions and not options.quick else [])]
    exported = subprocess.run([*command, "export"], env=environment, cwd=ROOT, check=True, text=True, stdout=subprocess.PIPE)
    results = {precision: [] for precision in precisions}
    rounds = 1 if options.quick else options.rounds
    for number in range(1, rounds + 1):
        print(f"round {number} of {rounds}", flush=True)
        for precision in precisions:
            for how, where, work in programs(options.quick, precision == "bf16", instructions):
                results[precision] += filter(None, [run(how, where, precision, cases) for cases in work])
    for precision in precisions:
        report(results[precision], json.loads(exported.stdout.splitlines()[-1]))
    return 0


if __name__ == "__main__":
    sys.exit(main())
