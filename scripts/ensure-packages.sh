#!/bin/sh
# Installs Debian or Ubuntu packages that only checks need. Reports and fails if that is impossible.
#
#   scripts/ensure-packages.sh PACKAGE...
#
# Exit codes: 0 installed; 1 not installed: no root, no apt-get, or no such package.

set -u

say() { printf 'ensure-packages: %s\n' "$*" >&2; }

installed() { dpkg-query -W -f '${db:Status-Status}\n' "$@" 2>/dev/null | grep -cx installed; }

command -v apt-get >/dev/null 2>&1 || { say "$*: no apt-get on this machine"; exit 1; }
[ "$(installed "$@")" = "$#" ] && exit 0
[ "$(id -u)" = 0 ] || { say "$*: only root installs packages"; exit 1; }
apt() { DEBIAN_FRONTEND=noninteractive apt-get -qq -o Dpkg::Use-Pty=0 -o Acquire::Retries=3 -o DPkg::Lock::Timeout=120 "$@" >&2; }
install() { apt install -y --no-install-recommends "$@"; }
# The lists may be old or missing.
install "$@" 2>/dev/null || { apt update; install "$@"; } || { say "$*: could not be installed"; exit 1; }
