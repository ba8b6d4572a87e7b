// Every processor's vectors of 4 floats, in the compiler's own terms.
#include "kernels/table.h"

#define NAME "baseline"
#define TABLE baseline_table
#define LANES 4
#define WIDE 2
#define TALL_BY_WIDE 6
#define TALL_BY_TWO 6
#define TALL_BY_ONE 10
#define DOT_ROWS 2
#define DOT_COLUMNS 4
#define SUM_ROWS 4
#define SUM_VECTORS 2
#include "kernels/vector.inc"
//
#include "kernels/convolution.inc"
#include "kernels/linear.inc"
#include "kernels/rows.inc"
