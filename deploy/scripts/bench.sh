#!/usr/bin/env bash
# Prints one line a bar: PART.k name value unit limit ok|short. The parts are the folders of Tests/benchmarks; a second
# word names one measurement.
set -euo pipefail
cd "$(dirname "$0")/../.."
part=${1:-}
if [ -n "$part" ] && ! { [[ $part =~ ^[A-Z]$ ]] && [ -d "Tests/benchmarks/Part$part" ]; }; then
    parts=$(cd Tests/benchmarks && printf '%s ' Part?)
    echo "bench: part $part has no benchmark; parts with one: ${parts//Part/}" >&2
    exit 2
fi
log=$(mktemp)
trap 'rm -f "$log"' EXIT
if ! swift build -c release --product benchmarks -Xswiftc -enforce-exclusivity=unchecked >"$log" 2>&1; then
    grep -E 'error' "$log" | head -40 >&2 || true
    tail -20 "$log" >&2
    exit 1
fi
.build/release/benchmarks "$part" "${2:-}"
