// Fills from a generator.
#include "torch/ths.h"

using namespace ths;

THS_API int32_t THSTensor_normal_(Tensor self, double mean, double std, at::Generator* generator) {
    return status([&] { self->normal_(mean, std, to_optional(generator)); });
}

THS_API int32_t THSTensor_uniform_(Tensor self, double from, double to, at::Generator* generator) {
    return status([&] { self->uniform_(from, to, to_optional(generator)); });
}

THS_API Tensor THSTensor_bernoulli(Tensor self, at::Generator* generator) {
    return tensor([&] { return self->bernoulli(to_optional(generator)); });
}

THS_API int32_t THSTensor_bernoulli_(Tensor self, double p, at::Generator* generator) {
    return status([&] { self->bernoulli_(p, to_optional(generator)); });
}

THS_API int32_t THSTensor_bernoulli_2(Tensor self, Tensor p, at::Generator* generator) {
    return status([&] { self->bernoulli_(*p, to_optional(generator)); });
}

THS_API int32_t THSTensor_random_(Tensor self, double from, double to, at::Generator* generator) {
    return status(
        [&] { self->random_(static_cast<int64_t>(from), static_cast<int64_t>(to), to_optional(generator)); });
}

THS_API int32_t THSTensor_exponential_(Tensor self, double lambda, at::Generator* generator) {
    return status([&] { self->exponential_(lambda, to_optional(generator)); });
}

THS_API int32_t THSTensor_geometric_(Tensor self, double p, at::Generator* generator) {
    return status([&] { self->geometric_(p, to_optional(generator)); });
}

THS_API int32_t THSTensor_log_normal_(Tensor self, double mean, double std, at::Generator* generator) {
    return status([&] { self->log_normal_(mean, std, to_optional(generator)); });
}

THS_API int32_t THSTensor_cauchy_(Tensor self, double median, double sigma, at::Generator* generator) {
    return status([&] { self->cauchy_(median, sigma, to_optional(generator)); });
}

THS_API Tensor THSTensor_multinomial(Tensor self, int64_t num_samples, bool replacement,
                                     at::Generator* generator) {
    return tensor([&] { return self->multinomial(num_samples, replacement, to_optional(generator)); });
}
