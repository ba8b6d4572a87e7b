# shellcheck shell=bash
# For build.sh: the packages for .NET users.

do_pack() {
    local output="$build/packages" libtorch=true project file
    while [ $# -gt 0 ]; do
        case $1 in
        --without-libtorch) libtorch=false ;;
        --output) [ $# -gt 1 ] || die 2 "--output needs a folder"; output=$(realpath -m -- "$2"); shift ;;
        *) die 2 "pack knows --output DIR and --without-libtorch only" ;;
        esac
        shift
    done
    need_dotnet
    forget_other_checkout "$build/native-profile" "$build/profile"
    build_native release -DFASTDQN_TESTS=OFF
    # Of one version no older file may be left: a tool of two packages would be made of both.
    mkdir -p "$output"
    rm -f -- "$output"/fastdqn.*.nupkg "$output"/FastDqn.*nupkg
    local options=(-c Release -o "$output" -p:ArtifactsPath="$build/pack/artifacts" -v:minimal)
    for project in FastDqn.Atari FastDqn.Core FastDqn.Environments FastDqn.Replay FastDqn.Trainer FastDqn.Templates; do
        say "packing $project"
        quietly "packing $project" "$build/pack.log" dotnet pack "$here/src/$project" "${options[@]}" -p:FastDqnPackLibraries=true
    done
    say "packing the tool"
    rm -rf -- "$build/pack/artifacts/publish"
    quietly "packing the tool" "$build/pack.log" dotnet pack "$here/src/FastDqn.Cli" "${options[@]}" -p:FastDqnPackTool=true -p:FastDqnLibTorch="$libtorch"
    for file in "$output"/fastdqn.*.nupkg "$output"/FastDqn.*.nupkg; do
        say "packed: $file ($(($(stat -c %s "$file") / 1000)) kB)"
    done
}
