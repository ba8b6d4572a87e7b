// Picking, gathering and scattering.
#include "torch/ths.h"

using namespace ths;

THS_API Tensor THSTensor_select(Tensor self, int64_t dim, int64_t index) {
    return tensor([&] { return self->select(dim, index); });
}

THS_API Tensor THSTensor_narrow(Tensor self, int64_t dim, int64_t start, int64_t length) {
    return tensor([&] { return self->narrow(dim, start, length); });
}

THS_API Tensor THSTensor_slice(Tensor self, int64_t dim, int64_t start, int64_t finish, int64_t step) {
    return tensor([&] { return self->slice(dim, start, finish, step); });
}

THS_API Tensor THSTensor_index_select(Tensor self, int64_t dim, Tensor index) {
    return tensor([&] { return self->index_select(dim, *index); });
}

THS_API Tensor THSTensor_gather(Tensor self, int64_t dim, Tensor index) {
    return tensor([&] { return self->gather(dim, *index); });
}

THS_API Tensor THSTensor_scatter(Tensor self, int64_t dim, Tensor index, Tensor src) {
    return tensor([&] { return self->scatter(dim, *index, *src); });
}

THS_API int32_t THSTensor_scatter_(Tensor self, int64_t dim, Tensor index, Tensor src) {
    return status([&] { self->scatter_(dim, *index, *src); });
}

THS_API Tensor THSTensor_scatter_add(Tensor self, int64_t dim, Tensor index, Tensor src) {
    return tensor([&] { return self->scatter_add(dim, *index, *src); });
}

THS_API int32_t THSTensor_scatter_add_(Tensor self, int64_t dim, Tensor index, Tensor src) {
    return status([&] { self->scatter_add_(dim, *index, *src); });
}

THS_API Tensor THSTensor_index_add(Tensor self, int64_t dim, Tensor index, Tensor source, ScalarArg alpha) {
    return tensor([&] { return self->index_add(dim, *index, *source, to_scalar(alpha)); });
}

THS_API int32_t THSTensor_index_add_(Tensor self, int64_t dim, Tensor index, Tensor source, ScalarArg alpha) {
    return status([&] { self->index_add_(dim, *index, *source, to_scalar(alpha)); });
}

THS_API Tensor THSTensor_index_copy(Tensor self, int64_t dim, Tensor index, Tensor source) {
    return tensor([&] { return self->index_copy(dim, *index, *source); });
}

THS_API int32_t THSTensor_index_copy_(Tensor self, int64_t dim, Tensor index, Tensor source) {
    return status([&] { self->index_copy_(dim, *index, *source); });
}

THS_API Tensor THSTensor_index_fill(Tensor self, int64_t dim, Tensor index, ScalarArg value) {
    return tensor([&] { return self->index_fill(dim, *index, to_scalar(value)); });
}

THS_API int32_t THSTensor_index_fill_(Tensor self, int64_t dim, Tensor index, ScalarArg value) {
    return status([&] { self->index_fill_(dim, *index, to_scalar(value)); });
}

THS_API Tensor THSTensor_masked_fill(Tensor self, Tensor mask, ScalarArg value) {
    return tensor([&] { return self->masked_fill(*mask, to_scalar(value)); });
}

THS_API int32_t THSTensor_masked_fill_(Tensor self, Tensor mask, ScalarArg value) {
    return status([&] { self->masked_fill_(*mask, to_scalar(value)); });
}

THS_API Tensor THSTensor_masked_select(Tensor self, Tensor mask) {
    return tensor([&] { return self->masked_select(*mask); });
}

THS_API Tensor THSTensor_masked_scatter(Tensor self, Tensor mask, Tensor value) {
    return tensor([&] { return self->masked_scatter(*mask, *value); });
}

THS_API int32_t THSTensor_masked_scatter_(Tensor self, Tensor mask, Tensor value) {
    return status([&] { self->masked_scatter_(*mask, *value); });
}

