#!/usr/bin/env bash
# Builds and runs every test, one after another: many start programs, and two cores are assumed. Suites are shown as
# they end, everything is in the log, and what failed is repeated last.
set -euo pipefail
cd "$(dirname "$0")/../.."
log=.build/test.log
mkdir -p .build
echo "test: building, the first time takes 4 to 8 minutes on two cores"
start=$SECONDS
if ! swift build --build-tests >"$log" 2>&1; then
    grep -E 'error:' "$log" | head -40 >&2 || true
    tail -20 "$log" >&2
    exit 1
fi
echo "test: built after $((SECONDS - start)) s"
status=0
PATH="$PWD/.venv/bin:$PATH" swift test --skip-build --no-parallel "$@" 2>&1 | tee "$log" |
    grep --line-buffered -E '^. (Suite .* (passed|failed)|Test run )|recorded an issue|error:' || status=$?
if grep -qE 'recorded an issue|^✘|error:' "$log" || ! grep -qE '^✔ Test run with [1-9]' "$log"; then
    echo "test: failed after $((SECONDS - start)) s; the whole output is in $log. What failed:" >&2
    grep -E -A4 'recorded an issue|^error:|Fatal error' "$log" | grep -vE '^. (Test|Suite) .* started|^--$' | head -120 >&2
    exit 1
fi
echo "test: passed after $((SECONDS - start)) s"
exit "$status"
