"""Executes notebooks in the kernel "Java (CRU-Net)" and finds what is wrong with them; test.sh runs it.

    notebooks.py test [NOTEBOOK...]    all notebooks unless some are named, two at a time; no file is changed
    notebooks.py not-built             says how many JUnit tests passed before the build failed
"""

import copy
import os
import re
import sys
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from queue import Empty
from xml.etree import ElementTree

import nbformat
from jupyter_client.manager import start_new_kernel
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError

ROOT = Path(__file__).resolve().parent.parent
FOLDER = ROOT / "notebooks"
KERNEL = "crunet"
CHART = "application/vnd.plotly.v1+json"
STATED_TIME = re.compile(r"runs in (?:about |under )?(\d+) (second|minute)s?\b", re.IGNORECASE)


class Run:
    """One execution of a notebook: the notebook with its new outputs, its seconds, its faults and remarks as lines of text."""

    def __init__(self, path: Path):
        self.path = path
        self.committed = read(path)
        self.notebook = copy.deepcopy(self.committed)
        self.code = [cell for cell in self.notebook.cells if cell.cell_type == "code" and cell.source.strip()]
        self.faults: list[str] = []
        self.remarks: list[str] = []
        self.seconds = 0.0
        self.complete = False

    def execute(self) -> "Run":
        limit = stated_seconds(self.notebook)
        if limit is None:
            self.faults.append('the first cell does not say how long it takes ("Runs in about 2 minutes.")')
            return self
        self._begin = self._cell_begin = time.monotonic()
        client = NotebookClient(
            self.notebook,
            kernel_name=KERNEL,
            resources={"metadata": {"path": str(self.path.resolve().parent)}},
            timeout_func=lambda cell: max(1, int(self._begin + 3 * limit + 60 - time.monotonic())),
            on_cell_executed=self._ended,
        )
        print(f"{self.path.stem}: starting the kernel", flush=True)
        try:
            client.execute()
            self.complete = True
        except CellExecutionError:
            pass  # The cell's error output is found below.
        except Exception as fault:  # A dead kernel, a timeout: whatever it is, the next notebook is executed.
            self._ended()
            self.faults.append(f"{type(fault).__name__}: {str(fault).strip().splitlines()[0]}")
        if self.seconds > limit:
            self.remarks.append(f"took {self.seconds:.0f} s here, and states {limit} s")
        for number, cell in enumerate(self.code, 1):
            self.faults.extend(f"cell {number}: {fault}" for fault in unwanted(cell))
        return self

    def compare(self) -> "Run":
        """Adds what the committed outputs show and the new ones do not, or the other way round."""
        old = [cell for cell in self.committed.cells if cell.cell_type == "code" and cell.source.strip()]
        if not any(cell.outputs for cell in old):
            self.faults.append("is committed without outputs")
        elif self.complete:
            for number, (before, after) in enumerate(zip(old, self.code), 1):
                if shown(before) != shown(after):
                    self.faults.append(f"cell {number}: committed with {listed(before)}, now {listed(after)}")
                if any(CHART in o.data and "image/png" not in o.data for o in before.outputs if "data" in o):
                    self.faults.append(f"cell {number}: committed with a chart that has no still picture")
        return self

    def _ended(self, cell=None, **_):
        now = time.monotonic()
        self.seconds = now - self._begin
        if cell is not None:
            number = next(n for n, other in enumerate(self.code, 1) if other is cell)
            print(f"{self.path.stem}: cell {number} of {len(self.code)}  {now - self._cell_begin:.1f} s", flush=True)
        self._cell_begin = now


def read(path: Path):
    try:
        return nbformat.read(path, 4)
    except Exception as fault:  # Whatever is wrong with the file, the closing lines must say that it failed.
        sys.exit(f"{path} is not a notebook: {fault}\n0 passed, 1 failed")


def stated_seconds(notebook) -> int | None:
    """The time that the notebook's first Markdown cell states."""
    first = next((cell.source for cell in notebook.cells if cell.cell_type == "markdown"), "")
    match = STATED_TIME.search(first)
    return match and int(match[1]) * (60 if match[2].lower() == "minute" else 1)


def unwanted(cell) -> list[str]:
    """Errors, unless the cell is tagged as one that shows an error, and anything written in red."""
    allowed = "raises-exception" in cell.metadata.get("tags", [])
    errors = [o for o in cell.outputs if o.output_type == "error" and not allowed]
    red = [o for o in cell.outputs if o.output_type == "stream" and o.name == "stderr"]
    return [f"{o.ename}: {o.evalue}" for o in errors] + [f"red output: {o.text.strip()}" for o in red]


