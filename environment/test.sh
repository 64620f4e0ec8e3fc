#!/bin/sh
# Builds the library, runs its JUnit tests, and executes every notebook in a real kernel (or only those named);
# sets up first what is missing. The last lines say how many passed.

. "$(dirname -- "$0")/common.sh"

check
need_maven
python_ready
begin "Building and testing the library"
rm -rf "$root/target/surefire-reports"
build -ntp verify || {
    echo "The build failed, see above; if Maven could not fetch something, try again with a network." >&2
    exec "$venv/bin/python" "$environment/notebooks.py" not-built
}
kernel_ready
exec "$venv/bin/python" "$environment/notebooks.py" test "$@"
