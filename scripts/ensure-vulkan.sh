#!/bin/sh
# Ensures that this machine has a Vulkan driver; if there is none, installs Mesa's on Debian and Ubuntu.
#
#   scripts/ensure-vulkan.sh              install a driver if there is none; silent if there is one
#   scripts/ensure-vulkan.sh --check      only check: if there is none, say what to install and exit with 1
#   scripts/ensure-vulkan.sh --upgrade    also replace a software driver that is older than Mesa 23
#
# Exit codes: 0 there is a driver, 1 there is none and none could be installed, 2 wrong usage.
# Needs root or sudo only when there is something to install.

set -u

# Lavapipe, Mesa's software driver, runs our kernels four times as fast from this major version on.
GOOD_MESA=23
PACKAGES="mesa-vulkan-drivers libvulkan1"

say() { printf 'ensure-vulkan: %s\n' "$*" >&2; }

# ---- Detection -------------------------------------------------------------------------------------------------------

# Succeeds if a library is in the loader's cache, or a path exists.
library_exists() {
    case $1 in
        */*) [ -e "$1" ] ;;
        *) list_libraries | grep -qF "$1" ;;
    esac
}

list_libraries() {
    PATH="$PATH:/usr/sbin:/sbin" ldconfig -p 2>/dev/null
    # LD_LIBRARY_PATH, and the library folders of systems without such a cache (musl, Nix).
    old_ifs=$IFS; IFS=:
    for dir in ${LD_LIBRARY_PATH:-} /usr/lib /usr/local/lib /usr/lib64 /run/opengl-driver/lib; do
        [ -d "$dir" ] && ls "$dir" 2>/dev/null
    done
    IFS=$old_ifs
}

# Prints the library of the driver that a manifest (ICD json) names, if the library exists.
driver_of() {
    lib=$(sed -n 's/.*"library_path"[[:space:]]*:[[:space:]]*"\([^"]*\)".*/\1/p' "$1" 2>/dev/null | head -n 1)
    case $lib in
        '') return 1 ;;
        /*) ;;
        */*) lib=$(dirname "$1")/$lib ;;
    esac
    library_exists "$lib" && printf '%s\n' "$lib"
}

# Prints the libraries of all drivers the Vulkan loader would find.
list_drivers() {
    only=${VK_DRIVER_FILES:-${VK_ICD_FILENAMES:-}}
    places=$only
    if [ -z "$only" ]; then
        places=${VK_ADD_DRIVER_FILES:-}
        roots=${XDG_CONFIG_HOME:-${HOME:-/root}/.config}:${XDG_CONFIG_DIRS:-/etc/xdg}:/etc:/usr/local/etc
        roots=$roots:${XDG_DATA_HOME:-${HOME:-/root}/.local/share}:${XDG_DATA_DIRS:-}:/usr/local/share:/usr/share
        roots=$roots:/run/opengl-driver/share
        old_ifs=$IFS; IFS=:
        for root in $roots; do
            [ -n "$root" ] && places=$places:${root%/}/vulkan/icd.d
        done
        IFS=$old_ifs
    fi
    old_ifs=$IFS; IFS=:
    set -f; set -- $places; set +f
    IFS=$old_ifs
    for place in "$@"; do
        if [ -d "$place" ]; then
            for file in "$place"/*.json; do
                [ -f "$file" ] && driver_of "$file"
            done
        elif [ -f "$place" ]; then
            driver_of "$place"
        fi
    done | sort -u
}

have_driver() { [ -n "$(list_drivers)" ]; }
have_loader() { library_exists libvulkan.so.1; }

# Succeeds if there is a GPU's device file; without one, only a software driver can work.
have_gpu() {
    for node in /dev/dri/renderD* /dev/nvidiactl /dev/dxg /dev/kgsl-3d0 /dev/mali0; do
        [ -e "$node" ] && return 0
    done
    return 1
}

# Prints "22.3" if the only usable driver is a lavapipe older than GOOD_MESA.
old_lavapipe() {
    have_gpu && return 1
    lib=$(list_drivers | grep 'lvp' | head -n 1)
    case $lib in
        '') return 1 ;;
        /*) ;;
        *) lib=$(PATH="$PATH:/usr/sbin:/sbin" ldconfig -p 2>/dev/null | sed -n "s|.*$lib.* => ||p" | head -n 1) ;;
    esac
    version=$(grep -aoE 'Mesa [0-9]+\.[0-9]+' "$lib" 2>/dev/null | head -n 1)
    version=${version#Mesa }
    [ -n "$version" ] && [ "${version%%.*}" -lt "$GOOD_MESA" ] && printf '%s\n' "$version"
}

# ---- Installing on Debian, Ubuntu and derivatives --------------------------------------------------------------------

os_release() { (. /etc/os-release 2>/dev/null && eval "printf '%s' \"\${$1:-}\""); }

# Runs a command as root. Asks for a password only where someone can answer.
as_root() {
    if [ "$(id -u)" = 0 ]; then "$@"
    elif [ -t 0 ]; then sudo "$@"
    else sudo -n "$@"; fi
}
can_be_root() {
    [ "$(id -u)" = 0 ] && return 0
    command -v sudo >/dev/null 2>&1 || return 1
    [ -t 0 ] || sudo -n true 2>/dev/null
}

apt() {
    as_root env DEBIAN_FRONTEND=noninteractive \
        apt-get -qq -o Dpkg::Use-Pty=0 -o Acquire::Retries=3 -o DPkg::Lock::Timeout=120 "$@" >&2
}
install() { apt install -y --no-install-recommends "$@"; }

# Prints the major version of Mesa that a plain install would bring; 0 if unknown.
candidate_major() {
    version=$(LC_ALL=C apt-cache policy mesa-vulkan-drivers 2>/dev/null | sed -n 's/^ *Candidate: *\([0-9]*:\)\{0,1\}\([0-9]*\)\..*/\2/p')
    printf '%s' "${version:-0}"
}

