// 32 registers of 16 floats: 6 x 4 or 12 x 2 sums and the weights; the broadcasts are operands in memory.
#include "torch/kernels/convolution.h"
#include "torch/kernels/linear.h"

#define LANES 16
#define WIDE 4
#define TALL_BY_WIDE 6
#define TALL_BY_TWO 12
#define TALL_BY_ONE 12
#define TABLE avx512_table
#define DOT_ROWS 4
#define DOT_COLUMNS 6
#define SUM_ROWS 8
#define SUM_VECTORS 3
#define LINEAR_TABLE avx512_linear_table
#include "torch/kernels/vector.inc"
//
#include "torch/kernels/convolution.inc"
#include "torch/kernels/linear.inc"
