#!/bin/sh
# Builds the library, runs its JUnit tests, then those of the profile spark, and executes every notebook in a real kernel
# (or only those named); sets up first what is missing. The last lines say how many passed.

. "$(dirname -- "$0")/common.sh"

verify() {
    build -ntp verify && return
    echo "The build failed, see above; if Maven could not fetch something, try again with a network." >&2
    exec "$venv/bin/python" "$environment/notebooks.py" not-built
}

check
need_maven
python_ready
rm -rf "$root/target/surefire-reports" "$root/target/spark/surefire-reports"
profiles=$MAVEN_PROFILES
use_profiles "$(printf %s "$profiles" | sed 's/spark//')"
begin "Building and testing the library"
verify
use_profiles "${MAVEN_PROFILES:+$MAVEN_PROFILES,}spark"
begin "Building it with Apache Spark (the first time Maven fetches $fetched), and testing what runs on Spark"
verify
use_profiles "$profiles"
kernel_ready
exec "$venv/bin/python" "$environment/notebooks.py" test "$@"
