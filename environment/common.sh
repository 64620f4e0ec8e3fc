# Sourced by start.sh, test.sh and render.sh: checks what the machine has, and makes what the checkout lacks,
# each thing once: the virtual environment in .venv/, the library in target/, the kernel in the virtual environment.
# MAVEN_PROFILES=spark adds Apache Spark, and builds in target/spark/; MAVEN_PROFILES=cuda, which Maven does not see, is for an
# NVIDIA GPU.

root=$(CDPATH='' cd -- "$(dirname -- "$0")/.." && pwd -P) || exit 1
environment=$root/environment
venv=$root/.venv
log=$root/target/setup.log
build_folder=target

case ,${MAVEN_PROFILES-}, in
    *,cuda,*) cuda=yes MAVEN_PROFILES=$(printf %s "$MAVEN_PROFILES" | sed 's/,*cuda//; s/^,//') ;;
    *) cuda= ;;
esac

use_profiles() {
    MAVEN_PROFILES=$1
    case ,$1, in
        *,spark,*) target=$root/$build_folder/spark class_path=jars sources='src/main src/spark' fetched='PyTorch and Spark, about 350 MB' ;;
        *) target=$root/$build_folder class_path=lib sources=src/main fetched='PyTorch, about 120 MB' ;;
    esac
}
use_profiles "${MAVEN_PROFILES-}"

die() {
    printf '%s\n' "$*" >&2
    exit 1
}

# Finds the notebook that an argument names: by its path, its name in notebooks/, or its number.
notebook() {
    for path in "$1" "$root/notebooks/$1.ipynb" "$root/notebooks/$1"-*.ipynb; do
        [ -f "$path" ] && [ "${path%.ipynb}" != "$path" ] && return
    done
    die "usage: environment/${0##*/} [NOTEBOOK]...
A notebook is a path, a name or a number such as 04, not '$1'; without any, all are executed."
}

# Says what is going to take a while; what is then printed belongs in the log.
begin() {
    (mkdir -p "$target" "$venv" && : >"$log" && [ -w "$venv" ]) 2>/dev/null ||
        die "No permission to write in $root: copy the project into a folder of your own, or make yourself its owner."
    printf '%s ...\n' "$*"
}

# Whether a process is one of these scripts: its number may be another program's by now.
is_script() {
    case $({ tr '\0' ' ' <"/proc/$1/cmdline" || ps -p "$1" -o args=; } 2>/dev/null) in
    *.sh*) ;;
    *) return 1 ;;
    esac
}

# Waits until no other script sets up or builds in this checkout; what dies gives its place to the next.
alone() {
    mkdir -p "$root/target" 2>/dev/null
    lock=$root/target/.busy tries=0
    [ ! -e "$lock" ] || [ -f "$lock" ] || die "$lock is not a file: delete it."
    until (set -C && echo $$ >"$lock") 2>/dev/null || [ ! -w "$root/target" ]; do
        holder=$(cat "$lock" 2>/dev/null)
        if [ "$holder" ] && is_script "$holder"; then
            [ "$told" ] || echo "Waiting for another script that sets up or builds in this folder (process $holder) ..."
            told=yes
            sleep 1
        elif [ "$holder" ]; then
            rm -f "$lock"
        else # its number is being written, or the disk was full
            sleep 1
            [ -s "$lock" ] || rm -f "$lock"
            tries=$((tries + 1))
            [ $tries -lt 5 ] || die "Cannot write $lock: is there space on the disk?"
        fi
    done
    trap 'rm -f "$lock"' EXIT
    trap 'exit 130' HUP INT TERM
}

# Lets the next one in.
done_alone() {
    rm -f "$lock"
    trap - EXIT HUP INT TERM
}

# Java cannot name files in letters that the locale has none for.
need_letters() {
    printf %s "$root" | LC_ALL=C grep -q '[^ -~]' || return 0
    case $(property sun.jnu.encoding) in
        *UTF-8*) ;;
        *) die "Java cannot read $root in this locale: type export LC_ALL=C.UTF-8 first, or move the project to a path in plain letters." ;;
    esac
}

# Everything that is needed is looked for before anything is made.
check() {
    need_java
    need_letters
    alone
    built || need_maven
    if installed requirements.txt && "$venv/bin/python" -c 'import jupyterlab' 2>/dev/null; then
        python=$venv/bin/python
    else
        need_python
    fi
}

# Finds the JDK and sets JAVA_HOME to it, so that Maven and the kernel run on the same one.
need_java() {
    advice="install a JDK, 17 or newer (for example the package openjdk-17-jdk), or set JAVA_HOME to one."
    java=${JAVA_HOME:+$JAVA_HOME/bin/}java
    ask "$java" || die "There is no working '$java': $advice"
    new_enough || die "Java ${version:-of an unknown version} ('$java') is too old: $advice"
    JAVA_HOME=$(property java.home)
    export JAVA_HOME
    { [ -x "$JAVA_HOME/bin/javac" ] && [ -x "$JAVA_HOME/bin/jshell" ]; } ||
        die "The Java in $JAVA_HOME is not a JDK, it has no javac or no jshell: $advice"
}

