#!/bin/sh
# Trains and runs CRU-Net-56 at 224x224, and runs it in ONNX Runtime, beside the same network in Python's PyTorch, in
# turns, and prints medians and ratios; about ten minutes on two cores. Sets up first what is missing: PyTorch for Python takes 5 GB, in .venv-bench/.
# Options: --rounds 5, --profile

. "$(dirname -- "$0")/common.sh"

venv=$root/.venv-bench
case " $* " in
    *" --help "* | *" -h "*) sed -n '2,4s/^# //p' "$0" && exit ;;
esac
need_java
alone
built || need_maven
if installed requirements-bench.txt; then
    python=$venv/bin/python
else
    need_python
    begin "Installing PyTorch for Python (once, some minutes)"
    "$python" -m venv --clear "$venv" >>"$log" 2>&1 || die "Python could not make $venv; its words are in $log"
    pip_install requirements-bench.txt
    python=$venv/bin/python
fi
# The build compiles the benchmark too, but only looks at the library's own source for what is new.
benchmark=$root/src/test/bench/org/crunet/training/Benchmark.java
[ -z "$(find "$benchmark" -newer "$root/target/built" 2>&1)" ] || rm -f "$root/target/built"
library_ready
done_alone
exec "$python" "$environment/bench.py" "$@"
