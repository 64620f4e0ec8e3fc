#!/bin/sh
# Builds the library, runs its JUnit tests, then those of the profile spark, and executes every notebook in a real kernel
# (or only those named); sets up first what is missing. The last lines say how many passed.

. "$(dirname -- "$0")/common.sh"

for name; do
    notebook "$name"
    shift
    set -- "$@" "$path"
done

verify() {
    build -ntp "$@" && return
    echo "The build failed, see above; if Maven could not fetch something, try again with a network." >&2
    done_alone
    exec "$venv/bin/python" "$environment/notebooks.py" not-built
}

# The other JDKs of this machine, 17 or newer, one of each version: lines of version and home.
other_jdks() {
    ask "$JAVA_HOME/bin/java"
    used=$version
    {
        env | sed -n 's/^JAVA_HOME_[0-9][^=]*=//p'
        printf '%s\n' /usr/lib/jvm/* /opt/*jdk* "$HOME"/.sdkman/candidates/java/* \
            /Library/Java/JavaVirtualMachines/*/Contents/Home
    } | while read -r home; do
        [ -x "$home/bin/javac" ] && ask "$home/bin/java" && new_enough && [ "$version" != "$used" ] &&
            printf '%s %s\n' "$version" "$home"
    done | sort -n -u -k 1,1
}

check
need_maven
[ $# -eq 0 ] || echo "All JUnit tests will run, and of the notebooks only: $*"
python_ready
gpu_ready
rm -rf "$root"/target/surefire-reports "$root"/target/*/surefire-reports
profiles=$MAVEN_PROFILES
plain=$(printf %s "$profiles" | sed 's/spark//')
spark=${plain:+$plain,}spark
use_profiles "$plain"
begin "Building and testing the library"
verify -DexcludedGroups= verify
use_profiles "$spark"
begin "Building it with Apache Spark (the first time Maven fetches $fetched), and testing what runs on Spark"
verify -DexcludedGroups= test

# With each other JDK all is compiled, and the quick tests run.
own=$JAVA_HOME
while read -r version JAVA_HOME <&3 && [ "$version" ]; do
    build_folder=target/jdk-$version
    use_profiles "$plain"
    begin "Building and testing the library with Java $version too ($JAVA_HOME)"
    verify -Dspotless.check.skip test
    use_profiles "$spark"
    begin "Compiling what runs on Spark with Java $version"
    verify -Dspotless.check.skip -Dmdep.skip test-compile
done 3<<EOF
$(other_jdks)
EOF
JAVA_HOME=$own
build_folder=target
use_profiles "$profiles"
kernel_ready
exec "$venv/bin/python" "$environment/notebooks.py" test "$@"
