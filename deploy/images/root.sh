#!/usr/bin/env bash
# root.sh PROGRAM FOLDER: makes FOLDER the root of an image that holds PROGRAM, the libraries it is linked to, the
# authorities of TLS certificates, and an account that is not root.
set -euo pipefail
program=$1 root=$2
mkdir -p "$root/etc/ssl/certs" "$root/tmp" "$root/lib64"
chmod 1777 "$root/tmp"
install -m 0755 "$program" "$root/$(basename "$program")"
# The libraries' paths, and the loader's; each where the loader looks for it.
ldd "$program" | awk '{for (i = 1; i <= NF; i++) if ($i ~ /^\//) {print $i; break}}' | sort -u | while read -r library; do
    mkdir -p "$root/$(dirname "$library")"
    cp -L "$library" "$root/$library"
done
# Names of hosts are resolved by libraries that no program is linked to.
for name in libnss_dns.so.2 libnss_files.so.2 libresolv.so.2; do
    library=$(ldconfig -p | awk -v name="$name" '$1 == name {print $NF; exit}')
    [ -z "$library" ] || { mkdir -p "$root/$(dirname "$library")" && cp -L "$library" "$root/$library"; }
done
cp -L /etc/ssl/certs/ca-certificates.crt "$root/etc/ssl/certs/"
echo 'hosts: files dns' >"$root/etc/nsswitch.conf"
echo 'martlet:x:65532:65532::/tmp:/nonexistent' >"$root/etc/passwd"
echo 'martlet:x:65532:' >"$root/etc/group"
