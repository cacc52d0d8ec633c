#!/bin/sh
# Makes sure that a server of Valkey or Redis is installed, which the tests of fleets start and end themselves.
#
# Exit codes: 0 installed; 1 not installed, with the reason.

set -u
for server in redis-server valkey-server; do
    command -v "$server" >/dev/null 2>&1 && exit 0
done
# Debian's package would start a server of its own; the tests need only the program.
if command -v apt-get >/dev/null 2>&1 && [ "$(id -u)" = 0 ] && [ ! -e /usr/sbin/policy-rc.d ]; then
    printf '#!/bin/sh\nexit 101\n' >/usr/sbin/policy-rc.d && chmod +x /usr/sbin/policy-rc.d
    trap 'rm -f /usr/sbin/policy-rc.d' EXIT
fi
"$(dirname "$0")/ensure-packages.sh" redis-server openssl && exit 0
echo 'ensure-hub: install redis-server or valkey-server (7.0 or newer); the tests of fleets need it' >&2
exit 1
