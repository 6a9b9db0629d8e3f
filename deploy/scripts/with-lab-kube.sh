#!/usr/bin/env bash
# Runs a command beside an empty real control plane that has Martlet's definitions and nothing else: no coordinator, no
# nodes. Benchmarks find it by MARTLET_BENCH_KUBECONFIG, tests by MARTLET_CONTRACT_SERVER, _TOKEN and _CA. Everything it
# started is gone when it ends.
#
#   deploy/scripts/with-lab-kube.sh COMMAND...
#   LAB_KUBE=FOLDER LAB_PORT=NUMBER   another place and port for the control plane (see the lab's README)
set -euo pipefail
cd "$(dirname "$0")/../.."
if [ $# = 0 ]; then
    echo "with-lab-kube: name a command to run" >&2
    exit 2
fi
lab=$(realpath ../shared/lab/kube 2>/dev/null || true)
if [ ! -x "$lab/up.sh" ]; then
    echo "with-lab-kube: skipped, ../shared/lab/kube is not beside this checkout"
    exit 0
fi
export LAB_KUBE=${LAB_KUBE:-$HOME/.cache/martlet-lab/kube}
work=$PWD/.build/with-lab-kube
rm -rf "$work" && mkdir -p "$work"
# A copy, because the lab's folder may be read-only; what it builds is kept in its own cache.
cp -a "$lab" "$work/lab" && chmod -R u+w "$work/lab"
trap '"$work/lab/down.sh" purge >/dev/null 2>&1 || true' EXIT
"$work/lab/down.sh" purge >/dev/null 2>&1 || true
"$work/lab/up.sh" >"$work/lab.log" 2>&1 || { tail -5 "$work/lab.log" >&2; exit 1; }

export MARTLET_BENCH_KUBECONFIG=$LAB_KUBE/admin.kubeconfig
export MARTLET_CONTRACT_CA=$work/ca.crt
MARTLET_CONTRACT_SERVER=$(awk '$1 == "server:" {print $2}' "$MARTLET_BENCH_KUBECONFIG")
MARTLET_CONTRACT_TOKEN=$(awk '$1 == "token:" {print $2}' "$MARTLET_BENCH_KUBECONFIG")
export MARTLET_CONTRACT_SERVER MARTLET_CONTRACT_TOKEN
awk '$1 == "certificate-authority-data:" {print $2}' "$MARTLET_BENCH_KUBECONFIG" | base64 -d >"$MARTLET_CONTRACT_CA"
kubectl=$PWD/.venv/bin/kubectl
[ -x "$kubectl" ] || kubectl=kubectl
"$kubectl" --kubeconfig "$MARTLET_BENCH_KUBECONFIG" apply --server-side -f deploy/crds >"$work/crds.log"
"$kubectl" --kubeconfig "$MARTLET_BENCH_KUBECONFIG" wait --for=condition=Established --timeout=60s -f deploy/crds >>"$work/crds.log"
"$@"
