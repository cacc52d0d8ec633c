#!/bin/sh
# Checks every kernel with an independent WGSL front end: Dawn, from the npm package `webgpu` for Node.
# Skips, with a message, if Node or the package is unavailable; installs Node only as root, on Debian and Ubuntu.
#
#   scripts/wgsl-check.sh [CARGO OPTION...]      options for `cargo test`, which writes the kernels
#
# Exit codes: 0 all kernels compile, or the check was skipped; 1 some do not.

set -eu
cd "$(dirname "$0")/.."

VERSION=0.6.2
target=${CARGO_TARGET_DIR:-target}
home=$target/wgsl-check
PATH="$PATH:$HOME/.cargo/bin"

skip() { echo "wgsl-check: skipped: $1" >&2; exit 0; }

have_node() { command -v node >/dev/null 2>&1 && command -v npm >/dev/null 2>&1; }

have_node || scripts/ensure-packages.sh nodejs npm || true
have_node || skip 'node and npm were not found (Debian, Ubuntu: apt-get install nodejs npm)'
if ! grep -qs "\"version\": \"$VERSION\"" "$home/node_modules/webgpu/package.json"; then
    mkdir -p "$home"
    # No install scripts: the package already contains its binaries.
    npm install --prefix "$home" --no-save --ignore-scripts --no-audit --no-fund --loglevel=error "webgpu@$VERSION" >&2 ||
        skip "npm could not install webgpu@$VERSION"
fi
cargo test --locked "$@" --test numerics -- --quiet --exact translate::every_kernel_is_written_down_for_another_front_end >&2
code=0
node scripts/wgsl-check.mjs "$home/node_modules/webgpu" "$target/tmp/wgsl" || code=$?
[ "$code" = 3 ] && skip 'this machine cannot run Dawn'
exit "$code"
