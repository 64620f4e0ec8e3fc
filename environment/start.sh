#!/bin/sh
# Opens JupyterLab on the notebooks, with the kernel "Java (CRU-Net)"; sets up first what is missing.
# Options go on to JupyterLab: environment/start.sh --no-browser --port 8899

. "$(dirname -- "$0")/common.sh"

# JupyterLab would silently take another port than the one asked for.
port_free() {
    "$python" -c 'import socket, sys; socket.create_connection(("localhost", int(sys.argv[1])), 1)' "$1" 2>/dev/null &&
        die "Port $1 is taken: stop the program that uses it, or name another port (--port $(($1 + 1)))."
}

check
option=
for word in "$@"; do
    case $option$word in
        --port[0-9]* | --port=[0-9]* | --ServerApp.port=[0-9]*) port_free "${word#*=}" ;;
    esac
    option=
    case $word in
        --port | --ServerApp.port) option=--port ;;
    esac
done
python_ready
gpu_ready
library_ready
kernel_ready

[ -e "$root/notebooks/00-start-here.ipynb" ] && set -- --LabApp.default_url=/lab/tree/00-start-here.ipynb "$@"
[ "$(id -u)" -eq 0 ] && set -- --allow-root "$@"
exec "$venv/bin/python" -m jupyterlab "--ServerApp.root_dir=$root/notebooks" \
    --MultiKernelManager.default_kernel_name=crunet "$@"
