// Making, describing, moving and releasing tensors; gradients.
#include <ATen/Parallel.h>
#include <torch/csrc/autograd/autograd.h>
#include <torch/csrc/autograd/variable.h>

#include "torch/ths.h"

using namespace ths;

// A tensor over the caller's memory (a from_blob): nothing is copied when the types agree and the device is
// the CPU. The deleter, which may be null, is called with the data pointer when the last view of the memory
// goes.
THS_API Tensor THSTensor_new(void* data, void (*deleter)(void*), const int64_t* sizes,
                             const int32_t sizes_length, int8_t scalar_type, int8_t dtype,
                             const int32_t device_type, const int32_t device_index,
                             const bool requires_grad) {
    return tensor([&] {
        auto from = at::TensorOptions().dtype(static_cast<at::ScalarType>(scalar_type));
        at::Tensor blob = deleter == nullptr ? at::from_blob(data, ints(sizes, sizes_length), from)
                                             : at::from_blob(data, ints(sizes, sizes_length), deleter, from);
        const bool move = device_type != static_cast<int32_t>(c10::DeviceType::CPU);
        if (move || scalar_type != dtype) blob = blob.to(options(dtype, device_type, device_index, false));
        if (requires_grad) blob.set_requires_grad(true);
        return blob;
    });
}

THS_API void THSTensor_dispose(Tensor self) { delete self; }

THS_API int64_t THSTensor_ndimension(Tensor self) { return self->dim(); }

THS_API int64_t THSTensor_numel(Tensor self) { return self->numel(); }

THS_API int64_t THSTensor_element_size(Tensor self) { return static_cast<int64_t>(self->element_size()); }

THS_API int64_t THSTensor_size(Tensor self, int64_t dim) {
    return value<int64_t>(-1, [&] { return self->size(dim); });
}

// Fills sizes with the tensor's ndimension() sizes.
THS_API void THSTensor_sizes(Tensor self, int64_t* sizes) {
    const auto all = self->sizes();
    std::copy(all.begin(), all.end(), sizes);
}

THS_API int64_t THSTensor_stride(Tensor self, int64_t dim) {
    return value<int64_t>(-1, [&] { return self->stride(dim); });
}

THS_API void THSTensor_strides(Tensor self, int64_t* strides) {
    const auto all = self->strides();
    std::copy(all.begin(), all.end(), strides);
}

THS_API int64_t THSTensor_storage_offset(Tensor self) { return self->storage_offset(); }

THS_API void* THSTensor_data(Tensor self) {
    return value<void*>(nullptr, [&] { return self->data_ptr(); });
}

THS_API int8_t THSTensor_type(Tensor self) { return static_cast<int8_t>(self->scalar_type()); }

THS_API int32_t THSTensor_device_type(Tensor self) { return static_cast<int32_t>(self->device().type()); }

THS_API int32_t THSTensor_device_index(Tensor self) { return self->device().index(); }

THS_API bool THSTensor_is_contiguous(Tensor self) { return self->is_contiguous(); }

THS_API bool THSTensor_is_pinned(Tensor self) {
    return value<bool>(false, [&] { return self->is_pinned(); });
}

THS_API bool THSTensor_is_nonzero(Tensor self) {
    return value<bool>(false, [&] { return self->is_nonzero(); });
}

THS_API bool THSTensor_equal(Tensor self, Tensor target) {
    return value<bool>(false, [&] { return self->equal(*target); });
}

THS_API bool THSTensor_allclose(Tensor self, Tensor target, double rtol, double atol, bool equal_nan) {
    return value<bool>(false, [&] { return self->allclose(*target, rtol, atol, equal_nan); });
}

THS_API Tensor THSTensor_pin_memory(Tensor self) {
    return tensor([&] { return self->pin_memory(); });
}

THS_API Tensor THSTensor_cpu(Tensor self) {
    return tensor([&] { return self->cpu(); });
}

THS_API Tensor THSTensor_to_type(Tensor self, int8_t type, bool copy, bool non_blocking) {
    return tensor([&] { return self->to(static_cast<at::ScalarType>(type), non_blocking, copy); });
}

THS_API Tensor THSTensor_to_device(Tensor self, int32_t device_type, int32_t device_index, bool copy,
                                   bool non_blocking) {
    return tensor([&] {
        const c10::Device device(static_cast<c10::DeviceType>(device_type),
                                 static_cast<c10::DeviceIndex>(device_index));
        return self->to(device, non_blocking, copy);
    });
}

THS_API Tensor THSTensor_to_type_and_device(Tensor self, int8_t type, int32_t device_type,
                                            int32_t device_index, bool copy, bool non_blocking) {
    return tensor([&] {
        const c10::Device device(static_cast<c10::DeviceType>(device_type),
                                 static_cast<c10::DeviceIndex>(device_index));
        return self->to(device, static_cast<at::ScalarType>(type), non_blocking, copy);
    });
}

