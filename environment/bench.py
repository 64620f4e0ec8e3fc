"""Runs the Java benchmark and its Python peer in turns, each time in a new process; bench.sh runs it.

    bench.py [--rounds 5]    medians, and ratios beside what is to be reached
    bench.py --profile       where the time of a Java step goes
"""

import argparse
import json
import os
import platform
import resource
import subprocess
import sys
import time
from pathlib import Path
from statistics import median
from string import Template

ROOT = Path(__file__).resolve().parent.parent
TARGET = ROOT / "target"
COUNTS = ("3", "12", "15")
CLASS_PATH = os.pathsep.join(map(str, [TARGET / "test-classes", TARGET / "classes", TARGET / "lib" / "*"]))
UNITS = {"train": "images/s", "forward": "images/s", "peak_mib": "MiB", "evaluation": "images/s"}

# What is measured, of which program, against which, and the ratio to reach.
GOALS = [
    ("train", "java", "python contiguous", 1.15),
    ("train", "java", "python channels last", 1.0),
    ("forward", "java", "python contiguous", 1.2),
    ("forward", "java", "python channels last", 1.0),
    ("evaluation", "java, onnx", "python contiguous", 1.7),
    ("peak_mib", "java", "python contiguous", 1.5),
    ("peak_mib", "java", "python channels last", 1.5),
]


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


def python(layout: str, *what: str) -> tuple[list[str], dict[str, str]]:
    return [sys.executable, str(ROOT / "src/test/python/bench.py"), layout, *what], dict(os.environ)


def run(command: list[str], environment: dict[str, str]) -> dict:
    start, others = time.monotonic(), -others_seconds()
    output = subprocess.run(command, env=environment, check=True, text=True, stdout=subprocess.PIPE).stdout
    share = max(0, others + others_seconds()) / (time.monotonic() - start)
    result = json.loads(output.splitlines()[-1])
    values = "   ".join(f"{what} {result[what]:.2f} {unit}" for what, unit in UNITS.items() if what in result)
    print(f"  {result['program']:22}{values:62}   other programs: {share:.2f} cores", flush=True)
    return result


def others_seconds() -> float:
    """Processor time that was used since the machine started, but not by what ran here."""
    user, nice, system, _, _, *others = map(int, Path("/proc/stat").read_text().split(maxsplit=9)[1:9])
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return (user + nice + system + sum(others)) / os.sysconf("SC_CLK_TCK") - used.ru_utime - used.ru_stime


def machine() -> str:
    models = [line.split(":")[1].strip() for line in Path("/proc/cpuinfo").open() if line.startswith("model name")]
    return f"{models[0] if models else platform.machine()}, {os.cpu_count()} cores, {platform.platform()}"


def report(results: list[dict]) -> bool:
    """Prints the table and what is reached; true if all is."""
    programs = {}
    for result in results:
        programs.setdefault(result["program"], []).append(result)
    print(f"\n{'median (smallest - largest)':36}" + "".join(f"{what + ', ' + UNITS[what]:30}" for what in UNITS))
    medians = {}
    for program, rows in programs.items():
        cells = []
        for what in UNITS:
            values = [row[what] for row in rows if what in row] or [float("nan")]
            medians[program, what] = median(values)
            cells.append(f"{median(values):.2f} ({min(values):.2f} - {max(values):.2f})")
        print(f"{program + ', ' + rows[0]['version']:36}" + "".join(f"{cell:30}" for cell in cells))
    print()
    reached = True
    for what, program, other, goal in GOALS:
        ratio = medians[program, what] / medians[other, what]
        good = ratio <= goal if what == "peak_mib" else ratio >= goal
        reached &= good
        sign = "at most" if what == "peak_mib" else "at least"
        print(f"{what:9} {program:10} / {other:22} {ratio:6.3f}   to reach: {sign} {goal:4}   {'reached' if good else 'SHORT'}")
    return reached


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--profile", action="store_true", help="of the Java program instead")
    options = parser.parse_args()
    command, environment = java()
    if options.profile:
        return subprocess.run([*command, *COUNTS, "profile"], env=environment).returncode
    print(f"{machine()}; worthless while other programs run")
    results = []
    for number in range(1, options.rounds + 1):
        print(f"round {number} of {options.rounds}", flush=True)
        for what in (COUNTS, ("evaluation",)):
            results += [run(*python("contiguous", *what)), run(*python("channels_last", *what))]
            results.append(run([*command, *what], environment))
        results.append(run([*command, "onnx"], environment))
    return 0 if report(results) else 1


if __name__ == "__main__":
    sys.exit(main())
