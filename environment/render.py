"""Executes notebooks in place for committing, and exports them to target/html/; render.sh runs it.

    render.py [NOTEBOOK...]    all notebooks unless some are named

A chart gets a still picture in the same output, for viewers that cannot draw it. What differs from machine to machine
or from run to run without meaning anything (times of execution, folders) is left out.
"""

import base64
import os
import shutil
import sys
from pathlib import Path

import kaleido
import nbformat
import plotly
from jinja2 import pass_context
from math_core import LatexError, LatexToMathML
from nbconvert import HTMLExporter
from nbconvert.filters.markdown_mistune import IPythonRenderer, MarkdownWithMath
from traitlets.config import Config

from notebooks import CHART, KERNEL, ROOT, Run, chosen, report

PLOTLY = Path(plotly.__file__).parent / "package_data" / "plotly.min.js"


def main(*names: str) -> int:
    if (ROOT / "notebooks" / "runs").exists():
        sys.exit("notebooks/runs has trainings that would come back instead of being trained: move it away first.")
    find_browser()
    kaleido.start_sync_server(n=1, mathjax=False)
    runs = [Run(path).execute() for path in chosen(list(names))]
    for run in runs:
        if not run.faults:
            finish(run)
    kaleido.stop_sync_server()
    return 0 if report(runs) else 1


def finish(run: Run) -> None:
    """Writes the notebook and its export, unless an equation is wrong."""
    clean(run.notebook)
    add_pictures(run.notebook)
    try:
        export(run.notebook, run.path)
    except LatexError as fault:
        run.faults.append(f"an equation: {fault}")
    else:
        nbformat.write(run.notebook, run.path)
        print("Wrote", run.path)


def find_browser() -> None:
    """Kaleido draws in the browser that BROWSER_PATH names."""
    known = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome")
    found = os.environ.get("BROWSER_PATH") or next(filter(None, map(shutil.which, known)), None)
    mac = Path("/Applications/Google Chrome.app/Contents/MacOS/Google Chrome")
    if not found and not mac.exists():
        sys.exit("There is no Chrome or Chromium to draw the still pictures: install one, or set BROWSER_PATH to it.")
    os.environ["BROWSER_PATH"] = found or str(mac)


def clean(notebook) -> None:
    """Leaves what JupyterLab would write when it saves the notebook, so that looking at one changes nothing."""
    language = notebook.metadata.get("language_info", {})
    notebook.metadata = nbformat.from_dict({
        "kernelspec": {"display_name": "Java (CRU-Net)", "language": "java", "name": KERNEL},
        "language_info": language,
    })
    for cell in notebook.cells:
        cell.metadata.pop("execution", None)
        for output in cell.get("outputs", []):
            without_folders(output, "text")
            for kind in ("text/plain", "text/html"):
                without_folders(output.get("data", {}), kind)
            if CHART in output.get("data", {}):
                output.data[CHART] = as_javascript(output.data[CHART])


def as_javascript(value):
    """The value after it was read and written by JavaScript, which has no 1.0 beside 1."""
    if isinstance(value, dict):
        return type(value)((key, as_javascript(part)) for key, part in value.items())
    if isinstance(value, list):
        return [as_javascript(part) for part in value]
    return int(value) if isinstance(value, float) and value.is_integer() and abs(value) < 1e21 else value


def without_folders(texts: dict, key: str) -> None:
    if key in texts:
        texts[key] = texts[key].replace(str(ROOT), "..").replace(str(Path.home()), "~")


def add_pictures(notebook) -> None:
    for cell in notebook.cells:
        for output in cell.get("outputs", []):
            if CHART in output.get("data", {}):
                output.data["image/png"] = base64.b64encode(picture(output.data[CHART])).decode()


def picture(chart) -> bytes:
    """The chart in the size that JupyterLab gives it: it shows this picture, as large as it is, until the mouse enters."""
    layout = chart.get("layout", {})
    size = {"width": layout.get("width", 800), "height": layout.get("height", 360)}
    return kaleido.calc_fig_sync({"data": chart["data"], "layout": layout}, opts={"format": "png", "scale": 1, **size})


class MathML(IPythonRenderer):
    """Equations as MathML, which browsers draw by themselves. A command that it does not know is an error."""

    CONVERTER = LatexToMathML(fancy_error=False)

    def inline_math(self, body: str, display: bool = False) -> str:
        return self.CONVERTER.convert_with_local_state(body, displaystyle=display)

    def block_math(self, body: str) -> str:
        return self.inline_math(body, display=True)

    def _html_embed_images(self, html: str) -> str:
        """Looking for images closes what is open at the end of the text: a <details> would lose its content."""
        return super()._html_embed_images(html) if "<img" in html else html

    def latex_environment(self, name: str, body: str) -> str:
        return self.block_math(rf"\begin{{{name}}}{body}\end{{{name}}}")


class Exporter(HTMLExporter):
    @pass_context
    def markdown2html(self, context, source: str) -> str:
        folder = context["resources"]["metadata"]["path"]
        renderer = MathML(escape=False, embed_images=True, path=folder)
        return MarkdownWithMath(renderer=renderer).render(source)


def export(notebook, path: Path) -> None:
    shown_first = [CHART, *HTMLExporter().default_config.NbConvertBase.display_data_priority]
    exporter = Exporter(
        template_name="html",
        extra_template_basedirs=[str(Path(__file__).parent)],
        config=Config({"NbConvertBase": {"display_data_priority": shown_first}}),
    )
    loader = exporter.environment.loader
    resources = {
        "metadata": {"name": path.stem, "path": str(path.resolve().parent)},
        "plotly": PLOTLY.read_text("utf-8"),
        "dark": loader.get_source(exporter.environment, "static/theme-dark.css")[0],
    }
    html, _ = exporter.from_notebook_node(notebook, resources)
    target = ROOT / "target" / "html" / f"{path.stem}.html"
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_text(html, "utf-8")
    print("Wrote", target)


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
