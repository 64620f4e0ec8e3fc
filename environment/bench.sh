#!/bin/sh
# Measures this library beside Python's PyTorch, ONNX Runtime and OpenVINO, the same networks in turns, and prints tables for the
# README; five to ten minutes a round on two cores. Sets up first what is missing: two PyTorches for Python, 10 GB, in .venv-bench*/.
# Options: --quick (two to four minutes, one PyTorch, one round), --rounds 5, --bf16 (also where it is slow), --profile (of a step)

. "$(dirname -- "$0")/common.sh"

case " $* " in
    *" --help "* | *" -h "*) sed -n '2,4s/^# //p' "$0" && exit ;;
esac

# Installs a file of requirements in a virtual environment of its own.
peers() {
    venv=$root/$1
    installed "$2" && return
    need_python
    begin "Installing $(grep '^torch==' "$environment/$2") for Python (once, some minutes)"
    "$python" -m venv --clear "$venv" >>"$log" 2>&1 || die "Python could not make $venv; its words are in $log"
    pip_install "$2"
}

need_java
alone
built || need_maven
case " $* " in
    *" --quick "* | *" --profile "*) ;;
    *) peers .venv-bench-newest requirements-bench-newest.txt ;;
esac
peers .venv-bench requirements-bench.txt
# The build compiles the benchmark too, but only looks at the library's own source for what is new.
benchmark=$root/src/test/bench/org/crunet/training/Benchmark.java
[ -z "$(find "$benchmark" -newer "$root/target/built" 2>&1)" ] || rm -f "$root/target/built"
library_ready
done_alone
exec "$venv/bin/python" "$environment/bench.py" "$@"
