# shellcheck shell=bash
# For build.sh: formats C++ and C#.

# No formatter wraps lines: names those over 140 columns, and comments over 120.
check_widths() {
    find "$here"/{src,native,tests,bench,examples,eng} -type f \( -name '*.cs' -o -name '*.cpp' -o -name '*.h' \) -print0 |
        xargs -0 awk -v skip=$((${#here} + 2)) '
            FNR == 1 { block = 0 }
            /^[ \t]*\/\*/ { block = 1 }
            { most = block || /^[ \t]*\/\// ? 120 : 140 }
            length($0) > most { printf "%s:%d: %d columns, at most %d\n", substr(FILENAME, skip), FNR, length($0), most; bad = 1 }
            /\*\// { block = 0 }
            END { exit bad }' >&2
}

do_format() {
    local check=() write=(-i) status=0 wide=0
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
    check_widths || wide=1
    [ $status -eq 0 ] || die 1 "sources are not formatted: run ./build.sh format"
    [ $wide -eq 0 ] || die 1 "lines are too long: wrap them by hand"
}
