#!/usr/bin/env bash
# The contract suite of the embedded API server, held against a real Kubernetes control plane.
set -euo pipefail
cd "$(dirname "$0")/../.."
lab=$(realpath ../shared/lab/kube 2>/dev/null || true)
if [ ! -x "$lab/up.sh" ]; then
    echo "e2e-kube: skipped, ../shared/lab/kube is not beside this checkout"
    exit 0
fi
# A copy, because the lab's folder may be read-only; what it builds is kept in its own cache.
work=$PWD/.build/e2e-kube
rm -rf "$work" && mkdir -p "$work" && cp -r "$lab" "$work/lab"
trap '"$work/lab/down.sh" >/dev/null 2>&1 || true' EXIT
"$work/lab/up.sh"
kubeconfig=${LAB_KUBE:-$HOME/.cache/martlet-lab/kube}/admin.kubeconfig
export MARTLET_CONTRACT_SERVER=$(awk '$1 == "server:" {print $2}' "$kubeconfig")
export MARTLET_CONTRACT_TOKEN=$(awk '$1 == "token:" {print $2}' "$kubeconfig")
export MARTLET_CONTRACT_CA=$work/ca.crt
awk '$1 == "certificate-authority-data:" {print $2}' "$kubeconfig" | base64 -d >"$MARTLET_CONTRACT_CA"
swift build --build-tests
swift test --skip-build --no-parallel --filter Contract
