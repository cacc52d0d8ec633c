#!/bin/sh
# Compiler statistics of the GPU kernels from Mesa's RADV driver, for AMD GPUs that need not be present, and an estimate
# of frames per second. Prints Markdown; exits non-zero if a kernel spills registers and is not known to.
#
#   scripts/gpu-stats.sh            the tables
#   scripts/gpu-stats.sh --check    only look for the driver; exit with 1 if it is missing
#
# FAMILIES (navi31 navi21): the GPUs to compile for; the estimate takes spilled registers from the last.

set -eu
cd "$(dirname "$0")/.."

# Prints RADV's manifest.
manifest() {
    for folder in "${XDG_DATA_HOME:-${HOME:-/root}/.local/share}" /usr/local/share /usr/share /etc /run/opengl-driver/share; do
        for file in "$folder"/vulkan/icd.d/radeon_icd*.json; do
            [ -f "$file" ] && { printf '%s\n' "$file"; return 0; }
        done
    done
    return 1
}

if ! driver=$(manifest); then
    echo 'gpu-stats: no radeon_icd*.json in the usual folders: RADV, the driver that compiles for GPUs that are not there, is not installed (Debian, Ubuntu: apt-get install mesa-vulkan-drivers)' >&2
    exit 1
fi
[ "${1:-}" = --check ] && exit 0

PATH="$PATH:$HOME/.cargo/bin"
families=${FAMILIES:-navi31 navi21}
failed=0
for family in $families; do
    estimate=
    [ "$family" = "${families##* }" ] && estimate=--estimate
    RADV_FORCE_FAMILY=$family VK_DRIVER_FILES=$driver MESA_SHADER_CACHE_DISABLE=1 \
        cargo bench --locked --quiet --bench gpu_stats -- $estimate || failed=1
done
exit $failed
