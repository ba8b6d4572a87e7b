# shellcheck shell=bash
# For build.sh: formats C++ and C#.

do_format() {
    local check=() write=(-i) status=0
    case "$*" in
    "") ;;
    --check) check=(--verify-no-changes) write=(--dry-run -Werror) ;;
    *) die 2 "format knows --check only" ;;
    esac
    need_dotnet
    need_packages "formatting C++" clang-format
    find "$here/native" "$here/tests/native" "$here/bench" -type f \( -name '*.cpp' -o -name '*.h' \) -print0 |
        xargs -0 clang-format "${write[@]}" || status=1
    dotnet format "$here/FastDqn.sln" "${check[@]}" --verbosity quiet </dev/null || status=1
    [ $status -eq 0 ] || die 1 "sources are not formatted: run ./build.sh format"
}
