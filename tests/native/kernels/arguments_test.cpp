// Wrong arguments: a status and one line that names the function and the argument.
#include "fixture.h"

namespace fastdqn::kernels::testing {
namespace {

void expect_usage(int32_t status, const std::string& message) {
    EXPECT_EQ(status, FDQ_USAGE);
    EXPECT_EQ(fdq_last_error(), message);
}

constexpr fdq_convolution kConvolution = {1, 4, 4, 2, 3, 3, 1, 1, 0, 0, 0, 0, 3, 1, 1};

TEST(Arguments, OfAConvolutionAreChecked) {
    Floats n(1000);
    float* const f = n.data();
    const auto convolve = [&](const fdq_convolution& s) { return fdq_convolve(nullptr, &s, f, f, f, f); };
    expect_usage(fdq_convolve(nullptr, nullptr, f, f, f, f), "fdq_convolve: shape is null");
    expect_usage(fdq_convolve(nullptr, &kConvolution, nullptr, f, f, f), "fdq_convolve: x is null");
    expect_usage(fdq_convolve(nullptr, &kConvolution, f, nullptr, f, f), "fdq_convolve: weights is null");
    expect_usage(fdq_convolve(nullptr, &kConvolution, f, f, f, nullptr), "fdq_convolve: y is null");
    expect_usage(fdq_convolve_back(nullptr, &kConvolution, f, f, nullptr, f, f, f, f),
                 "fdq_convolve_back: y is null");
    expect_usage(fdq_convolve_back(nullptr, &kConvolution, f, f, f, nullptr, f, f, f),
                 "fdq_convolve_back: dy is null");
    for (int64_t fdq_convolution::*const size :
         {&fdq_convolution::images, &fdq_convolution::height, &fdq_convolution::width,
          &fdq_convolution::channels, &fdq_convolution::kernel_h, &fdq_convolution::kernel_w,
          &fdq_convolution::stride_h, &fdq_convolution::stride_w, &fdq_convolution::outputs}) {
        fdq_convolution s = kConvolution;
        s.*size = 0;
        EXPECT_EQ(convolve(s), FDQ_USAGE);
        EXPECT_NE(std::string(fdq_last_error()).find(" is 0: use 1 or more"), std::string::npos);
    }
    fdq_convolution s = kConvolution;
    s.pad_left = -1;
    expect_usage(convolve(s), "fdq_convolve: pad_left is -1: use 0 or more");
    s = kConvolution;
    s.kernel_h = 5;
    expect_usage(convolve(s),
                 "fdq_convolve: the kernel, 5 x 3, is larger than the image with its borders, 4 x 4");
    s = kConvolution;
    s.images = INT64_MAX / 2;
    expect_usage(convolve(s), "fdq_convolve: the sizes are too large: no memory holds so many numbers");
}

TEST(Arguments, OfChainsAreChecked) {
    Floats n(1000);
    float* const f = n.data();
    std::vector<uint8_t> bytes(1000);
    const auto chain = [&](std::vector<fdq_chained> layers) {
        return fdq_convolve_chain(nullptr, layers.data(), static_cast<int32_t>(layers.size()), bytes.data(),
                                  f);
    };
    expect_usage(fdq_convolve_chain(nullptr, nullptr, 1, bytes.data(), f),
                 "fdq_convolve_chain: layers is null");
    expect_usage(chain({}), "fdq_convolve_chain: layers is null");
    const fdq_chained good = {kConvolution, f, f};
    expect_usage(fdq_convolve_chain(nullptr, &good, 0, bytes.data(), f),
                 "fdq_convolve_chain: count is 0: use 1 or more");
    expect_usage(fdq_convolve_chain(nullptr, &good, 1, nullptr, f), "fdq_convolve_chain: planes is null");
    expect_usage(fdq_convolve_chain(nullptr, &good, 1, bytes.data(), nullptr),
                 "fdq_convolve_chain: y is null");
    expect_usage(chain({{kConvolution, nullptr, f}}), "fdq_convolve_chain: weights is null");
    fdq_chained other = good;
    other.shape.images = good.shape.images + 1;
    expect_usage(chain({good, other}),
                 "fdq_convolve_chain: layer 1 does not see what the one before it gives");
}

TEST(Arguments, OfOtherLayersAreChecked) {
    Floats n(1000);
    float* const f = n.data();
    const fdq_linear linear = {2, 3, 0, 1, 0}, good = {2, 3, 4, 1, 1};
    expect_usage(fdq_linear_forward(nullptr, &linear, f, f, f, f),
                 "fdq_linear_forward: outputs is 0: use 1 or more");
    expect_usage(fdq_linear_forward(nullptr, &good, f, f, f, nullptr), "fdq_linear_forward: y is null");
    expect_usage(fdq_linear_back(nullptr, &good, f, f, nullptr, f, f, f, f), "fdq_linear_back: y is null");
    const fdq_layer_norm norm = {0, 3, 0}, good_norm = {2, 3, 0};
    expect_usage(fdq_layer_norm_forward(nullptr, &norm, f, f, f, f, f),
                 "fdq_layer_norm_forward: rows is 0: use 1 or more");
    expect_usage(fdq_layer_norm_back(nullptr, &good_norm, f, f, f, nullptr, f, f, f, f),
                 "fdq_layer_norm_back: statistics is null");
    const fdq_lstm lstm = {2, 3, 0}, good_lstm = {2, 3, 4};
    expect_usage(fdq_lstm_forward(nullptr, &lstm, f, f, f, f, f, f, f, f, f),
                 "fdq_lstm_forward: hidden is 0: use 1 or more");
    expect_usage(fdq_lstm_forward(nullptr, &good_lstm, f, f, nullptr, nullptr, f, f, f, f, f),
                 "fdq_lstm_forward: state is null");
    expect_usage(fdq_lstm_back(nullptr, nullptr, f, f, f, f, f, f), "fdq_lstm_back: shape is null");
    expect_usage(fdq_lstm_back(nullptr, &good_lstm, f, f, f, nullptr, f, f),
                 "fdq_lstm_back: cells_before is null");
    expect_usage(fdq_max_pool(nullptr, 1, 1, -1, 1, f, f), "fdq_max_pool: width is -1: use 1 or more");
    expect_usage(fdq_max_pool_back(nullptr, 1, 1, 1, 1, f, f, nullptr), "fdq_max_pool_back: dx is null");
    expect_usage(fdq_relu(nullptr, 0, f, f), "fdq_relu: n is 0: use 1 or more");
    expect_usage(fdq_relu_back(nullptr, 1, f, nullptr, f), "fdq_relu_back: dy is null");
    expect_usage(fdq_rows_of_bytes(nullptr, 1, 1, 1, nullptr, f), "fdq_rows_of_bytes: planes is null");
    expect_usage(fdq_rows_of_floats(nullptr, 1, 0, 1, f, f),
                 "fdq_rows_of_floats: channels is 0: use 1 or more");
    expect_usage(fdq_sum_of_squares(nullptr, 1, f, nullptr), "fdq_sum_of_squares: out is null");
    fdq_adam adam = {1e-3, 0.9, 0.999, 1e-8, 0, 1, 0, 0};
    expect_usage(fdq_adam_step(nullptr, &adam, 1, f, f, f, f), "fdq_adam_step: step is 0: use 1 or more");
    adam.step = 1;
    adam.beta2 = 1;
    expect_usage(fdq_adam_step(nullptr, &adam, 1, f, f, f, f),
                 "fdq_adam_step: beta1 is 0.900000 and beta2 1.000000: use 0 to less than 1");
    expect_usage(fdq_adam_step(nullptr, nullptr, 1, f, f, f, f), "fdq_adam_step: settings is null");
}

TEST(Arguments, OfAPoolAreChecked) {
    fdq_pool* pool = nullptr;
    expect_usage(fdq_pool_create(0, &pool), "fdq_pool_create: threads is 0: use 1 to 1024");
    expect_usage(fdq_pool_create(1025, &pool), "fdq_pool_create: threads is 1025: use 1 to 1024");
    expect_usage(fdq_pool_create(1, nullptr), "fdq_pool_create: out is null");
    fdq_pool_destroy(nullptr);
}

}  // namespace
}  // namespace fastdqn::kernels::testing