THS_API Tensor THSTensor_where(Tensor self, Tensor condition, Tensor y) {
    return tensor([&] { return at::where(*condition, *self, *y); });
}

THS_API Tensor THSTensor_take(Tensor self, Tensor index) {
    return tensor([&] { return self->take(*index); });
}

THS_API Tensor THSTensor_take_along_dim(Tensor self, Tensor indices) {
    return tensor([&] { return at::take_along_dim(*self, *indices); });
}

THS_API Tensor THSTensor_take_along_dim_dim(Tensor self, Tensor indices, int64_t dim) {
    return tensor([&] { return at::take_along_dim(*self, *indices, dim); });
}

THS_API Tensor THSTensor_nonzero(Tensor self) {
    return tensor([&] { return self->nonzero(); });
}

THS_API Tensor THSTensor_diagonal(Tensor self, int64_t offset, int64_t dim1, int64_t dim2) {
    return tensor([&] { return self->diagonal(offset, dim1, dim2); });
}

THS_API Tensor THSTensor_diag(Tensor self, int64_t diagonal) {
    return tensor([&] { return self->diag(diagonal); });
}

THS_API Tensor THSTensor_tril(Tensor self, int64_t diagonal) {
    return tensor([&] { return self->tril(diagonal); });
}

THS_API int32_t THSTensor_tril_(Tensor self, int64_t diagonal) {
    return status([&] { self->tril_(diagonal); });
}

THS_API Tensor THSTensor_triu(Tensor self, int64_t diagonal) {
    return tensor([&] { return self->triu(diagonal); });
}

THS_API int32_t THSTensor_triu_(Tensor self, int64_t diagonal) {
    return status([&] { self->triu_(diagonal); });
}

THS_API Tensor THSTensor_roll(Tensor self, const int64_t* shifts, int32_t shifts_length, const int64_t* dims,
                              int32_t dims_length) {
    return tensor([&] { return self->roll(ints(shifts, shifts_length), ints(dims, dims_length)); });
}

THS_API Tensor THSTensor_flip(Tensor self, const int64_t* dims, int32_t dims_length) {
    return tensor([&] { return self->flip(ints(dims, dims_length)); });
}

THS_API Tensor* THSTensor_split(Tensor self, int64_t size, int64_t dim, int64_t* count) {
    return list(count, [&] { return self->split(size, dim); });
}

THS_API Tensor* THSTensor_split_dims_dim(Tensor self, const int64_t* sizes, int32_t sizes_length, int64_t dim,
                                         int64_t* count) {
    return list(count, [&] { return self->split_with_sizes(ints(sizes, sizes_length), dim); });
}

THS_API Tensor* THSTensor_chunk(Tensor self, int64_t chunks, int64_t dim, int64_t* count) {
    return list(count, [&] { return self->chunk(chunks, dim); });
}

THS_API Tensor* THSTensor_unbind(Tensor self, int64_t dimension, int64_t* count) {
    return list(count, [&] { return self->unbind(dimension); });
}

THS_API Tensor* THSTensor_tensor_split(Tensor self, int64_t size, int64_t dim, int64_t* count) {
    return list(count, [&] { return self->tensor_split(size, dim); });
}

THS_API Tensor* THSTensor_tensor_split_dims_dim(Tensor self, const int64_t* sizes, int32_t sizes_length,
                                                int64_t dim, int64_t* count) {
    return list(count, [&] { return self->tensor_split(ints(sizes, sizes_length), dim); });
}

THS_API Tensor* THSTensor_tensor_split_dim(Tensor self, Tensor indices, int64_t dim, int64_t* count) {
    return list(count, [&] { return self->tensor_split(*indices, dim); });
}

THS_API Tensor THSTensor_select_scatter(Tensor self, Tensor src, int64_t dim, int64_t index) {
    return tensor([&] { return self->select_scatter(*src, dim, index); });
}