namespace {

// One image's planes of bytes as pixels of floats: the planes' numbers side by side.
template <int64_t Planes>
void interleave(const uint8_t* planes, int64_t pixels, float* out) {
    for (int64_t i = 0; i < pixels; ++i) {
        for (int64_t c = 0; c < Planes; ++c) out[i * Planes + c] = static_cast<float>(planes[c * pixels + i]);
    }
}

// Frame stacks on their way into channels-last networks: bytes (B, H, W, C) that lie as (B, C, H, W), into
// dense floats. libtorch's strided copy takes six times as long. False where the tensors are not of that
// kind.
bool copy_frames(const at::Tensor& to, const at::Tensor& from) {
    if (from.scalar_type() != at::kByte || to.scalar_type() != at::kFloat || from.dim() != 4 ||
        to.requires_grad())
        return false;
    if (!from.device().is_cpu() || !to.device().is_cpu() || to.sizes() != from.sizes() || !to.is_contiguous())
        return false;
    const int64_t images = from.size(0), height = from.size(1), width = from.size(2), planes = from.size(3);
    if (planes < 2 || planes > 4 || !from.permute({0, 3, 1, 2}).is_contiguous()) return false;
    const auto* source = static_cast<const uint8_t*>(from.data_ptr());
    auto* target = static_cast<float*>(to.data_ptr());
    const int64_t pixels = height * width, size = pixels * planes;
    at::parallel_for(0, images, 8, [&](int64_t first, int64_t last) {
        for (int64_t i = first; i < last; ++i) {
            if (planes == 4)
                interleave<4>(source + i * size, pixels, target + i * size);
            else if (planes == 3)
                interleave<3>(source + i * size, pixels, target + i * size);
            else
                interleave<2>(source + i * size, pixels, target + i * size);
        }
    });
    to.unsafeGetTensorImpl()->bump_version();
    return true;
}

}  // namespace

THS_API int32_t THSTensor_copy_(Tensor self, Tensor source, bool non_blocking) {
    return status([&] {
        if (!copy_frames(*self, *source)) self->copy_(*source, non_blocking);
    });
}

THS_API int32_t THSTensor_set_(Tensor self, Tensor source) {
    return status([&] { self->set_(*source); });
}

THS_API int32_t THSTensor_fill_(Tensor self, ScalarArg number) {
    return status([&] { self->fill_(to_scalar(number)); });
}

THS_API int32_t THSTensor_zero_(Tensor self) {
    return status([&] { self->zero_(); });
}

// The only element: integers and booleans in `bits`, floating numbers as the bits of a double.
THS_API int32_t THSTensor_item(Tensor self, ScalarArg* number) {
    return status([&] {
        const at::Scalar item = self->item();
        if (item.isFloatingPoint()) {
            const double real = item.toDouble();
            std::memcpy(&number->bits, &real, sizeof real);
            number->kind = 1;
        } else {
            TORCH_CHECK(!item.isComplex(), "a complex element is no real number");
            number->bits = item.to<int64_t>();
            number->kind = item.isBoolean() ? 2 : 0;
        }
    });
}

THS_API bool THSTensor_is_leaf(Tensor self) { return self->is_leaf(); }

THS_API bool THSTensor_requires_grad(Tensor self) { return self->requires_grad(); }

THS_API int32_t THSTensor_set_requires_grad(Tensor self, bool requires_grad) {
    return status([&] { self->set_requires_grad(requires_grad); });
}

THS_API int32_t THSTensor_retain_grad(Tensor self) {
    return status([&] { self->retain_grad(); });
}

// Null when there is no gradient.
THS_API Tensor THSTensor_grad(Tensor self) {
    return value<Tensor>(nullptr, [&] {
        const at::Tensor& grad = self->grad();
        return grad.defined() ? new at::Tensor(grad) : nullptr;
    });
}

THS_API int32_t THSTensor_set_grad(Tensor self, Tensor grad) {
    return status([&] { self->mutable_grad() = tensor_or_undefined(grad); });
}

THS_API int32_t THSTensor_backward(Tensor self) {
    return status([&] { self->backward(); });
}

THS_API int32_t THSAutograd_backward(const Tensor* of, int32_t of_length, const Tensor* gradients,
                                     int32_t gradients_length, bool retain_graph, bool create_graph,
                                     const Tensor* inputs, int32_t inputs_length) {
    return status([&] {
        torch::autograd::backward(tensors(of, of_length), tensors(gradients, gradients_length), retain_graph,
                                  create_graph, tensors(inputs, inputs_length));
    });
}

THS_API Tensor* THSAutograd_grad(const Tensor* outputs, int32_t outputs_length, const Tensor* inputs,
                                 int32_t inputs_length, const Tensor* gradients, int32_t gradients_length,
                                 bool retain_graph, bool create_graph, bool allow_unused, int64_t* count) {
    return list(count, [&] {
        return torch::autograd::grad(tensors(outputs, outputs_length), tensors(inputs, inputs_length),
                                     tensors(gradients, gradients_length), retain_graph, create_graph,
                                     allow_unused);
    });
}

THS_API int32_t THSTensor_rename_(Tensor self, const char* const* names, int32_t length) {
    return status([&] {
        std::vector<at::Dimname> list;
        for (int32_t i = 0; i < length; ++i) {
            const std::string name = names[i];
            list.push_back(name == "*" ? at::Dimname::wildcard()
                                       : at::Dimname::fromSymbol(at::Symbol::dimname(name)));
        }
        at::internal_set_names_inplace(*self, c10::optional<at::DimnameList>(list));
    });
}
