#!/bin/sh
# Puts the tools of tests/faults/drivers.rs into target/drivers: SwiftShader (a second Vulkan driver) and Khronos'
# validation layer. Both come from Debian's package chromium-common, which is unpacked but not installed. Without such a
# package, the distribution's validation layer is installed instead (root only). Reports what is missing; tests skip it.
#
# Exit codes: 0 both are available, 1 something is missing.

set -u
cd "$(dirname "$0")/.." || exit 1

PACKAGE=chromium-common
home=${CARGO_TARGET_DIR:-target}/drivers
layer=$home/VkLayer_khronos_validation.json

say() { printf 'ensure-drivers: %s\n' "$*" >&2; }

# Downloads the package and extracts its libraries. Needs no root, only package lists that name the package.
fetch() {
    command -v apt-get >/dev/null 2>&1 && command -v dpkg-deb >/dev/null 2>&1 || return 1
    apt-cache show "$PACKAGE" >/dev/null 2>&1 || { [ "$(id -u)" = 0 ] && apt-get -qq update >&2; }
    parts=$(mktemp -d) || return 1
    trap 'rm -rf "$parts"' EXIT
    (cd "$parts" && apt-get -qq -o Acquire::Retries=3 download "$PACKAGE" 2>/dev/null) || return 1
    mkdir -p "$home"
    dpkg-deb --fsys-tarfile "$parts/$PACKAGE"_*.deb | tar -x -f - -C "$parts" --wildcards \
        './usr/lib/chromium/*swiftshader*' './usr/lib/chromium/libVkLayer_khronos_validation.so' || return 1
    mv "$parts"/usr/lib/chromium/*swiftshader* "$parts"/usr/lib/chromium/libVkLayer_khronos_validation.so "$home"
    # The package has no manifest for the layer. The version matches the layer's settings, such as validate_sync.
    cat >"$layer" <<'END'
{
  "file_format_version": "1.2.0",
  "layer": {
    "name": "VK_LAYER_KHRONOS_validation",
    "type": "GLOBAL",
    "library_path": "./libVkLayer_khronos_validation.so",
    "api_version": "1.4.300",
    "implementation_version": "1",
    "description": "Khronos Validation Layer",
    "instance_extensions": [
      { "name": "VK_EXT_debug_report", "spec_version": "9" },
      { "name": "VK_EXT_debug_utils", "spec_version": "1" },
      { "name": "VK_EXT_layer_settings", "spec_version": "2" },
      { "name": "VK_EXT_validation_features", "spec_version": "2" }
    ]
  }
}
END
}

[ "$(uname -s)" = Linux ] || exit 0
[ -f "$home/vk_swiftshader_icd.json" ] && [ -f "$layer" ] && exit 0
fetch && exit 0
missing=0
if [ ! -f /usr/lib/chromium/vk_swiftshader_icd.json ]; then
    say "no SwiftShader: the package $PACKAGE cannot be had here"
    missing=1
fi
scripts/ensure-packages.sh vulkan-validationlayers || missing=1
exit "$missing"
