#!/usr/bin/env bash
# Builds the programs in release; the compiler's chatter is shown only when it fails.
set -euo pipefail
cd "$(dirname "$0")/../.."
log=$(mktemp)
trap 'rm -f "$log"' EXIT
start=$SECONDS
if [ ! -x .build/release/martlet ]; then
    echo "build: release, the first time takes 6 to 12 minutes on two cores"
fi
# Releases leave out the check at run time that no two accesses to a variable overlap: it costs the gateway a sixth of its
# instructions. The compiler still refuses what it can see, and tests run with the check.
for product in martlet martlet-coordinator martlet-agent container-shim engine-simulator; do
    printf 'build: %-20s' "$product"
    step=$SECONDS
    if ! swift build -c release --product "$product" -Xswiftc -enforce-exclusivity=unchecked >"$log" 2>&1; then
        echo "failed"
        grep -E 'error' "$log" | head -40 || true
        tail -20 "$log"
        exit 1
    fi
    printf ' %4d s\n' $((SECONDS - step))
done
echo "build: done after $((SECONDS - start)) s"
