#!/usr/bin/env bash
# Builds libfastdqn_cuda.so (updates as graphs, docs/gpu.md) with g++ alone, for a GPU server without .NET.
#
#   build-cuda.sh [TORCH [FOLDER]]
#
# TORCH is a PyTorch or libtorch with CUDA, the folder that holds include and lib; without it: python3's torch. The
# library goes to FOLDER; without it: beside this script in a published folder, else into the native build's. CUDA's
# own headers are searched in CUDA_HOME, /usr/local/cuda and pip's nvidia packages. Exit codes: 0 built, 1 the
# compiler failed, 4 something is missing.
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

cuda=
for candidate in "${CUDA_HOME:-/nowhere}/include" /usr/local/cuda/include "$torch"/../nvidia/*/include; do
    if [ -f "$candidate/cuda_runtime_api.h" ]; then cuda=$candidate; break; fi
done
[ -n "$cuda" ] || missing "no cuda_runtime_api.h: set CUDA_HOME"

mkdir -p -- "$folder"
new=$folder/libfastdqn_cuda.so.new
"${CXX:-g++}" -shared -O1 -std=c++20 -fPIC -fvisibility=hidden -DNDEBUG \
    -I"$sources" -I"$sources/include" -isystem "$torch/include" -isystem "$torch/include/torch/csrc/api/include" -isystem "$cuda" \
    "$sources/cuda/cuda.cpp" "$sources/support/firewall.cpp" -o "$new" \
    -L"$torch/lib" -Wl,--no-as-needed -lc10 -lc10_cuda -ltorch_cpu -ltorch_cuda -Wl,-Bsymbolic -Wl,-soname,libfastdqn_cuda.so
mv -f -- "$new" "$folder/libfastdqn_cuda.so"
echo "built $folder/libfastdqn_cuda.so"
