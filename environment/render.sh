#!/bin/sh
# Executes every notebook in place (or only those named) for committing, with a still picture beside each chart,
# and exports it to target/html/. Needs an installed Chrome or Chromium (BROWSER_PATH names another browser).

. "$(dirname -- "$0")/common.sh"

for name; do
    notebook "$name"
    shift
    set -- "$@" "$path"
done

check
python_ready
installed requirements-render.txt || {
    begin "Installing what draws the still pictures (once)"
    pip_install requirements-render.txt
}
library_ready
kernel_ready
exec "$venv/bin/python" "$environment/render.py" "$@"
