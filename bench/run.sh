#!/bin/sh
# Runs every benchmark of the build folder $1 (default build) and prints its table. `make bench` builds first.
#
#   BENCH_ROUNDS=9        rounds whose median counts
#   BENCH_ONLY=PATTERN    only benchmarks whose name matches (a shell pattern)
#   BENCH_PYTHON=python   the Python of the peers; found if it has torch or scipy
#   BENCH_PEER_SECONDS=   time a single peer run may take (default 600) where that can be long
#   BENCH_CORPUS=FILE     WikiText-2's train split, for the text benchmark
# Peers that are not installed are skipped, with a message.
build=${1:-build}
cd "$(dirname "$0")/.." || exit 2
if [ -z "${BENCH_PYTHON:-}" ]; then
    for python in python3 /usr/bin/python3; do
        command -v $python >/dev/null 2>&1 || continue
        if $python -c 'import torch' 2>/dev/null || $python -c 'import scipy' 2>/dev/null; then
            BENCH_PYTHON=$python
            break
        fi
    done
fi
export BENCH_PYTHON="${BENCH_PYTHON:-}"
[ -n "$BENCH_PYTHON" ] || echo "No Python with torch or scipy (Debian: python3-torch python3-scipy): our times only."
printf 'attndyn %s, %s cores, load %s\n' "$(git rev-parse --short HEAD 2>/dev/null)" "$(nproc)" "$(cut -d' ' -f1-3 /proc/loadavg 2>/dev/null)"
[ -z "${OPENBLAS_CORETYPE:-}" ] || echo "OPENBLAS_CORETYPE=$OPENBLAS_CORETYPE is set: OpenBLAS does not choose its kernels itself."
status=0
for program in "$build"/bench/*; do
    [ -x "$program" ] && [ -f "$program" ] || continue
    case $(basename "$program") in
    *.d | *.o) continue ;;
    ${BENCH_ONLY:-*}) ;;
    *) continue ;;
    esac
    echo
    echo "== $(basename "$program")"
    # Teams of decode are started a hundred times a token, and wait as they do for a user.
    case $(basename "$program") in decode) wait= ;; *) wait=OMP_WAIT_POLICY=passive ;; esac
    env $wait "$program" || { status=1; echo "$(basename "$program") failed"; }
done
exit $status
