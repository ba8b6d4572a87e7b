// 32 registers of 16 floats: 6 x 4 or 12 x 2 sums and the weights; the broadcasts are operands in memory.
#include "kernels/table.h"

#define NAME "avx512"
#define TABLE avx512_table
#define LANES 16
#define WIDE 4
#define TALL_BY_WIDE 6
#define TALL_BY_TWO 12
#define TALL_BY_ONE 12
#define DOT_ROWS 4
#define DOT_COLUMNS 6
#define SUM_ROWS 8
#define SUM_VECTORS 3
#include "kernels/vector.inc"
//
#include "kernels/convolution.inc"
#include "kernels/linear.inc"
#include "kernels/rows.inc"
