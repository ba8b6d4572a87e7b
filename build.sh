#!/usr/bin/env bash
# The one entry to FastDqn's tree: see ./build.sh --help. CMake's presets (native/CMakePresets.json), ctest and dotnet do the work.
set -Eeuo pipefail

here=$(cd -- "$(dirname -- "${BASH_SOURCE[0]}")" && pwd -P)
build="$here/build"
export DOTNET_NOLOGO=1 DOTNET_CLI_TELEMETRY_OPTOUT=1 DOTNET_SKIP_FIRST_TIME_EXPERIENCE=1 TESTINGPLATFORM_TELEMETRY_OPTOUT=1
jobs=${FASTDQN_JOBS:-$(nproc)}
native_suites=(core vector kernels)
managed_suites=(environments pixels replay learner learning train checkpoint streams sweeps packing reports gpu)
cuda=
. "$here/eng/machine.sh"
trap 'say "stopped at line $LINENO: $BASH_COMMAND"' ERR

# What CMake made belongs to the folder that it was made in: in a checkout that was copied or moved it is made again.
forget_other_checkout() { # FOLDER THAT-GOES-WITH-IT...
    local cache="$1/CMakeCache.txt"
    if [ ! -f "$cache" ] || grep -qxF "CMAKE_HOME_DIRECTORY:INTERNAL=$here/native" "$cache"; then return; fi
    say "this checkout was copied or moved: $(basename "$1") is built anew"
    rm -rf -- "$@"
}

build_native() { # PRESET CMAKE-OPTIONS...
    local preset=$1 folder="$build/native-$1" in_native=(env -C "$here/native")
    [ "$preset" != release ] || folder="$build/native"
    shift
    need_native_tools
    forget_other_checkout "$folder"
    say "building the native part ($preset)"
    quietly "configuring the native part" "$folder/configure.log" "${in_native[@]}" cmake --preset "$preset" "$@"
    quietly "building the native part" "$folder/build.log" "${in_native[@]}" cmake --build --preset "$preset" -j "$jobs"
}

build_managed() { # solution or project
    say "building the managed part$([ -d "$here/artifacts" ] || echo ": the first time fetches packages and takes some minutes")"
    quietly "building the managed part" "$build/dotnet.log" dotnet build "$1" -c Release -m:"$jobs" -p:FastDqnCuda="$cuda" -v:minimal
}

# A profile of the emulator at work: an instrumented build in a folder of its own plays what ROMs there are.
make_profile() {
    local bench="$build/native-profile/bench"
    rm -rf -- "$build/profile"
    build_native profile
    say "recording a profile"
    quietly "recording a profile" "$build/profile.log" "$bench/bench_core" --frames 300 --rounds 1
    quietly "recording a profile" "$build/profile-vector.log" "$bench/bench_vector" --steps 10 --rounds 1
    touch "$build/profile/made"
}

do_build() { # [tests]: with the word, the test projects and native tests as well
    local what=${1:-program} stamp words sources=()
    need_dotnet
    cuda=$(choose_libtorch "$cuda") || exit
    # A profile names the files that it is of by their whole paths.
    forget_other_checkout "$build/native-profile" "$build/profile"
    stamp="$build/stamp-$what" words="$here $cuda ${CMAKE_PREFIX_PATH:-}"
    for source in src native tests bench eng FastDqn.sln global.json .editorconfig Directory.{Build.props,Build.targets,Packages.props} build/profile/made; do
        [ ! -e "$here/$source" ] || sources+=("$here/$source")
    done
    if [ -d "$here/artifacts" ] && [ "$(cat "$stamp" 2>/dev/null)" = "$words" ] && [ -z "$(find "${sources[@]}" -newer "$stamp" -print -quit)" ]; then
        say "nothing changed since the last build"
        return
    fi
    # Its time is the build's start: what changes meanwhile is built next time.
    mkdir -p "$build"
    printf '%s' "$words" >"$stamp.new"
    if [ "$what" = tests ]; then
        need_packages "native tests" libgtest-dev
        build_native release
        build_managed "$here/FastDqn.sln"
    else
        build_native release -DFASTDQN_TESTS=OFF
        build_managed "$here/src/FastDqn.Cli/FastDqn.Cli.csproj"
    fi
    mv -- "$stamp.new" "$stamp"
    say "built: $here/fastdqn"
}

do_bench() {
    local suite=${1:-} suites="${native_suites[*]} ${managed_suites[*]}"
    [ -n "$suite" ] || die 2 "bench needs a suite: $suites"
    [[ " $suites " == *" $suite "* ]] || die 2 "unknown suite '$suite'; suites: $suites"
    shift
    do_build
    if [[ " ${native_suites[*]} " == *" $suite "* ]]; then
        build_native release -DFASTDQN_BENCH=ON -DFASTDQN_TESTS=OFF
        exec "$build/native/bench/bench_$suite" "$@"
    fi
    build_managed "$here/bench/FastDqn.Bench/FastDqn.Bench.csproj"
    exec dotnet "$here/artifacts/bin/FastDqn.Bench/release/FastDqn.Bench.dll" "$suite" "$@"
}

verb=
args=()
while [ $# -gt 0 ]; do
    case $1 in
    --cuda) cuda=true ;;
    --cpu) cuda=false ;;
    --) args+=("$@"); break ;;
    -h | --help | help) if [ -z "$verb" ]; then cat "$here/eng/usage.txt"; exit 0; else args+=("$1"); fi ;;
    *) if [ -z "$verb" ]; then verb=$1; else args+=("$1"); fi ;;
    esac
    shift
done

# train, doctor and the suites of bench have their own help.
if [[ $verb =~ ^(build|test|format|clean|publish|pack)$ || ( $verb == bench && ${args[0]:-} =~ ^(-h|--help)$ ) ]] && [[ " ${args[*]} " =~ \ (-h|--help)\  ]]; then
    cat "$here/eng/usage.txt"
    exit 0
fi

case $verb in
build)
    case "${args[*]}" in
    "") ;;
    --pgo) make_profile ;;
    *) die 2 "build knows --pgo, --cuda and --cpu only" ;;
    esac
    do_build
    ;;
train | doctor) do_build; exec "$here/fastdqn" "$verb" "${args[@]}" ;;
test) . "$here/eng/test.sh"; do_test "${args[@]}" ;;
bench) do_bench "${args[@]}" ;;
publish) . "$here/eng/publish.sh"; do_publish "${args[@]}" ;;
pack) . "$here/eng/pack.sh"; do_pack "${args[@]}" ;;
format) . "$here/eng/format.sh"; do_format "${args[@]}" ;;
clean)
    [ ${#args[@]} -eq 0 ] || die 2 "clean takes nothing more: '${args[*]}'"
    rm -rf -- "$here/artifacts" "$build" "$here/BenchmarkDotNet.Artifacts"
    say "removed what was built; runs/ is untouched"
    ;;
"") cat "$here/eng/usage.txt" >&2; exit 2 ;;
-*) die 2 "unknown option '$verb'; see ./build.sh --help" ;;
*) die 2 "unknown verb '$verb'; see ./build.sh --help" ;;
esac
