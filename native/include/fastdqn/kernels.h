/* Layers of a network on the CPU: float32, forward and backward, over raw pointers.
 *
 * Activations are channels-last rows: an image is height x width x channels. Convolution weights are
 * [outputs][kernel_h][kernel_w][channels], linear weights [outputs][inputs]. Each function runs on the
 * threads of a pool (null: on the caller alone) and gives the same bytes for any number of them: shapes alone
 * fix the order of every sum. Backward functions overwrite the gradients that they write. Every function
 * returns a status of fastdqn/status.h. A pool, with the scratch memory of its calls, serves one caller at a
 * time.
 */
#ifndef FASTDQN_KERNELS_H
#define FASTDQN_KERNELS_H

#include <stdint.h>

#include "fastdqn/status.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct fdq_pool fdq_pool;

/* threads: 1 or more, the caller counted. Starting no more threads than the process may use is up to the
 * caller. */
FDQ_API int32_t fdq_pool_create(int32_t threads, fdq_pool** out);
FDQ_API void fdq_pool_destroy(fdq_pool* pool);

typedef struct fdq_convolution {
    int64_t images, height, width, channels; /* the input's */
    int64_t kernel_h, kernel_w, stride_h, stride_w;
    int64_t pad_top, pad_left, pad_bottom, pad_right;
    int64_t outputs;
    float scale;  /* weights are multiplied by it (1/255 for bytes) */
    int32_t relu; /* 1: y = max(0, y) */
} fdq_convolution;

/* y: images x out_h x out_w x outputs, out_h = (height + pads - kernel_h) / stride_h + 1. bias may be null.
 */
FDQ_API int32_t fdq_convolve(fdq_pool* pool, const fdq_convolution* shape, const float* x,
                             const float* weights, const float* bias, float* y);
/* With relu, y is what fdq_convolve wrote, and dy is masked in place. dx, dbias: null where not wanted. */
FDQ_API int32_t fdq_convolve_back(fdq_pool* pool, const fdq_convolution* shape, const float* x,
                                  const float* weights, const float* y, float* dy, float* dx, float* dweights,
                                  float* dbias);

/* Convolutions one after another, each of what the one before it gives, without a backward pass. planes:
 * images x channels x height x width, as bytes; y: images x outputs x pixels of the last layer, as a linear
 * layer takes them. The bytes are those of fdq_rows_of_bytes, fdq_convolve for each layer, and
 * fdq_rows_of_floats. */
typedef struct fdq_chained {
    fdq_convolution shape;
    const float *weights, *bias; /* bias may be null */
} fdq_chained;

FDQ_API int32_t fdq_convolve_chain(fdq_pool* pool, const fdq_chained* layers, int32_t count,
                                   const uint8_t* planes, float* y);

typedef struct fdq_linear {
    int64_t rows, inputs, outputs;
    float scale;
    int32_t relu;
} fdq_linear;

/* y: rows x outputs. */
FDQ_API int32_t fdq_linear_forward(fdq_pool* pool, const fdq_linear* shape, const float* x,
                                   const float* weights, const float* bias, float* y);
FDQ_API int32_t fdq_linear_back(fdq_pool* pool, const fdq_linear* shape, const float* x, const float* weights,
                                const float* y, float* dy, float* dx, float* dweights, float* dbias);

/* Normalisation of each row to mean 0 and variance 1 (epsilon 1e-5), then times weights plus bias (n each),
 * then ReLU where asked. statistics: rows x 2 floats (mean, 1 / deviation), kept for the backward pass. */
typedef struct fdq_layer_norm {
    int64_t rows, n;
    int32_t relu;
} fdq_layer_norm;

FDQ_API int32_t fdq_layer_norm_forward(fdq_pool* pool, const fdq_layer_norm* shape, const float* x,
                                       const float* weights, const float* bias, float* y, float* statistics);
FDQ_API int32_t fdq_layer_norm_back(fdq_pool* pool, const fdq_layer_norm* shape, const float* x,
                                    const float* weights, const float* y, const float* statistics, float* dy,
                                    float* dx, float* dweights, float* dbias);

/* 3x3 maximum, stride 2, padding 1 (IMPALA), of images x height x width x channels. Equal numbers: the first
 * in row order takes the gradient, as in libtorch. */
FDQ_API int32_t fdq_max_pool(fdq_pool* pool, int64_t images, int64_t height, int64_t width, int64_t channels,
                             const float* x, float* y);
FDQ_API int32_t fdq_max_pool_back(fdq_pool* pool, int64_t images, int64_t height, int64_t width,
                                  int64_t channels, const float* x, const float* dy, float* dx);

/* y = max(0, x); y may be x. */
FDQ_API int32_t fdq_relu(fdq_pool* pool, int64_t n, const float* x, float* y);
/* dx = dy where y > 0, else 0; dx may be dy. */
FDQ_API int32_t fdq_relu_back(fdq_pool* pool, int64_t n, const float* y, const float* dy, float* dx);

/* Planes (images x channels x pixels) to rows (images x pixels x channels) of float32. */
FDQ_API int32_t fdq_rows_of_bytes(fdq_pool* pool, int64_t images, int64_t channels, int64_t pixels,
                                  const uint8_t* planes, float* rows);
FDQ_API int32_t fdq_rows_of_floats(fdq_pool* pool, int64_t images, int64_t channels, int64_t pixels,
                                   const float* planes, float* rows);

/* The sum of squares, added up in double precision. */
FDQ_API int32_t fdq_sum_of_squares(fdq_pool* pool, int64_t n, const float* values, double* out);

/* One step of Adam (Kingma and Ba 2015) as PyTorch computes it, in one pass over n numbers. step counts
 * from 1. The gradient is first multiplied by gradient_scale. decoupled: 1 for AdamW. */
typedef struct fdq_adam {
    double rate, beta1, beta2, epsilon, weight_decay, gradient_scale;
    int64_t step;
    int32_t decoupled;
} fdq_adam;

FDQ_API int32_t fdq_adam_step(fdq_pool* pool, const fdq_adam* settings, int64_t n, float* values,
                              const float* gradient, float* mean, float* square);

/* An LSTM over time as PyTorch's: gates in the order input, forget, new value, output. Rows lie step after
 * step, `batch` to a step. The sums by the input are a linear layer's; these two do the rest.
 *
 * forward: gates: rows x 4 hidden, those sums, left as the gates' values. weights (4 hidden x hidden) and
 * bias take the output of the step before. starts: rows numbers, not 0 where the state before a step is zero;
 * null for none. state: batch x 2 hidden, the output and the cell state before the first step, left as those
 * after the last. Rows x hidden each, for the backward pass: the outputs and cell states before each step
 * (before, cells_before), cell states (cells) and outputs (y). back: gates: left as the gradient by the sums.
 * dy: the gradient by the outputs, used up. What lies before the first step gets no gradient. */
typedef struct fdq_lstm {
    int64_t steps, batch, hidden;
} fdq_lstm;

FDQ_API int32_t fdq_lstm_forward(fdq_pool* pool, const fdq_lstm* shape, const float* weights,
                                 const float* bias, const float* starts, float* state, float* gates,
                                 float* before, float* cells_before, float* cells, float* y);
FDQ_API int32_t fdq_lstm_back(fdq_pool* pool, const fdq_lstm* shape, const float* weights,
                              const float* starts, float* gates, const float* cells_before,
                              const float* cells, float* dy);

#ifdef __cplusplus
}
#endif

#endif
