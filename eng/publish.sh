# shellcheck shell=bash
# For build.sh: the folder and the archive for servers without .NET.

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
    need_dotnet
    if [ "$libtorch" = true ]; then cuda=$(choose_libtorch "$cuda") || exit; else cuda=false; fi
    forget_other_checkout "$build/native-profile" "$build/profile"
    build_native release -DFASTDQN_TESTS=OFF
    say "publishing"
    rm -rf -- "$output" "$output.tar.gz"
    options=(-c Release -o "$output" -p:FastDqnPublish=true -p:FastDqnLibTorch="$libtorch" -p:FastDqnCuda="$cuda" -p:ArtifactsPath="$build/publish/artifacts" -v:minimal)
    for project in src/FastDqn.Cli bench/FastDqn.Bench; do
        quietly "publishing $project" "$build/publish.log" dotnet publish "$here/$project" "${options[@]}"
    done
    tar -C "$(dirname -- "$output")" --owner=0 --group=0 --sort=name -cf - -- "$(basename -- "$output")" | gzip -9 >"$output.tar.gz"
    say "published: $output ($(du -sm "$output" | cut -f1) MB), $output.tar.gz ($(($(stat -c %s "$output.tar.gz") / 1000000)) MB)"
}
