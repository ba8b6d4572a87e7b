// Views, copies and joins of shapes.
#include "torch/ths.h"

using namespace ths;

THS_API Tensor THSTensor_reshape(Tensor self, const int64_t* shape, int32_t shape_length) {
    return tensor([&] { return self->reshape(ints(shape, shape_length)); });
}

THS_API Tensor THSTensor_view(Tensor self, const int64_t* shape, int32_t shape_length) {
    return tensor([&] { return self->view(ints(shape, shape_length)); });
}

THS_API Tensor THSTensor_flatten(Tensor self, int64_t start_dim, int64_t end_dim) {
    return tensor([&] { return self->flatten(start_dim, end_dim); });
}

THS_API Tensor THSTensor_unflatten(Tensor self, int64_t dim, const int64_t* sizes, int32_t sizes_length) {
    return tensor([&] { return self->unflatten(dim, ints(sizes, sizes_length)); });
}

THS_API Tensor THSTensor_squeeze(Tensor self, ScalarArg dim) {
    return tensor([&] { return dim.kind < 0 ? self->squeeze() : self->squeeze(dim.bits); });
}

THS_API int32_t THSTensor_squeeze_(Tensor self, ScalarArg dim) {
    return status([&] { dim.kind < 0 ? self->squeeze_() : self->squeeze_(dim.bits); });
}

THS_API Tensor THSTensor_unsqueeze(Tensor self, int64_t dim) {
    return tensor([&] { return self->unsqueeze(dim); });
}

THS_API int32_t THSTensor_unsqueeze_(Tensor self, int64_t dim) {
    return status([&] { self->unsqueeze_(dim); });
}

THS_API Tensor THSTensor_transpose(Tensor self, int64_t dim0, int64_t dim1) {
    return tensor([&] { return self->transpose(dim0, dim1); });
}

THS_API int32_t THSTensor_transpose_(Tensor self, int64_t dim0, int64_t dim1) {
    return status([&] { self->transpose_(dim0, dim1); });
}

THS_API Tensor THSTensor_t(Tensor self) {
    return tensor([&] { return self->t(); });
}

THS_API Tensor THSTensor_permute(Tensor self, const int64_t* permutation, int32_t permutation_length) {
    return tensor([&] { return self->permute(ints(permutation, permutation_length)); });
}

THS_API Tensor THSTensor_expand(Tensor self, const int64_t* sizes, int32_t sizes_length, bool isImplicit) {
    return tensor([&] { return self->expand(ints(sizes, sizes_length), isImplicit); });
}

THS_API Tensor THSTensor_repeat(Tensor self, const int64_t* sizes, int32_t sizes_length) {
    return tensor([&] { return self->repeat(ints(sizes, sizes_length)); });
}

THS_API Tensor THSTensor_repeat_interleave(Tensor self, Tensor repeats, ScalarArg dim,
                                           ScalarArg output_size) {
    return tensor([&] {
        return self->repeat_interleave(*repeats, to_optional_int(dim), to_optional_int(output_size));
    });
}

THS_API Tensor THSTensor_repeat_interleave_int_dim_int(Tensor self, int64_t repeats, ScalarArg dim,
                                                       ScalarArg output_size) {
    return tensor(
        [&] { return self->repeat_interleave(repeats, to_optional_int(dim), to_optional_int(output_size)); });
}

THS_API Tensor THSTensor_broadcast_to(Tensor self, const int64_t* shape, int32_t shape_length) {
    return tensor([&] { return self->broadcast_to(ints(shape, shape_length)); });
}

THS_API Tensor THSTensor_tile(Tensor self, const int64_t* reps, int32_t reps_length) {
    return tensor([&] { return self->tile(ints(reps, reps_length)); });
}

THS_API Tensor THSTensor_movedim(Tensor self, const int64_t* source, int32_t source_length,
                                 const int64_t* destination, int32_t destination_length) {
    return tensor(
        [&] { return self->movedim(ints(source, source_length), ints(destination, destination_length)); });
}

THS_API Tensor THSTensor_unfold(Tensor self, int64_t dimension, int64_t size, int64_t step) {
    return tensor([&] { return self->unfold(dimension, size, step); });
}

THS_API Tensor THSTensor_ravel(Tensor self) {
    return tensor([&] { return self->ravel(); });
}

THS_API Tensor THSTensor_as_strided(Tensor self, const int64_t* size, int32_t size_length,
                                    const int64_t* strides, int32_t strides_length, int64_t storageOffset) {
    return tensor([&] {
        return self->as_strided(ints(size, size_length), ints(strides, strides_length), storageOffset);
    });
}

THS_API Tensor THSTensor_alias(Tensor self) {
    return tensor([&] { return self->alias(); });
}

THS_API Tensor THSTensor_clone(Tensor self) {
    return tensor([&] { return self->clone(); });
}

THS_API Tensor THSTensor_contiguous(Tensor self) {
    return tensor([&] { return self->contiguous(); });
}

THS_API Tensor THSTensor_detach(Tensor self) {
    return tensor([&] { return self->detach(); });
}

THS_API int32_t THSTensor_detach_(Tensor self) {
    return status([&] { self->detach_(); });
}

THS_API Tensor THSTensor_atleast_1d(Tensor self) {
    return tensor([&] { return at::atleast_1d(*self); });
}

THS_API Tensor THSTensor_atleast_2d(Tensor self) {
    return tensor([&] { return at::atleast_2d(*self); });
}
