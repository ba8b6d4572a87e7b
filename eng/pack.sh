# shellcheck shell=bash
# For build.sh: the packages for .NET users.

do_pack() {
    local output="$build/packages" libtorch=true baseline= last project file
    while [ $# -gt 0 ]; do
        case $1 in
        --without-libtorch) libtorch=false ;;
        --output) [ $# -gt 1 ] || die 2 "--output needs a folder"; output=$(realpath -m -- "$2"); shift ;;
        --baseline)
            [ $# -gt 1 ] && [ -d "$2" ] || die 2 "--baseline needs a folder with the packages of the last version"
            baseline=$(realpath -- "$2"); shift
            ;;
        *) die 2 "pack knows --output DIR, --without-libtorch and --baseline DIR only" ;;
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
    # The SDK does not validate a second time what it has validated, whatever it is compared with.
    if [ -d "$build/pack/artifacts" ]; then find "$build/pack/artifacts" -name '*ApiCompat.ValidatePackage.semaphore' -delete; fi
    for project in FastDqn.Atari FastDqn.Core FastDqn.Environments FastDqn.Replay FastDqn.Trainer FastDqn.Templates; do
        say "packing $project"
        last=
        if [ -n "$baseline" ]; then
            last=$(find "$baseline" -name "$project.[0-9]*.nupkg" | sort -V | tail -n 1)
            [ -n "$last" ] || say "$project: $baseline holds none to compare with"
        fi
        quietly "packing $project" "$build/pack.log" dotnet pack "$here/src/$project" "${options[@]}" -p:FastDqnPackLibraries=true \
            -p:PackageValidationBaselinePath="$last"
    done
    say "packing the tool"
    rm -rf -- "$build/pack/artifacts/publish"
    quietly "packing the tool" "$build/pack.log" dotnet pack "$here/src/FastDqn.Cli" "${options[@]}" -p:FastDqnPackTool=true -p:FastDqnLibTorch="$libtorch"
    for file in "$output"/fastdqn.*.nupkg "$output"/FastDqn.*.nupkg; do
        say "packed: $file ($(($(stat -c %s "$file") / 1000)) kB)"
    done
}
