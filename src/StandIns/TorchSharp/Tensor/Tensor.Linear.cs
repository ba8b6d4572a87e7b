using TorchSharp.PInvoke;

namespace TorchSharp;

public static partial class torch
{
    // Matrix products.
    public partial class Tensor
    {
        public Tensor mm(Tensor target) =>
            Wrap(NativeMethods.THSTensor_mm(Handle, target.Handle), this, target);

        public Tensor matmul(Tensor target) =>
            Wrap(NativeMethods.THSTensor_matmul(Handle, target.Handle), this, target);

        public Tensor bmm(Tensor batch2) =>
            Wrap(NativeMethods.THSTensor_bmm(Handle, batch2.Handle), this, batch2);

        public Tensor addmm(Tensor mat1, Tensor mat2, float beta = 1f, float alpha = 1f) =>
            Wrap(NativeMethods.THSTensor_addmm(Handle, mat1.Handle, mat2.Handle, beta, alpha), this, mat1, mat2);

        public Tensor addmm_(Tensor mat1, Tensor mat2, float beta = 1f, float alpha = 1f) =>
            Done(NativeMethods.THSTensor_addmm_(Handle, mat1.Handle, mat2.Handle, beta, alpha), mat1, mat2);

        public Tensor addmv(Tensor mat, Tensor vec, float beta = 1f, float alpha = 1f) =>
            Wrap(NativeMethods.THSTensor_addmv(Handle, mat.Handle, vec.Handle, beta, alpha), this, mat, vec);

        public Tensor addmv_(Tensor mat, Tensor vec, float beta = 1f, float alpha = 1f) =>
            Done(NativeMethods.THSTensor_addmv_(Handle, mat.Handle, vec.Handle, beta, alpha), mat, vec);

        public Tensor addr(Tensor vec1, Tensor vec2, float beta = 1f, float alpha = 1f) =>
            Wrap(NativeMethods.THSTensor_addr(Handle, vec1.Handle, vec2.Handle, beta, alpha), this, vec1, vec2);

        public Tensor baddbmm(Tensor batch1, Tensor batch2, float beta = 1f, float alpha = 1f) =>
            Wrap(NativeMethods.THSTensor_baddbmm(Handle, batch1.Handle, batch2.Handle, beta, alpha), this, batch1, batch2);

        public Tensor addbmm(Tensor batch1, Tensor batch2, float beta = 1f, float alpha = 1f) =>
            Wrap(NativeMethods.THSTensor_addbmm(Handle, batch1.Handle, batch2.Handle, beta, alpha), this, batch1, batch2);

        public Tensor mv(Tensor target) =>
            Wrap(NativeMethods.THSTensor_mv(Handle, target.Handle), this, target);

        public Tensor dot(Tensor target) =>
            Wrap(NativeMethods.THSTensor_dot(Handle, target.Handle), this, target);

        public Tensor outer(Tensor vec2) =>
            Wrap(NativeMethods.THSTensor_outer(Handle, vec2.Handle), this, vec2);

        public Tensor ger(Tensor vec2) => outer(vec2);

        public Tensor inner(Tensor vec2) =>
            Wrap(NativeMethods.THSTensor_inner(Handle, vec2.Handle), this, vec2);

        public Tensor kron(Tensor other) =>
            Wrap(NativeMethods.THSTensor_kron(Handle, other.Handle), this, other);

        public Tensor trace() =>
            Wrap(NativeMethods.THSTensor_trace(Handle), this);

        public Tensor vdot(Tensor target) =>
            Wrap(NativeMethods.THSTensor_vdot(Handle, target.Handle), this, target);

        public Tensor det() =>
            Wrap(NativeMethods.THSTensor_det(Handle), this);

        public Tensor inverse() =>
            Wrap(NativeMethods.THSTensor_inverse(Handle), this);

        public Tensor cholesky(bool upper = false) =>
            Wrap(NativeMethods.THSTensor_cholesky(Handle, upper), this);
    }
}
