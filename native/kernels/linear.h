// Passes over linear layers.
#pragma once

#include "kernels/work.h"

namespace fastdqn::kernels {

// bias may be null.
void linear(Work& work, const Linear& s, float scale, bool relu, const float* x, const float* weights,
            const float* bias, float* y);
// dy is masked in place where relu is asked for. Each of dx, dweights, dbias may be null.
void linear_back(Work& work, const Linear& s, float scale, bool relu, const float* x, const float* weights,
                 const float* y, float* dy, float* dx, float* dweights, float* dbias);

}  // namespace fastdqn::kernels