has_suite() { apt-get indextargets --format '$(RELEASE) $(SUITE) $(CODENAME)' 'Created-By: Packages' 2>/dev/null | grep -qwF -- "$1"; }

# Installs from the release's backports. If the package sources have no backports entry, adds one on the archive that
# this machine already uses. The entry stays, so the driver gets updates; a backports suite changes no other package by
# itself.
install_from_backports() {
    release=$(os_release VERSION_CODENAME)
    [ -n "$release" ] || return 1
    suite=$release-backports
    entry=/etc/apt/sources.list.d/gpu-ec-backports.list
    added=no
    if ! has_suite "$suite"; then
        site=$(apt-get indextargets --format '$(SITE)' 'Created-By: Packages' "Codename: $release" 'Component: main' 2>/dev/null | head -n 1)
        [ -n "$site" ] || return 1
        keyring=/usr/share/keyrings/debian-archive-keyring.gpg
        signed=
        [ -f "$keyring" ] && signed="[signed-by=$keyring] "
        say "adding $suite to the package sources ($entry)"
        added=yes
        printf '# Added by gpu-ec (scripts/ensure-vulkan.sh) for a newer mesa-vulkan-drivers; may be deleted.\ndeb %s%s %s main\n' \
            "$signed" "$site" "$suite" | as_root tee "$entry" >/dev/null || return 1
        as_root chmod 644 "$entry"
        # Refresh only this entry, so that another broken source is not mistaken for a missing suite.
        if ! apt -o "Dir::Etc::sourcelist=$entry" -o Dir::Etc::sourceparts=- -o APT::Get::List-Cleanup=0 \
                -o APT::Update::Error-Mode=any update; then
            as_root rm -f "$entry"
            return 1
        fi
    fi
    # shellcheck disable=SC2086
    install -t "$suite" $PACKAGES && return 0
    [ "$added" = yes ] && as_root rm -f "$entry"
    return 1
}

install_driver() {
    say "$1"
    apt update || say "the package lists could not be refreshed; going on with those at hand"
    if [ "$(os_release ID)" = debian ] && [ "$(candidate_major)" -lt "$GOOD_MESA" ]; then
        install_from_backports && return 0
        say "no newer driver from backports; taking the distribution's own"
    fi
    # shellcheck disable=SC2086
    install $PACKAGES
}

# ---- Advice if nothing can be done -----------------------------------------------------------------------------------

advise() {
    say "no Vulkan driver was found on this machine, and gpu-ec needs one."
    cat >&2 <<'END'
  With a GPU, install its driver (NVIDIA: the vendor's driver; AMD, Intel: Mesa). Without one, Mesa's software driver will do:
    Debian, Ubuntu   sudo apt-get install mesa-vulkan-drivers libvulkan1     (Debian 12: with -t bookworm-backports, four times as fast)
    Fedora           sudo dnf install mesa-vulkan-drivers vulkan-loader
    Arch             sudo pacman -S vulkan-swrast vulkan-icd-loader
    openSUSE         sudo zypper install libvulkan_lvp libvulkan1
    Alpine           sudo apk add mesa-vulkan-swrast vulkan-loader
  In a container, the host's driver must be passed in, or a driver installed inside.
END
}

# ---- Main ------------------------------------------------------------------------------------------------------------

mode=install
case ${1:-} in
    '') ;;
    --check) mode=check ;;
    --upgrade) mode=upgrade ;;
    -h | --help) sed -n '2,/^$/s/^# \{0,1\}//p' "$0"; exit 0 ;;
    *) say "unknown argument '$1' (--check, --upgrade or nothing)"; exit 2 ;;
esac

# macOS has Metal, Windows has DX12: nothing to install.
[ "$(uname -s)" = Linux ] || exit 0

can_install() { [ "$mode" != check ] && command -v apt-get >/dev/null 2>&1 && can_be_root; }

forced=${VK_DRIVER_FILES:-${VK_ICD_FILENAMES:-}}
if [ -n "$forced" ] && ! have_driver; then
    say "VK_DRIVER_FILES or VK_ICD_FILENAMES is set, but names no working driver: $forced"
    say "unset it, or point it at an existing driver manifest (*.json)"
    exit 1
fi

if have_driver && have_loader; then
    version=$(old_lavapipe) || exit 0
    if [ "$mode" = upgrade ] && can_install; then
        install_driver "Mesa $version is old; installing a newer one" && say "done" || say "the newer driver could not be installed"
        version=$(old_lavapipe) || exit 0
    fi
    say "warning: the only Vulkan driver is the software driver of Mesa $version, which runs gpu-ec several times slower than Mesa $GOOD_MESA or newer."
    [ "$mode" = upgrade ] || say "scripts/ensure-vulkan.sh --upgrade replaces it where a newer one is to be had."
    exit 0
fi

if have_driver && ! command -v apt-get >/dev/null 2>&1; then
    say "warning: a Vulkan driver is installed, but the loader (libvulkan.so.1) was not found; going on"
    exit 0
fi
if ! can_install; then
    advise
    [ "$mode" = install ] && command -v apt-get >/dev/null 2>&1 && say "run this again as root, or install sudo, and it is done for you"
    exit 1
fi
install_driver "no Vulkan driver found; installing $PACKAGES (this needs root)" || say "the installation failed"
if have_driver && have_loader; then
    if version=$(old_lavapipe); then
        say "installed the software driver of Mesa $version; Mesa $GOOD_MESA or newer would run gpu-ec several times faster"
    else
        say "a Vulkan driver is installed"
    fi
    exit 0
fi
advise
exit 1
