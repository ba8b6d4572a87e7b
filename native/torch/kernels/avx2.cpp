// 16 registers of 8 floats: 6 x 2 sums, 2 weights and a broadcast in flight.
#include "torch/kernels/convolution.h"
#include "torch/kernels/linear.h"

#define LANES 8
#define WIDE 2
#define TALL_BY_WIDE 6
#define TALL_BY_TWO 6
#define TALL_BY_ONE 10
#define TABLE avx2_table
#define DOT_ROWS 2
#define DOT_COLUMNS 6
#define SUM_ROWS 6
#define SUM_VECTORS 2
#define LINEAR_TABLE avx2_linear_table
#include "torch/kernels/vector.inc"
//
#include "torch/kernels/convolution.inc"
#include "torch/kernels/linear.inc"
