#!/bin/sh
# Trains what a study lacks: environment/study.sh PLAN IMAGES [MINUTES]
# PLAN is a file such as notebooks/studies/Sharing.java, IMAGES the folder of its images. A row a training goes into the file
# beside the plan that ends in .csv; stopped or killed at any time, or after so many minutes, the same line goes on.

. "$(dirname -- "$0")/common.sh"

[ -f "$1" ] && [ "${1%.java}" != "$1" ] && [ -d "$2" ] || die "usage: environment/study.sh PLAN.java IMAGES [MINUTES]"
check
[ -z "$cuda" ] || python_ready
gpu_ready
library_ready
done_alone
commit=$(cd "$root" && git rev-parse --short=12 HEAD 2>/dev/null)$(cd "$root" && git diff --quiet HEAD 2>/dev/null || echo +)
plan=$(cd "$(dirname -- "$1")" && pwd -P)/$(basename -- "$1")
images=$(cd "$2" && pwd -P)
export DJL_OFFLINE=true OPT_OUT_TRACKING=true GOMP_SPINCOUNT=20000
export GLIBC_TUNABLES=glibc.malloc.mmap_threshold=4294967296:glibc.malloc.trim_threshold=8589934592:glibc.malloc.top_pad=536870912:glibc.malloc.arena_max=1
cd "$(dirname -- "$plan")" || exit 1
exec "$JAVA_HOME/bin/java" -Xmx4g -Djava.awt.headless=true -XX:+IgnoreUnrecognizedVMOptions \
    --sun-misc-unsafe-memory-access=allow --enable-native-access=ALL-UNNAMED \
    -Djava.util.logging.config.file="$root/kernel-config/logging.properties" \
    -cp "$(echo "$target"/crunet-*.jar):$target/lib/*" "$plan" "${plan%.java}.csv" "$images" "$commit" "${3:-1e9}"
