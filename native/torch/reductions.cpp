// Sums, extremes, moments, cumulations and orders.
#include "torch/ths.h"

using namespace ths;

namespace {

at::Tensor cast(const at::Tensor& tensor, int8_t type) {
    return type < 0 ? tensor : tensor.to(static_cast<at::ScalarType>(type));
}

}  // namespace

THS_API Tensor THSTensor_amax(Tensor self, const int64_t* dims, int32_t dims_length, bool keepdim) {
    return tensor([&] { return self->amax(ints(dims, dims_length), keepdim); });
}

THS_API Tensor THSTensor_amax_out(Tensor self, const int64_t* dims, int32_t dims_length, bool keepdim,
                                  Tensor out) {
    return tensor([&] { return at::amax_out(*out, *self, ints(dims, dims_length), keepdim); });
}

THS_API Tensor THSTensor_amin(Tensor self, const int64_t* dims, int32_t dims_length, bool keepdim) {
    return tensor([&] { return self->amin(ints(dims, dims_length), keepdim); });
}

THS_API Tensor THSTensor_amin_out(Tensor self, const int64_t* dims, int32_t dims_length, bool keepdim,
                                  Tensor out) {
    return tensor([&] { return at::amin_out(*out, *self, ints(dims, dims_length), keepdim); });
}

THS_API Tensor THSTensor_aminmax(Tensor self, ScalarArg dim, bool keepdim, Tensor* second) {
    return pair(second, [&] { return self->aminmax(to_optional_int(dim), keepdim); });
}

THS_API Tensor THSTensor_count_nonzero(Tensor self, const int64_t* dims, int32_t dims_length) {
    return tensor([&] {
        return dims_length == 0 ? self->count_nonzero() : self->count_nonzero(ints(dims, dims_length));
    });
}

THS_API Tensor THSTensor_nanmean(Tensor self, ScalarArg dim, bool keepdim, int8_t dtype) {
    return tensor([&] {
        return dim.kind < 0 ? self->nanmean(at::OptionalIntArrayRef(), keepdim, to_dtype(dtype))
                            : self->nanmean(at::IntArrayRef(dim.bits), keepdim, to_dtype(dtype));
    });
}

THS_API Tensor THSTensor_sum(Tensor self, int8_t type) {
    return tensor([&] { return self->sum(to_dtype(type)); });
}

THS_API Tensor THSTensor_sum_dims(Tensor self, const int64_t* dim, int32_t dim_length, bool keepdim,
                                  int8_t type) {
    return tensor([&] { return self->sum(ints(dim, dim_length), keepdim, to_dtype(type)); });
}

THS_API Tensor THSTensor_mean(Tensor self) {
    return tensor([&] { return self->mean(); });
}

THS_API Tensor THSTensor_mean_dims(Tensor self, const int64_t* dimensions, int32_t dimensions_length,
                                   bool keepdim, int8_t type) {
    return tensor([&] { return self->mean(ints(dimensions, dimensions_length), keepdim, to_dtype(type)); });
}

THS_API Tensor THSTensor_prod(Tensor self, int8_t type) {
    return tensor([&] { return self->prod(to_dtype(type)); });
}

THS_API Tensor THSTensor_prod_dim(Tensor self, int64_t dim, bool keepdim, int8_t type) {
    return tensor([&] { return self->prod(dim, keepdim, to_dtype(type)); });
}

THS_API Tensor THSTensor_max(Tensor self) {
    return tensor([&] { return self->max(); });
}

THS_API Tensor THSTensor_max_dim(Tensor self, int64_t dim, bool keepdim, Tensor* second) {
    return pair(second, [&] { return self->max(dim, keepdim); });
}

THS_API Tensor THSTensor_min(Tensor self) {
    return tensor([&] { return self->min(); });
}

THS_API Tensor THSTensor_min_dim(Tensor self, int64_t dim, bool keepdim, Tensor* second) {
    return pair(second, [&] { return self->min(dim, keepdim); });
}

THS_API Tensor THSTensor_argmax(Tensor self) {
    return tensor([&] { return self->argmax(); });
}

THS_API Tensor THSTensor_argmax_dim(Tensor self, int64_t dim, bool keepdim) {
    return tensor([&] { return self->argmax(dim, keepdim); });
}

THS_API Tensor THSTensor_argmin(Tensor self) {
    return tensor([&] { return self->argmin(); });
}

THS_API Tensor THSTensor_argmin_dim(Tensor self, int64_t dim, bool keepdim) {
    return tensor([&] { return self->argmin(dim, keepdim); });
}

THS_API Tensor THSTensor_all(Tensor self) {
    return tensor([&] { return self->all(); });
}

THS_API Tensor THSTensor_all_dim(Tensor self, int64_t dim, bool keepdim) {
    return tensor([&] { return self->all(dim, keepdim); });
}

THS_API Tensor THSTensor_any(Tensor self) {
    return tensor([&] { return self->any(); });
}

THS_API Tensor THSTensor_any_dim(Tensor self, int64_t dim, bool keepdim) {
    return tensor([&] { return self->any(dim, keepdim); });
}

THS_API Tensor THSTensor_std(Tensor self, bool unbiased) {
    return tensor([&] { return self->std(unbiased); });
}

THS_API Tensor THSTensor_std_dims(Tensor self, const int64_t* dimensions, int32_t dimensions_length,
                                  bool unbiased, bool keepdim, int8_t type) {
    return tensor(
        [&] { return cast(*self, type).std(ints(dimensions, dimensions_length), unbiased, keepdim); });
}

