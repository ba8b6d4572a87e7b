// tensor[...]: reading and writing by a list of subscripts.
#include <ATen/TensorIndexing.h>

#include "torch/ths.h"

using namespace ths;

namespace {

// One subscript as the managed side lays it out.
struct Subscript {
    int64_t kind;  // 0 none (a new axis), 1 single, 2 null (all), 3 ellipsis, 4 bool, 5 tensor, 6 slice
    ScalarArg start;
    ScalarArg stop;
    ScalarArg step;
    Tensor tensor;
};

std::vector<at::indexing::TensorIndex> subscripts(const Subscript* list, int32_t length) {
    using at::indexing::Slice;
    using at::indexing::TensorIndex;
    std::vector<TensorIndex> result;
    result.reserve(static_cast<size_t>(length));
    for (const Subscript* s = list; s != list + length; ++s) {
        switch (s->kind) {
            case 0:
                result.emplace_back(at::indexing::None);
                break;
            case 1:
                result.emplace_back(s->start.bits);
                break;
            case 2:
                result.emplace_back(Slice());
                break;
            case 3:
                result.emplace_back(at::indexing::Ellipsis);
                break;
            case 4:
                result.emplace_back(s->start.bits != 0);
                break;
            case 5:
                result.emplace_back(*s->tensor);
                break;
            case 6: {
                auto start = to_optional_int(s->start), stop = to_optional_int(s->stop),
                     step = to_optional_int(s->step);
                result.emplace_back(Slice(start, stop, step));
                break;
            }
            default:
                TORCH_CHECK(false, "unknown kind of subscript: ", s->kind);
        }
    }
    return result;
}

}  // namespace

THS_API Tensor THSTensor_index(Tensor self, const Subscript* list, int32_t length) {
    return tensor([&] { return self->index(subscripts(list, length)); });
}

THS_API int32_t THSTensor_index_put_(Tensor self, const Subscript* list, int32_t length, Tensor source) {
    return status([&] { self->index_put_(subscripts(list, length), *source); });
}

THS_API int32_t THSTensor_index_put_scalar_(Tensor self, const Subscript* list, int32_t length,
                                            ScalarArg number) {
    return status([&] { self->index_put_(subscripts(list, length), to_scalar(number)); });
}

// By tensors alone, adding where indices repeat.
THS_API int32_t THSTensor_index_put_accumulate_(Tensor self, const Tensor* list, int32_t length,
                                                Tensor source) {
    return status([&] {
        c10::List<c10::optional<at::Tensor>> indices;
        for (int32_t i = 0; i < length; ++i) indices.push_back(to_optional(list[i]));
        self->index_put_(indices, *source, true);
    });
}

THS_API Tensor* THSTensor_where_list(Tensor condition, int64_t* count) {
    return list(count, [&] { return at::where(*condition); });
}
