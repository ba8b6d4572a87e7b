#!/usr/bin/env bash
# Builds libfastdqn_cuda.so (updates as graphs, docs/gpu.md) with g++ alone, for a GPU server without .NET.
#
#   build-cuda.sh [TORCH [FOLDER]]
#
# TORCH is a PyTorch or libtorch with CUDA, the folder that holds include and lib; without it: python3's torch. The
# library goes to FOLDER; without it: beside this script in a published folder, else into the native build's. CUDA's
# own headers, of the major version that the torch was built for, are searched in CUDA_HOME, beside the torch (pip's
# nvidia packages, triton, conda) and in /usr/local/cuda*. Exit codes: 0 built, 1 the compiler failed, 4 something is
# missing.
set -euo pipefail

here=$(cd -- "$(dirname -- "${BASH_SOURCE[0]}")" && pwd -P)
missing() { echo "build-cuda.sh: $*" >&2; exit 4; }

sources=$here/native
folder=$here
if [ ! -d "$sources" ]; then
    sources=$(cd -- "$here/.." && pwd -P)
    folder=$sources/../build/native/lib
fi
folder=${2:-$folder}
torch=${1:-$("${PYTHON:-python3}" -c 'import torch; print(torch.__path__[0])' 2>/dev/null || true)}
[ -n "$torch" ] || missing "no torch in ${PYTHON:-python3}: name a folder with its include and lib"
[ -f "$torch/include/ATen/cuda/CUDAGraph.h" ] || missing "$torch has no include/ATen/cuda/CUDAGraph.h: it needs a torch with CUDA headers"
[ -f "$torch/lib/libc10_cuda.so" ] || missing "$torch has no lib/libc10_cuda.so: it needs a torch with CUDA"
command -v "${CXX:-g++}" >/dev/null || missing "no ${CXX:-g++}"

# The libtorch's own runtime is what will be met: functions of another major version may have other parameters. It
# stands in a library's list of those that it needs.
runtime=$(grep -aoE 'libcudart[-0-9a-f]*\.so\.[0-9]+' "$torch/lib/libc10_cuda.so" | head -n 1 || true)
major=${runtime##*.}
cuda=
crt=
found=
for candidate in "${CUDA_HOME:-/nowhere}/include" "$torch"/../nvidia/*/include "$torch"/../triton/backends/nvidia/include \
    "$torch"/../../../../targets/*/include /usr/local/cuda/include /usr/local/cuda-*/include; do
    if [ -z "$cuda" ] && [ -f "$candidate/cuda_runtime_api.h" ]; then
        version=$(sed -nE 's/^#define CUDART_VERSION +([0-9]+)[0-9]{3}$/\1/p' "$candidate/cuda_runtime_api.h")
        if [ "$version" = "${major:-$version}" ]; then cuda=$candidate; else found="$found; $candidate is CUDA $version"; fi
    fi
    if [ -z "$crt" ] && [ -f "$candidate/crt/host_defines.h" ]; then crt=$candidate; fi
done
[ -n "$cuda" ] || missing "no cuda_runtime_api.h of CUDA ${major:-}$found: set CUDA_HOME"
# pip's runtime lacks a folder of its headers, which is in its compiler's package and in triton's.
if [ -f "$cuda/crt/host_defines.h" ]; then crt=; else [ -n "$crt" ] || missing "no crt/host_defines.h for $cuda: set CUDA_HOME"; fi
headers=()
for each in "$torch/include" "$torch/include/torch/csrc/api/include" "$cuda" ${crt:+"$crt"}; do
    # The compiler knows that one, in its own order.
    [ "$each" -ef /usr/include ] || headers+=(-isystem "$each")
done

mkdir -p -- "$folder"
new=$folder/libfastdqn_cuda.so.new
# -z now: what the libtorch lacks then shows when the program loads the library, and does not end it later.
"${CXX:-g++}" -shared -O1 -std=c++20 -Wall -Wextra -fPIC -fvisibility=hidden -DNDEBUG \
    -I"$sources" -I"$sources/include" "${headers[@]}" \
    "$sources/cuda/cuda.cpp" "$sources/support/firewall.cpp" -o "$new" \
    -L"$torch/lib" -Wl,--no-as-needed -lc10 -lc10_cuda -ltorch_cpu -ltorch_cuda -Wl,-Bsymbolic -Wl,-z,now -Wl,-soname,libfastdqn_cuda.so
mv -f -- "$new" "$folder/libfastdqn_cuda.so"
echo "built $folder/libfastdqn_cuda.so"
