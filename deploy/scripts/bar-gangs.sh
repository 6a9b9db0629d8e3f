#!/usr/bin/env bash
# The bar of gang placement on a real control plane without a coordinator of its own: 500 gangs on 200 nodes, the
# coordinator's process killed 20 times. Everything it started is gone when it ends.
#
#   LAB_KUBE=FOLDER LAB_PORT=NUMBER   another place and port for the control plane (see the lab's README)
set -euo pipefail
cd "$(dirname "$0")/../.."
lab=$(realpath ../shared/lab/kube 2>/dev/null || true)
if [ ! -x "$lab/up.sh" ]; then
    echo "bar-gangs: skipped, ../shared/lab/kube is not beside this checkout"
    exit 0
fi
export LAB_KUBE=${LAB_KUBE:-$HOME/.cache/martlet-lab/kube}
swift build --build-tests
work=$PWD/.build/bar-gangs
rm -rf "$work" && mkdir -p "$work" && cp -a "$lab" "$work/lab" && chmod -R u+w "$work/lab"
trap '"$work/lab/down.sh" >/dev/null 2>&1 || true' EXIT
"$work/lab/down.sh" purge >/dev/null 2>&1 || true
"$work/lab/up.sh" >"$work/lab.log" 2>&1 || { tail -5 "$work/lab.log" >&2; exit 1; }
admin=$LAB_KUBE/admin.kubeconfig
MARTLET_CONTRACT_SERVER=$(awk '$1 == "server:" {print $2}' "$admin")
MARTLET_CONTRACT_TOKEN=$(awk '$1 == "token:" {print $2}' "$admin")
MARTLET_CONTRACT_CA=$work/ca.crt
export MARTLET_CONTRACT_SERVER MARTLET_CONTRACT_TOKEN MARTLET_CONTRACT_CA
awk '$1 == "certificate-authority-data:" {print $2}' "$admin" | base64 -d >"$MARTLET_CONTRACT_CA"
swift test --skip-build --no-parallel --filter GangKillTests
