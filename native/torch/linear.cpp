// Matrix products.
#include "torch/ths.h"

using namespace ths;

THS_API Tensor THSTensor_mm(Tensor self, Tensor target) {
    return tensor([&] { return self->mm(*target); });
}

THS_API Tensor THSTensor_matmul(Tensor self, Tensor target) {
    return tensor([&] { return self->matmul(*target); });
}

THS_API Tensor THSTensor_bmm(Tensor self, Tensor batch2) {
    return tensor([&] { return self->bmm(*batch2); });
}

THS_API Tensor THSTensor_addmm(Tensor self, Tensor mat1, Tensor mat2, double beta, double alpha) {
    return tensor([&] { return self->addmm(*mat1, *mat2, beta, alpha); });
}

THS_API int32_t THSTensor_addmm_(Tensor self, Tensor mat1, Tensor mat2, double beta, double alpha) {
    return status([&] { self->addmm_(*mat1, *mat2, beta, alpha); });
}

THS_API Tensor THSTensor_addmv(Tensor self, Tensor mat, Tensor vec, double beta, double alpha) {
    return tensor([&] { return self->addmv(*mat, *vec, beta, alpha); });
}

THS_API int32_t THSTensor_addmv_(Tensor self, Tensor mat, Tensor vec, double beta, double alpha) {
    return status([&] { self->addmv_(*mat, *vec, beta, alpha); });
}

THS_API Tensor THSTensor_addr(Tensor self, Tensor vec1, Tensor vec2, double beta, double alpha) {
    return tensor([&] { return self->addr(*vec1, *vec2, beta, alpha); });
}

THS_API Tensor THSTensor_baddbmm(Tensor self, Tensor batch1, Tensor batch2, double beta, double alpha) {
    return tensor([&] { return self->baddbmm(*batch1, *batch2, beta, alpha); });
}

THS_API Tensor THSTensor_addbmm(Tensor self, Tensor batch1, Tensor batch2, double beta, double alpha) {
    return tensor([&] { return self->addbmm(*batch1, *batch2, beta, alpha); });
}

THS_API Tensor THSTensor_mv(Tensor self, Tensor target) {
    return tensor([&] { return self->mv(*target); });
}

THS_API Tensor THSTensor_dot(Tensor self, Tensor target) {
    return tensor([&] { return self->dot(*target); });
}

THS_API Tensor THSTensor_outer(Tensor self, Tensor vec2) {
    return tensor([&] { return self->outer(*vec2); });
}

THS_API Tensor THSTensor_inner(Tensor self, Tensor vec2) {
    return tensor([&] { return self->inner(*vec2); });
}

THS_API Tensor THSTensor_kron(Tensor self, Tensor other) {
    return tensor([&] { return self->kron(*other); });
}

THS_API Tensor THSTensor_trace(Tensor self) {
    return tensor([&] { return self->trace(); });
}

THS_API Tensor THSTensor_vdot(Tensor self, Tensor target) {
    return tensor([&] { return self->vdot(*target); });
}

THS_API Tensor THSTensor_det(Tensor self) {
    return tensor([&] { return self->det(); });
}

THS_API Tensor THSTensor_inverse(Tensor self) {
    return tensor([&] { return self->inverse(); });
}

THS_API Tensor THSTensor_cholesky(Tensor self, bool upper) {
    return tensor([&] { return self->cholesky(upper); });
}