# Asks a java for its properties and its version.
ask() {
    properties=$("$1" -XshowSettings:properties -version 2>&1) && version=$(property java.specification.version)
}

new_enough() {
    [ "${version%%.*}" -ge 17 ] 2>/dev/null
}

property() {
    printf '%s\n' "$properties" | sed -n "s/^ *$1 = //p"
}

need_maven() {
    advice="install Maven, 3.8 or newer (for example the package maven)."
    version=$(mvn -B -v 2>/dev/null | sed -n 's/.*Apache Maven \([0-9.]*\).*/\1/p')
    case $version in
        '') die "There is no working 'mvn': $advice" ;;
        [0-2].* | 3.[0-7] | 3.[0-7].*) die "Maven $version is too old: $advice" ;;
    esac
}

# Finds the Python that makes the virtual environment: python3, or a newer one beside it.
need_python() {
    advice="install Python, 3.10 or newer, with its venv module (for example the package python3-venv)."
    for python in python3 python3.14 python3.13 python3.12 python3.11 python3.10 python; do
        "$python" -c 'import sys; sys.exit(sys.version_info < (3, 10))' 2>/dev/null && break
        python=
    done
    found=$(python3 -V 2>/dev/null) || found=none
    [ "$python" ] || die "There is no Python that is new enough (python3: $found): $advice"
    "$python" -c 'import ensurepip, venv' 2>/dev/null || die "$("$python" -V) has no venv module: $advice"
}

python_ready() {
    [ "$python" = "$venv/bin/python" ] && return
    begin "Installing JupyterLab and the Java kernel (once, about a minute)"
    "$python" -m venv --clear "$venv" >>"$log" 2>&1 || die "Python could not make $venv; its words are in $log"
    pip_install requirements.txt
}

# Points the engine at the CUDA build of PyTorch that is PyPI's wheel; without a driver at that wheel's half for the processor.
gpu_ready() {
    found=$(nvidia-smi -L 2>/dev/null | sed 's/ (UUID.*//' | grep '^GPU' | paste -s -d ';' -) || found=
    if [ -z "$cuda" ]; then
        [ -z "$found" ] || echo "Found $found: MAVEN_PROFILES=cuda environment/${0##*/} works on it (5 GB, once)."
        return
    fi
    installed requirements-cuda.txt || {
        begin "Installing PyTorch for NVIDIA GPUs (once, 5 GB)"
        pip_install requirements-cuda.txt
    }
    site=$("$venv/bin/python" -c 'import sysconfig; print(sysconfig.get_path("purelib"))')
    PYTORCH_VERSION=$(sed -n 's/^torch==//p' "$environment/requirements-cuda.txt")
    PYTORCH_LIBRARY_PATH=$site/torch/lib
    LD_LIBRARY_PATH=$(printf '%s:' "$site"/nvidia/*/lib)${LD_LIBRARY_PATH-}
    if [ "$found" ]; then
        echo "Working on $found."
        PYTORCH_FLAVOR=cu128
    else
        echo "Found no NVIDIA GPU (nvidia-smi lists none): working on the processor."
        PYTORCH_FLAVOR=cpu
    fi
    export PYTORCH_VERSION PYTORCH_LIBRARY_PATH PYTORCH_FLAVOR LD_LIBRARY_PATH
}

# A copy of the file in the virtual environment says that all of it was installed.
installed() {
    cmp -s "$environment/$1" "$venv/$1"
}

pip_install() {
    "$venv/bin/python" -m pip install --disable-pip-version-check -r "$environment/$1" >>"$log" 2>&1 ||
        die "pip could not install environment/$1: if there was no network, try again with one; its words are in $log"
    cp "$environment/$1" "$venv/$1"
}

library_ready() {
    built && return
    begin "Building the library, a minute or a few (the first time Maven fetches $fetched; its words are in target/setup.log)"
    build -q -DskipTests package >>"$log" 2>&1 && return
    network=
    grep -Eiq 'could not transfer|fail[a-z]* to transfer|offline mode' "$log" &&
        network='If there was no network, try again with one. '
    die "Maven could not build the library. It said:
$(maven_said)
${network}All its words are in $log"
}

# The first of Maven's errors in the log, without its general advice; or else the end of the log.
maven_said() {
    sed -n 's/.*\[ERROR\] *\([^ ]\)/  \1/p' "$log" | sed '/\[Help/{ s/-> \[Help.*//; q; }' |
        head -n 5 | cut -c 1-600 | grep '[^ ]' || tail -n 5 "$log"
}

built() {
    [ -d "$target/$class_path" ] && [ -e "$target/built" ] &&
        [ -z "$(cd "$root" && find pom.xml $sources -newer "$target/built")" ]
}

# Runs Maven; the file "built" is as old as the start of the run, so that no later change of the source is missed.
build() {
    touch "$target/building" && (cd "$root" && mvn -B "-Dbuild.folder=$build_folder" ${MAVEN_PROFILES:+"-P$MAVEN_PROFILES"} "$@") && mv "$target/building" "$target/built"
}

kernel_ready() {
    "$venv/bin/python" "$root/kernel-config/install.py" "$target" || exit 1
    done_alone
}
