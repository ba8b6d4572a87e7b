# shellcheck shell=bash
# For build.sh: what the machine must have, and which libtorch the learner gets. Sets nothing but functions.

say() { printf 'build.sh: %s\n' "$*" >&2; }
die() { local code=$1; shift; say "$*"; exit "$code"; }

quietly() { # WHAT LOG COMMAND...: runs it with its output in a log, shown when it fails
    local what=$1 log=$2
    shift 2
    mkdir -p "$(dirname "$log")"
    if ! "$@" </dev/null >"$log" 2>&1; then
        grep -E '(error|Error|FAILED)' "$log" | sort -u | head -n 30 >&2 || true
        die 1 "$what failed; the whole log: $log"
    fi
}

# need_packages WHY PACKAGE...: installs missing Debian packages, or says how to and ends with 4.
need_packages() {
    local why=$1 missing=() sudo=() p log="$build/apt.log"
    local install=(apt-get install -y --no-install-recommends)
    shift
    command -v dpkg-query >/dev/null || return 0
    for p in "$@"; do
        dpkg-query -W -f='${Status}' "$p" 2>/dev/null | grep -q 'ok installed' || missing+=("$p")
    done
    [ ${#missing[@]} -gt 0 ] || return 0
    if [ "$(id -u)" -ne 0 ]; then
        sudo -n true 2>/dev/null || die 4 "missing packages ($why); run: sudo ${install[*]} ${missing[*]}"
        sudo=(sudo -n)
    fi
    say "installing ($why): ${missing[*]}"
    install=("${sudo[@]}" env DEBIAN_FRONTEND=noninteractive "${install[@]}" "${missing[@]}")
    mkdir -p "$build"
    if ! "${install[@]}" </dev/null >"$log" 2>&1; then
        # A fresh machine has no package lists yet.
        "${sudo[@]}" apt-get update </dev/null >"$log" 2>&1 || true
        "${install[@]}" </dev/null >>"$log" 2>&1 || die 4 "installing ${missing[*]} failed ($log): $(tail -n 1 "$log")"
    fi
}

need_command() { # COMMAND WHY HOW
    command -v "$1" >/dev/null || die 4 "$1 was not found ($2): $3"
}

need_dotnet() {
    need_command dotnet "the .NET SDK builds and runs FastDqn" "install the .NET 10 SDK"
    (cd "$here" && dotnet --version >/dev/null 2>&1) || die 4 "no .NET SDK here satisfies global.json: install the .NET 10 SDK"
}

need_native_tools() {
    need_packages "native build" g++ cmake ninja-build dasm
    need_command cmake "native build" "install CMake 3.22 or newer"
    need_command ninja "native build" "install Ninja"
    need_command c++ "native build" "install a C++20 compiler (g++ 12)"
}

has_driver() { [ -e /proc/driver/nvidia/version ] || { command -v nvidia-smi >/dev/null && nvidia-smi -L >/dev/null 2>&1; }; }

# choose_libtorch ASKED: prints true for the package for NVIDIA GPUs, false for the CPU's. ASKED is one of them, or empty: then the
# one for GPUs where their driver is and a feed serves it, which is asked once.
choose_libtorch() {
    local asked=$1 refused="$build/no-cuda-package" log="$build/restore.log"
    local lacks="no package feed here serves TorchSharp-cuda-linux and its libtorch" libtorch="name one with CUDA at run time (fastdqn --libtorch DIR)"
    if [ "$asked" = false ] || { [ -z "$asked" ] && { [ -e "$refused" ] || ! has_driver; }; }; then
        echo false
        return
    fi
    mkdir -p "$build"
    if dotnet restore "$here/src/FastDqn.Learning" -p:FastDqnCuda=true </dev/null >"$log" 2>&1; then
        rm -f -- "$refused"
        echo true
    elif ! grep -qE 'NU110[123]' "$log"; then
        die 1 "restoring packages failed; the whole log: $log"
    elif [ "$asked" = true ]; then
        die 4 "$lacks: add one (dotnet nuget add source URL), or build with --cpu and $libtorch"
    else
        touch "$refused"
        say "$lacks: this build has the CPU's; $libtorch"
        echo false
    fi
}
