// 16 registers of 8 floats: 6 x 2 sums, 2 weights and a broadcast in flight.
#include "kernels/table.h"

#define NAME "avx2"
#define TABLE avx2_table
#define LANES 8
#define WIDE 2
#define TALL_BY_WIDE 6
#define TALL_BY_TWO 6
#define TALL_BY_ONE 10
#define DOT_ROWS 3
#define DOT_COLUMNS 4
#define SUM_ROWS 6
#define SUM_VECTORS 2
#include "kernels/vector.inc"
//
#include "kernels/convolution.inc"
#include "kernels/linear.inc"
#include "kernels/rows.inc"
