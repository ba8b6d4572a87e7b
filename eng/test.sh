# shellcheck shell=bash
# For build.sh: runs the parts' tests; ctest and dotnet test leave reports, which TestResults.cs adds up.

results="$build/test-results"
unfinished=()

# run_tests LABEL COMMAND...: into a log. A runner that fails and reports no failure, or takes too long, is one more failure.
run_tests() {
    local label=$1 status=0
    shift
    say "$label tests"
    timeout --kill-after=30 "${FASTDQN_TEST_LIMIT:-2400}" "$@" </dev/null >"$results/$label.log" 2>&1 || status=$?
    [ $status -eq 0 ] || unfinished+=("$label=$status")
}

run_native() { # LABEL PRESET
    run_tests "$1" env -C "$here/native" ctest --preset "$2" -j "$jobs" --output-junit "$results/$1.xml"
}

run_managed() { # LABEL MODULES
    run_tests "$1" env -C "$here" dotnet test --test-modules "$2" --max-parallel-test-modules 2 --results-directory "$results" --report-xunit-xml
}

do_test() {
    local parts=("$@") part started=$SECONDS
    [ ${#parts[@]} -gt 0 ] || parts=(native sanitize managed)
    for part in "${parts[@]}"; do
        case $part in native | sanitize | managed) continue ;; esac
        [[ $part != */* ]] && [ -f "$here/tests/$part/$part.csproj" ] ||
            die 2 "there is no test part '$part'; parts: native, sanitize, managed, $(cd "$here/tests" && printf '%s ' *.Tests)"
    done
    if [ -d "$here/../shared/data" ]; then export FASTDQN_SHARED="${FASTDQN_SHARED:-$here/../shared}"; fi
    do_build tests
    rm -rf -- "$results"
    mkdir -p "$results"
    for part in "${parts[@]}"; do
        case $part in
        native) run_native native release ;;
        sanitize)
            build_native asan
            run_native sanitize asan
            ;;
        managed) run_managed managed "artifacts/bin/*.Tests/release/*.Tests.dll" ;;
        *) run_managed "$part" "artifacts/bin/$part/release/$part.dll" ;;
        esac
    done
    say "tests took $((SECONDS - started)) s"
    if (cd "$here/eng" && dotnet run TestResults.cs -- "$results" "${unfinished[@]}"); then exit 0; else exit 1; fi
}
