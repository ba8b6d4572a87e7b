// 16 registers of 8 floats: 6 x 2 sums, 2 weights and a broadcast in flight.
#include "torch/kernels/convolution.h"

#define LANES 8
#define WIDE 2
#define TALL_BY_WIDE 6
#define TALL_BY_TWO 6
#define TALL_BY_ONE 10
#define TABLE avx2_table
#include "torch/kernels/convolution.inc"