THS_API Tensor THSTensor_var(Tensor self, bool unbiased) {
    return tensor([&] { return self->var(unbiased); });
}

THS_API Tensor THSTensor_var_dims(Tensor self, const int64_t* dimensions, int32_t dimensions_length,
                                  bool unbiased, bool keepdim, int8_t type) {
    return tensor(
        [&] { return cast(*self, type).var(ints(dimensions, dimensions_length), unbiased, keepdim); });
}

THS_API Tensor THSTensor_std_mean(Tensor self, bool unbiased, Tensor* second) {
    return pair(second, [&] { return at::std_mean(*self, unbiased); });
}

THS_API Tensor THSTensor_std_mean_dims(Tensor self, const int64_t* dimensions, int32_t dimensions_length,
                                       bool unbiased, bool keepdim, int8_t type, Tensor* second) {
    return pair(second, [&] {
        return at::std_mean(cast(*self, type), ints(dimensions, dimensions_length), unbiased, keepdim);
    });
}

THS_API Tensor THSTensor_var_mean(Tensor self, bool unbiased, Tensor* second) {
    return pair(second, [&] { return at::var_mean(*self, unbiased); });
}

THS_API Tensor THSTensor_var_mean_dims(Tensor self, const int64_t* dimensions, int32_t dimensions_length,
                                       bool unbiased, bool keepdim, int8_t type, Tensor* second) {
    return pair(second, [&] {
        return at::var_mean(cast(*self, type), ints(dimensions, dimensions_length), unbiased, keepdim);
    });
}

THS_API Tensor THSTensor_norm(Tensor self, double p) {
    return tensor([&] { return self->norm(p); });
}

THS_API Tensor THSTensor_norm_dim_number(Tensor self, int64_t dim, bool keepdim, double p) {
    return tensor([&] { return self->norm(p, dim, keepdim); });
}

THS_API Tensor THSTensor_median(Tensor self) {
    return tensor([&] { return self->median(); });
}

THS_API Tensor THSTensor_cumsum(Tensor self, int64_t dim, int8_t type) {
    return tensor([&] { return self->cumsum(dim, to_dtype(type)); });
}

THS_API Tensor THSTensor_cumprod(Tensor self, int64_t dim, int8_t type) {
    return tensor([&] { return self->cumprod(dim, to_dtype(type)); });
}

THS_API Tensor THSTensor_cummax(Tensor self, int64_t dim, Tensor* second) {
    return pair(second, [&] { return self->cummax(dim); });
}

THS_API Tensor THSTensor_cummin(Tensor self, int64_t dim, Tensor* second) {
    return pair(second, [&] { return self->cummin(dim); });
}

THS_API Tensor THSTensor_logsumexp(Tensor self, int64_t dim, bool keepdim) {
    return tensor([&] { return self->logsumexp(dim, keepdim); });
}

THS_API Tensor THSTensor_logcumsumexp(Tensor self, int64_t dim) {
    return tensor([&] { return self->logcumsumexp(dim); });
}

THS_API Tensor THSTensor_sort(Tensor self, int64_t dim, bool descending, bool stable, Tensor* second) {
    return pair(second, [&] { return self->sort(stable, dim, descending); });
}

THS_API Tensor THSTensor_argsort(Tensor self, int64_t dim, bool descending) {
    return tensor([&] { return self->argsort(dim, descending); });
}

THS_API Tensor THSTensor_topk(Tensor self, int64_t k, int64_t dim, bool largest, bool sorted,
                              Tensor* second) {
    return pair(second, [&] { return self->topk(k, dim, largest, sorted); });
}

THS_API Tensor THSTensor_kthvalue(Tensor self, int64_t k, ScalarArg dim, bool keepdim, Tensor* second) {
    return pair(second, [&] { return self->kthvalue(k, dim.kind < 0 ? -1 : dim.bits, keepdim); });
}

THS_API Tensor THSTensor_mode(Tensor self, int64_t dim, bool keepdim, Tensor* second) {
    return pair(second, [&] { return self->mode(dim, keepdim); });
}

THS_API Tensor THSTensor_nansum(Tensor self) {
    return tensor([&] { return self->nansum(); });
}

THS_API Tensor THSTensor_nanmedian(Tensor self) {
    return tensor([&] { return self->nanmedian(); });
}

THS_API Tensor THSTensor_dist(Tensor self, Tensor other, double p) {
    return tensor([&] { return self->dist(*other, p); });
}

THS_API Tensor THSTensor_diff(Tensor self, int64_t n, int64_t dim, Tensor prepend, Tensor append) {
    return tensor([&] { return self->diff(n, dim, to_optional(prepend), to_optional(append)); });
}

THS_API Tensor THSTensor_msort(Tensor self) {
    return tensor([&] { return self->msort(); });
}

THS_API Tensor THSTensor_histc(Tensor self, int64_t bins, int64_t min, int64_t max) {
    return tensor([&] { return self->histc(bins, min, max); });
}

THS_API Tensor THSTensor_bincount(Tensor self, Tensor weights, int64_t minlength) {
    return tensor([&] { return self->bincount(to_optional(weights), minlength); });
}

THS_API Tensor THSTensor_quantile(Tensor self, Tensor q, int64_t dim, bool keepdim) {
    return tensor([&] { return self->quantile(*q, dim, keepdim); });
}

THS_API Tensor THSTensor_nanquantile(Tensor self, Tensor q, int64_t dim, bool keepdim) {
    return tensor([&] { return self->nanquantile(*q, dim, keepdim); });
}
