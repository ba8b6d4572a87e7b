// 32 registers of 16 floats: 6 x 4 or 12 x 2 sums and the weights; the broadcasts are operands in memory.
#include "torch/kernels/convolution.h"

#define LANES 16
#define WIDE 4
#define TALL_BY_WIDE 6
#define TALL_BY_TWO 12
#define TALL_BY_ONE 12
#define TABLE avx512_table
#include "torch/kernels/convolution.inc"
