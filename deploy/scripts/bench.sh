#!/usr/bin/env bash
# Prints one line a bar: PART.k name value unit limit ok|short.
set -euo pipefail
cd "$(dirname "$0")/../.."
case "${1:-}" in
"" | A) ;;
*)
    echo "bench: part $1 has no benchmark yet; parts: A" >&2
    exit 2
    ;;
esac
swift build -c release --package-path Tests/Benchmarks --product benchmarks 2>&1 | grep -E 'error|warning: unre' || true
Tests/Benchmarks/.build/release/benchmarks
