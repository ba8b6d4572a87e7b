#!/usr/bin/env bash
# The one entry to FastDqn's tree: see ./build.sh --help.
set -Eeuo pipefail

here=$(cd -- "$(dirname -- "${BASH_SOURCE[0]}")" && pwd -P)
build="$here/build"
native="$build/native"
profile="$build/profile"
export DOTNET_NOLOGO=1 DOTNET_CLI_TELEMETRY_OPTOUT=1 DOTNET_SKIP_FIRST_TIME_EXPERIENCE=1 DEBIAN_FRONTEND=noninteractive

# A bench or CI run may ask for fewer jobs; otherwise every core works.
jobs=${FASTDQN_JOBS:-$(nproc)}
cuda=

usage() {
    cat <<'EOF'
usage: ./build.sh [--cuda|--cpu] VERB [ARGS]

verbs
  build [--pgo]    set up what is missing and build everything; with --pgo the native part is compiled with a
                   profile of the emulator playing the bundled game and the ROMs in FASTDQN_ROMS (GCC 12); later
                   builds go on using the profile, until `clean`
  train [ARGS]     build, then `fastdqn train ARGS`
  test [PART...]   build and run every test: native, native under ASan + UBSan, managed
                   (PART: native | sanitize | managed | a managed test project's name)
  bench SUITE [--json FILE]
                   run a benchmark suite: core, vector, kernels, environments, pixels, replay, learner, train, checkpoint, streams, sweeps
  format [--check] format C# and C++ sources; with --check only report, exit 1 when something differs
  publish [--output DIR] [--with-libtorch]
                   a self-contained folder for a server without .NET, and DIR.tar.gz: program, benchmarks, licences;
                   without libtorch (name one there: fastdqn --libtorch DIR) or with it (default: build/publish/fastdqn)
  doctor [ARGS]    build, then `fastdqn doctor ARGS`: what works on this machine, and how to get the rest
  clean            remove everything that was built

options
  --cuda, --cpu    which libtorch the learner gets: the package for NVIDIA GPUs (the default where their driver is
                   found) or the one for the CPU; `fastdqn --libtorch DIR` takes another one without a rebuild
  --help           this text

environment
  FASTDQN_JOBS     parallel build jobs (default: the number of cores)
  FASTDQN_TEST_LIMIT
                   seconds that one managed test project may take (default 1100)
  CMAKE_PREFIX_PATH
                   where CMake finds an installed ALE

exit codes: 0 done, 1 a build, test or run failed, 2 usage, 4 something this machine lacks
EOF
}

say() { printf 'build.sh: %s\n' "$*" >&2; }
die() { local code=$1; shift; say "$*"; exit "$code"; }

# ---- what the machine must have -------------------------------------------------------------------------------

trap 'say "stopped at line $LINENO: $BASH_COMMAND"' ERR

have_package() { dpkg-query -W -f='${Status}' "$1" 2>/dev/null | grep -q 'ok installed'; }

# need_packages WHY PACKAGE...: installs missing Debian packages, or says how to and ends with 4.
need_packages() {
    local why=$1 missing=() p
    shift
    command -v dpkg-query >/dev/null || return 0
    for p in "$@"; do have_package "$p" || missing+=("$p"); done
    [ ${#missing[@]} -eq 0 ] && return 0
    local sudo=()
    if [ "$(id -u)" -ne 0 ]; then
        if command -v sudo >/dev/null && sudo -n true 2>/dev/null; then
            sudo=(sudo -n)
        else
            die 4 "missing packages ($why); run: sudo apt-get install -y --no-install-recommends ${missing[*]}"
        fi
    fi
    say "installing ($why): ${missing[*]}"
    local log="$build/apt.log"
    mkdir -p "$build"
    if ! "${sudo[@]}" env DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends "${missing[@]}" </dev/null >"$log" 2>&1; then
        # A fresh machine has no package lists yet.
        "${sudo[@]}" apt-get update </dev/null >"$log" 2>&1 || true
        "${sudo[@]}" env DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends "${missing[@]}" </dev/null >>"$log" 2>&1 ||
            { tail -n 5 "$log" >&2; die 4 "installing failed; run: sudo apt-get update && sudo apt-get install -y --no-install-recommends ${missing[*]}"; }
    fi
}

need_command() { # COMMAND WHY HOW
    command -v "$1" >/dev/null || die 4 "$1 was not found ($2): $3"
}

need_dotnet() {
    need_command dotnet "the .NET SDK builds and runs FastDqn" "install the .NET 10 SDK"
    (cd "$here" && dotnet --version >/dev/null 2>&1) ||
        die 4 "no .NET SDK here satisfies global.json: install the .NET 10 SDK (found: $(dotnet --list-sdks 2>/dev/null | awk '{print $1}' | paste -sd' '))"
}

need_native_tools() {
    need_packages "native build" g++ cmake ninja-build
    need_command cmake "native build" "install CMake 3.22 or newer"
    need_command ninja "native build" "install Ninja"
    need_command c++ "native build" "install a C++20 compiler (g++ 12)"
}

has_driver() { [ -e /proc/driver/nvidia/version ] || { command -v nvidia-smi >/dev/null && nvidia-smi -L >/dev/null 2>&1; }; }

# Whether the learner gets libtorch for NVIDIA GPUs: as asked for, else where their driver is and a feed serves it, which is
# asked once.
choose_libtorch() {
    local refused="$build/no-cuda-package" lacks="no package feed here serves TorchSharp-cuda-linux and its libtorch"
    if [ -z "$cuda" ]; then
        if has_driver && [ ! -e "$refused" ]; then cuda=try; else cuda=false; fi
    fi
    [ "$cuda" != false ] || return 0
    mkdir -p "$build"
    if dotnet restore "$here/src/FastDqn.Learning" -p:FastDqnCuda=true </dev/null >"$build/restore.log" 2>&1; then
        cuda=true
        rm -f -- "$refused"
    elif ! grep -qE 'NU110[123]' "$build/restore.log"; then
        die 1 "restoring packages failed; the whole log: $build/restore.log"
    elif [ "$cuda" = true ]; then
        die 4 "$lacks: add one (dotnet nuget add source URL), or build with --cpu and name a libtorch with CUDA at run time (fastdqn --libtorch DIR)"
    else
        cuda=false
        touch "$refused"
        say "$lacks: this build has the CPU's; name one with CUDA at run time (fastdqn --libtorch DIR)"
    fi
}

# ---- building -------------------------------------------------------------------------------------------------

# What a build depends on, as one hash: a repeated build of an unchanged tree ends here.
tree_hash() {
    (cd "$here" && {
        echo "$here $cuda $* ${CMAKE_PREFIX_PATH:-}"
        if [ -f "$profile/made" ]; then cat "$profile/made"; fi
        find src native tests bench Directory.Build.props Directory.Build.targets Directory.Packages.props global.json FastDqn.sln .editorconfig \
            -type f -printf '%p %T@ %s\n' 2>/dev/null | LC_ALL=C sort || true
    } | sha256sum | cut -c1-32)
}

quietly() { # WHAT LOG COMMAND...: runs it with its output in a log, shown when it fails
    local what=$1 log=$2
    shift 2
    mkdir -p "$(dirname "$log")"
    if ! "$@" </dev/null >"$log" 2>&1; then
        grep -E '(error|Error|FAILED)' "$log" | sort -u | head -n 30 >&2 || true
        die 1 "$what failed; the whole log: $log"
    fi
}

# What CMake made belongs to the folder that it was made in: in a checkout that was copied or moved it is made again.
forget_other_checkout() { # FOLDER THAT-GOES-WITH-IT...
    local cache="$1/CMakeCache.txt"
    if [ ! -f "$cache" ] || grep -qxF "CMAKE_HOME_DIRECTORY:INTERNAL=$here/native" "$cache"; then return; fi
    say "this checkout was copied or moved: $(basename "$1") is built anew"
    rm -rf -- "$@"
}

build_native() { # FOLDER CMAKE-OPTIONS...
    local dir=$1
    shift
    forget_other_checkout "$dir"
    quietly "configuring the native part" "$dir/configure.log" cmake -S "$here/native" -B "$dir" -G Ninja "$@"
    quietly "building the native part" "$dir/build.log" ninja -C "$dir" -j "$jobs"
}

build_managed() { # solution or project
    quietly "building the managed part" "$build/dotnet.log" dotnet build "$1" -c Release -m:"$jobs" -p:FastDqnCuda="$cuda" -v:minimal
}

# A profile of the emulator at work: an instrumented build in a folder of its own plays what ROMs there are.
make_profile() {
    need_native_tools
    rm -rf -- "$profile"
    say "building the native part with instruments"
    build_native "$build/native-profile" -DCMAKE_BUILD_TYPE=Release -DFASTDQN_BENCH=ON -DFASTDQN_PROFILE=generate \
        -DFASTDQN_PROFILE_DIR="$profile" -DCMAKE_DISABLE_FIND_PACKAGE_ale=ON
    say "recording a profile"
    quietly "recording a profile" "$build/profile.log" "$build/native-profile/bench/bench_core" --frames 300 --rounds 1
    quietly "recording a profile" "$build/profile-vector.log" "$build/native-profile/bench/bench_vector" --steps 10 --rounds 1
    date +%s >"$profile/made"
}

write_launcher() {
    cat >"$here/fastdqn" <<EOF
#!/bin/sh
# Written by build.sh: runs the program that was built last.
here=\$(CDPATH= cd -- "\$(dirname -- "\$0")" && pwd -P)
# Below these limits the .NET runtime hangs or dies before the program could say why.
need() { # LIMIT LEAST WHAT
    [ "\$1" = unlimited ] || [ "\$1" -ge "\$2" ] || { echo "fastdqn: \$3: at least \$2 are needed" >&2; exit 4; }
}
need "\$(ulimit -Hn)" 256 "at most \$(ulimit -Hn) files may be open (ulimit -n)"
need "\$(ulimit -s)" 512 "a thread's stack may have \$(ulimit -s) kB (ulimit -s)"
need "\$(ulimit -v)" 1000000 "the address space may have \$(ulimit -v) kB (ulimit -v)"
# A limit of file sizes keeps the runtime from sharing its compiled code through a file.
[ "\$(ulimit -f)" = unlimited ] || export DOTNET_EnableWriteXorExecute=0
exec dotnet "\$here/artifacts/bin/FastDqn.Cli/release/fastdqn.dll" "\$@"
EOF
    chmod +x "$here/fastdqn"
}

# The native part, with the profile where one was recorded. OPTIONS are CMake's.
build_native_part() {
    local options=(-DCMAKE_BUILD_TYPE=Release -DFASTDQN_PROFILE=OFF "$@")
    need_native_tools
    need_packages "assembling the bundled game" dasm
    if [ -f "$profile/made" ]; then options+=(-DFASTDQN_PROFILE=use -DFASTDQN_PROFILE_DIR="$profile"); fi
    say "building the native part"
    build_native "$native" "${options[@]}"
}

do_build() { # [tests]: with the word, the test projects and native tests as well
    local what=${1:-program} stamp hash project="$here/src/FastDqn.Cli/FastDqn.Cli.csproj" options=()
    need_dotnet
    choose_libtorch
    stamp="$build/stamp-$what"
    # A profile names the files that it is of by their whole paths.
    forget_other_checkout "$build/native-profile" "$profile"
    hash=$(tree_hash "$what")
    if [ -f "$stamp" ] && [ "$(cat "$stamp")" = "$hash" ] && [ -x "$here/fastdqn" ]; then
        say "nothing changed since the last build"
        return
    fi
    if [ "$what" = tests ]; then
        need_packages "native tests" libgtest-dev
        options+=(-DFASTDQN_TESTS=ON)
        project="$here/FastDqn.sln"
    fi
    build_native_part "${options[@]}"
    say "building the managed part"
    build_managed "$project"
    write_launcher
    printf '%s' "$hash" >"$stamp"
    say "built: $here/fastdqn"
}

# ---- testing --------------------------------------------------------------------------------------------------

passed=0 failed=0 skipped=0 failures=()

count() { # LOG PATTERN: the number in the last line that matches, 0 without one
    local number
    number=$(sed -nE "s/$2/\\1/p" "$1" | tail -n 1)
    echo "${number:-0}"
}

# Runs a program of GoogleTest's or xUnit's, or one that only succeeds or fails, and adds its counts; shows the end of its
# log where something failed, and why tests were skipped.
run_test() { # NAME LOG SECONDS COMMAND...
    local name=$1 log=$2 limit=$3 status=0 p f s
    shift 3
    (cd "$here" && timeout "$limit" "$@") </dev/null >"$log" 2>&1 || status=$?
    if grep -qE 'Total: [0-9]+, Errors: [0-9]+' "$log"; then
        f=$(($(count "$log" '.*Failed: ([0-9]+),.*') + $(count "$log" '.*Errors: ([0-9]+),.*'))) s=$(count "$log" '.*Skipped: ([0-9]+),.*')
        p=$(($(count "$log" '.*Total: ([0-9]+),.*') - f - s))
    elif grep -qE '^\[=+\] Running [0-9]+ test' "$log"; then
        p=$(count "$log" '^\[  PASSED  \] ([0-9]+) tests?\.$') f=$(count "$log" '^\[  FAILED  \] ([0-9]+) tests?, listed below:$')
        s=$(count "$log" '^\[  SKIPPED \] ([0-9]+) tests?, listed below:$')
    else
        p=$((status == 0)) f=0 s=0
    fi
    if [ "$status" -ne 0 ] && [ "$f" -eq 0 ]; then f=1; fi
    passed=$((passed + p)) failed=$((failed + f)) skipped=$((skipped + s))
    printf '  %-40s %5d passed %3d failed %3d skipped\n' "$name" "$p" "$f" "$s"
    if [ "$f" -gt 0 ]; then
        failures+=("$name")
        grep -vE '^ *$|^\[ +(OK|RUN) +\]|^\[-----' "$log" | tail -n 60 || true
    fi
    if [ "$s" -gt 0 ]; then
        grep -A1 -E 'Skipped$|\[SKIP\]' "$log" | grep -vE 'Skipped$|\[SKIP\]|^--$' | sed 's/^ *//' | sort | uniq -c | sed 's/^/      skipped: /' || true
    fi
}

run_native_tests() { # LABEL FOLDER
    local t
    for t in "$2"/tests/*/*_test "$2"/tests/*/*_tests; do
        [ -f "$t" ] && [ -x "$t" ] || continue
        run_test "$1/$(basename "$t")" "$2/$(basename "$t").log" 900 "$t"
    done
}

# A little of each kind; docs/atari.md says how to go on for longer.
run_fuzz() { # LABEL FOLDER
    local what
    for what in "images --count 30 --frames 60" "loader --count 100" "states --count 24"; do
        # shellcheck disable=SC2086 # a kind and its options
        run_test "$1/fuzz_vcs ${what%% *}" "$2/fuzz_${what%% *}.log" 900 "$2/tests/vcs/fuzz_vcs" $what
    done
}

run_managed_tests() { # PROJECT-FOLDER...
    local name
    for name in "${@##*/}"; do
        run_test "$name" "$build/test-$name.log" "${FASTDQN_TEST_LIMIT:-1100}" "$here/artifacts/bin/$name/release/$name" -noColor
    done
}

do_test() {
    local parts=("$@") started=$SECONDS p projects=()
    [ ${#parts[@]} -eq 0 ] && parts=(native sanitize managed)
    for p in "${parts[@]}"; do
        case $p in native | sanitize | managed) continue ;; esac
        [[ $p != */* ]] && [ -f "$here/tests/$p/$p.csproj" ] ||
            die 2 "there is no test part '$p'; parts: native, sanitize, managed, $(cd "$here/tests" && ls -d ./*.Tests | sed 's|^\./||' | paste -sd' ')"
    done
    if [ -d "$here/../shared/data" ]; then export FASTDQN_SHARED="${FASTDQN_SHARED:-$here/../shared}"; fi
    do_build tests
    for p in "${parts[@]}"; do
        case $p in
        native) say "native tests"; run_native_tests native "$native" ;;
        sanitize)
            say "native tests under AddressSanitizer and UndefinedBehaviorSanitizer"
            build_native "$build/native-asan" -DCMAKE_BUILD_TYPE=RelWithDebInfo -DFASTDQN_TESTS=ON -DFASTDQN_SANITIZE=ON
            run_native_tests sanitize "$build/native-asan"
            run_fuzz sanitize "$build/native-asan"
            ;;
        managed)
            say "managed tests"
            for project in "$here"/tests/*/*.csproj; do
                projects+=("$(dirname "$project")")
            done
            run_managed_tests "${projects[@]}"
            ;;
        *) run_managed_tests "$here/tests/$p" ;;
        esac
    done
    [ ${#failures[@]} -eq 0 ] || say "failed: ${failures[*]}"
    say "tests took $((SECONDS - started)) s"
    printf '%d passed, %d failed, %d skipped\n' "$passed" "$failed" "$skipped"
    [ "$failed" -eq 0 ] && [ "$passed" -gt 0 ]
}

# ---- the other verbs ------------------------------------------------------------------------------------------

do_bench() {
    local suites=(core vector kernels environments pixels replay learner train checkpoint streams sweeps)
    [ $# -ge 1 ] || die 2 "bench needs a suite: ${suites[*]}"
    local suite=$1
    shift
    [[ " ${suites[*]} " == *" $suite "* ]] || die 2 "unknown suite '$suite'; suites: ${suites[*]}"
    do_build
    case $suite in
    core | vector | kernels)
        say "building the native benches"
        build_native "$native" -DCMAKE_BUILD_TYPE=Release -DFASTDQN_BENCH=ON
        exec "$native/bench/bench_$suite" "$@"
        ;;
    *)
        say "building the managed benches"
        build_managed "$here/bench/FastDqn.Bench/FastDqn.Bench.csproj"
        exec dotnet "$here/artifacts/bin/FastDqn.Bench/release/FastDqn.Bench.dll" "$suite" "$@"
        ;;
    esac
}

do_format() {
    local check=()
    case "${1:-}" in
    "") ;;
    --check) check=(--verify-no-changes) ;;
    *) die 2 "format knows --check only" ;;
    esac
    need_dotnet
    need_packages "formatting C++" clang-format
    local status=0 files=()
    mapfile -d '' files < <(find "$here/native" "$here/tests/native" "$here/bench" -type f \( -name '*.cpp' -o -name '*.h' \) -print0)
    if [ ${#files[@]} -gt 0 ]; then
        if [ ${#check[@]} -gt 0 ]; then
            clang-format --dry-run -Werror "${files[@]}" || status=1
        else
            clang-format -i "${files[@]}"
        fi
    fi
    dotnet format "$here/FastDqn.sln" "${check[@]}" --verbosity quiet </dev/null || status=1
    [ $status -eq 0 ] || die 1 "sources are not formatted: run ./build.sh format"
}

do_publish() {
    local output="$build/publish/fastdqn" libtorch=false project options
    while [ $# -gt 0 ]; do
        case $1 in
        --with-libtorch) libtorch=true ;;
        --output) [ $# -gt 1 ] || die 2 "--output needs a folder"; output=$(realpath -m -- "$2"); shift ;;
        *) die 2 "publish knows --output DIR and --with-libtorch only" ;;
        esac
        shift
    done
    # Only what publish made before is replaced.
    [ ! -e "$output" ] || [ -d "$output/licences" ] || [ -z "$(ls -A -- "$output")" ] || die 2 "--output $output: is not empty and no published folder"
    if [ "$libtorch" = true ]; then choose_libtorch; else cuda=false; fi
    need_dotnet
    forget_other_checkout "$build/native-profile" "$profile"
    build_native_part
    say "publishing"
    rm -rf -- "$output" "$output.tar.gz"
    options=(-c Release -o "$output" -p:FastDqnPublish=true -p:FastDqnLibTorch="$libtorch" -p:FastDqnCuda="$cuda" -p:ArtifactsPath="$build/publish/artifacts" -v:minimal)
    for project in src/FastDqn.Cli bench/FastDqn.Bench; do
        quietly "publishing $project" "$build/publish.log" dotnet publish "$here/$project" "${options[@]}"
    done
    tar -C "$(dirname -- "$output")" --owner=0 --group=0 --sort=name -cf - -- "$(basename -- "$output")" | gzip -9 >"$output.tar.gz"
    say "published: $output ($(du -sm "$output" | cut -f1) MB), $output.tar.gz ($(($(stat -c %s "$output.tar.gz") / 1000000)) MB)"
}

do_clean() {
    rm -rf -- "$here/artifacts" "$build" "$here/fastdqn" "$here/BenchmarkDotNet.Artifacts"
    say "removed what was built; runs/ is untouched"
}

# ---- arguments ------------------------------------------------------------------------------------------------

verb=
args=()
while [ $# -gt 0 ]; do
    case $1 in
    --cuda) cuda=true ;;
    --cpu) cuda=false ;;
    --) args+=("$@"); break ;;
    -h | --help | help) if [ -z "$verb" ]; then usage; exit 0; else args+=("$1"); fi ;;
    *) if [ -z "$verb" ]; then verb=$1; else args+=("$1"); fi ;;
    esac
    shift
done

# train, doctor and the suites of bench have their own help.
if [[ $verb =~ ^(build|test|format|clean|publish)$ || ( $verb == bench && ${args[0]:-} =~ ^(-h|--help)$ ) ]] && [[ " ${args[*]} " =~ \ (-h|--help)\  ]]; then
    usage
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
train) do_build; exec "$here/fastdqn" train "${args[@]}" ;;
doctor) do_build; exec "$here/fastdqn" doctor "${args[@]}" ;;
test) do_test "${args[@]}" ;;
bench) do_bench "${args[@]}" ;;
publish) do_publish "${args[@]}" ;;
format) do_format "${args[@]}" ;;
clean)
    [ ${#args[@]} -eq 0 ] || die 2 "clean takes nothing more: '${args[*]}'"
    do_clean
    ;;
"") usage >&2; exit 2 ;;
-*) die 2 "unknown option '$verb'; see ./build.sh --help" ;;
*) die 2 "unknown verb '$verb'; see ./build.sh --help" ;;
esac