def shown(cell) -> Counter:
    """How many charts, tables and pictures a cell shows."""
    kinds = Counter()
    for output in cell.outputs:
        data = output.get("data", {})
        if CHART in data:
            kinds["chart"] += bool(data[CHART].get("data"))
        elif "<table" in data.get("text/html", ""):
            kinds["table"] += 1
        elif "image/png" in data:
            kinds["picture"] += 1
    return +kinds


def listed(cell) -> str:
    return ", ".join(f"{count} {kind}" for kind, count in sorted(shown(cell).items())) or "nothing to look at"


def chosen(names: list[str]) -> list[Path]:
    paths = [Path(name) for name in names] or sorted(FOLDER.glob("*.ipynb"))
    return paths or sys.exit(f"There are no notebooks in {FOLDER}\n0 passed, 1 failed")


def execute(paths: list[Path]) -> list[Run]:
    """Executes the first half beside the second, where there are cores for both, with a thread of PyTorch for each."""
    os.environ.setdefault("JAVA_TOOL_OPTIONS", "-XX:TieredStopAtLevel=1 -XX:+UseSerialGC")  # as in pom.xml
    cores = os.cpu_count() or 1
    half = len(paths)
    if cores > 1 and len(paths) > 1:
        half = (len(paths) + 1) // 2
        os.environ.setdefault("OMP_NUM_THREADS", str(cores // 2))
    with ThreadPoolExecutor(2) as pool:
        parts = pool.map(lambda part: [Run(path).execute().compare() for path in part], [paths[:half], paths[half:]])
        return [run for part in parts for run in part]


def stopped() -> list[str]:
    """What is wrong when a cell is stopped: those that wait must not run, and the next one must."""
    manager, client = start_new_kernel(startup_timeout=120, kernel_name=KERNEL, cwd=FOLDER)
    try:
        client.execute_interactive("%load ../kernel-config/setup.jsh", timeout=120, output_hook=lambda message: None)
        requests = [client.execute(code) for code in ("Thread.sleep(60_000)", "1", "2")]
        while client.get_iopub_msg(timeout=60)["msg_type"] != "execute_input":
            pass
        time.sleep(1)  # until the cell runs
        manager.interrupt_kernel()
        replies = {}
        while len(replies) < 4:
            reply = client.get_shell_msg(timeout=60)
            replies[reply["parent_header"]["msg_id"]] = reply["content"]["status"]
            if len(replies) == 1:  # that of the stopped cell: this one did not wait
                requests.append(client.execute("3"))
    except (Empty, TimeoutError):
        pass  # What was answered is compared below.
    finally:
        client.stop_channels()
        manager.shutdown_kernel(now=True)
    found = [replies.get(request) for request in requests]
    expected = ["error", "aborted", "aborted", "ok"]
    return [] if found == expected else [f"a cell was stopped, two waited, one followed: {found}, not {expected}"]


def report(runs: list[Run]) -> bool:
    """Prints the faults and remarks; true if there are no faults."""
    for run in runs:
        for line in run.faults + run.remarks:
            print(f"{run.path.name}: {line}")
    return not any(run.faults for run in runs)


def junit() -> tuple[int, int]:
    """The JUnit tests that passed and those that failed, from Surefire's reports."""
    files = (f for build in ("target", "target/*") for f in ROOT.glob(f"{build}/surefire-reports/TEST-*.xml"))
    suites = [ElementTree.parse(file).getroot() for file in files]
    total = {name: sum(int(s.get(name, 0)) for s in suites) for name in ("tests", "failures", "errors", "skipped")}
    failed = total["failures"] + total["errors"]
    return total["tests"] - failed - total["skipped"], failed


def close(tests: str, runs: list[Run], passed: int, failed: int) -> int:
    """The closing lines, for a person and for a machine."""
    good = sum(not run.faults for run in runs)
    times = ", ".join(f"{run.path.stem} {run.seconds:.0f} s" for run in runs)
    print(f"\nJUnit: {tests}; notebooks: {good} of {len(runs)} passed ({times or 'none was executed'})")
    print(f"{passed + good} passed, {failed + len(runs) - good} failed")
    return failed + len(runs) - good


def main(command: str, *names: str) -> int:
    passed, failed = junit()
    if command == "not-built":
        tests = f"the build failed, see above; {passed} tests passed, {failed} failed"
        return close(tests, [], passed, max(failed, 1))
    runs = execute(chosen(list(names)))
    runs[0].faults += stopped()
    report(runs)
    return close(f"{passed} tests passed", runs, passed, failed)


if __name__ == "__main__":
    sys.exit(min(main(*sys.argv[1:]), 1))
