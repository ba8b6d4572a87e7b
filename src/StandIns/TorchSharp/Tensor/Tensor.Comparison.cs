using TorchSharp.PInvoke;

namespace TorchSharp;

public static partial class torch
{
    // Comparisons, tests and logic.
    public partial class Tensor
    {
        public Tensor eq(Tensor target) =>
            Wrap(NativeMethods.THSTensor_eq(Handle, target.Handle), this, target);

        public Tensor eq(Scalar target) =>
            Wrap(NativeMethods.THSTensor_eq_scalar(Handle, target.Value), this);

        public Tensor eq_(Tensor target) =>
            Done(NativeMethods.THSTensor_eq_(Handle, target.Handle), target);

        public Tensor eq_(Scalar target) =>
            Done(NativeMethods.THSTensor_eq_scalar_(Handle, target.Value));

        public Tensor equal(Tensor target) => eq(target);

        public Tensor ne(Tensor target) =>
            Wrap(NativeMethods.THSTensor_ne(Handle, target.Handle), this, target);

        public Tensor ne(Scalar target) =>
            Wrap(NativeMethods.THSTensor_ne_scalar(Handle, target.Value), this);

        public Tensor ne_(Tensor target) =>
            Done(NativeMethods.THSTensor_ne_(Handle, target.Handle), target);

        public Tensor ne_(Scalar target) =>
            Done(NativeMethods.THSTensor_ne_scalar_(Handle, target.Value));

        public Tensor not_equal(Tensor target) => ne(target);

        public Tensor not_equal_(Tensor target) => ne_(target);

        public Tensor lt(Tensor target) =>
            Wrap(NativeMethods.THSTensor_lt(Handle, target.Handle), this, target);

        public Tensor lt(Scalar target) =>
            Wrap(NativeMethods.THSTensor_lt_scalar(Handle, target.Value), this);

        public Tensor lt_(Tensor target) =>
            Done(NativeMethods.THSTensor_lt_(Handle, target.Handle), target);

        public Tensor lt_(Scalar target) =>
            Done(NativeMethods.THSTensor_lt_scalar_(Handle, target.Value));

        public Tensor less(Tensor target) => lt(target);

        public Tensor le(Tensor target) =>
            Wrap(NativeMethods.THSTensor_le(Handle, target.Handle), this, target);

        public Tensor le(Scalar target) =>
            Wrap(NativeMethods.THSTensor_le_scalar(Handle, target.Value), this);

        public Tensor le_(Tensor target) =>
            Done(NativeMethods.THSTensor_le_(Handle, target.Handle), target);

        public Tensor le_(Scalar target) =>
            Done(NativeMethods.THSTensor_le_scalar_(Handle, target.Value));

        public Tensor less_equal(Tensor target) => le(target);

        public Tensor less_equal_(Tensor target) => le_(target);

        public Tensor gt(Tensor target) =>
            Wrap(NativeMethods.THSTensor_gt(Handle, target.Handle), this, target);

        public Tensor gt(Scalar target) =>
            Wrap(NativeMethods.THSTensor_gt_scalar(Handle, target.Value), this);

        public Tensor gt_(Tensor target) =>
            Done(NativeMethods.THSTensor_gt_(Handle, target.Handle), target);

        public Tensor gt_(Scalar target) =>
            Done(NativeMethods.THSTensor_gt_scalar_(Handle, target.Value));

        public Tensor greater(Tensor target) => gt(target);

        public Tensor ge(Tensor target) =>
            Wrap(NativeMethods.THSTensor_ge(Handle, target.Handle), this, target);

        public Tensor ge(Scalar target) =>
            Wrap(NativeMethods.THSTensor_ge_scalar(Handle, target.Value), this);

        public Tensor ge_(Tensor target) =>
            Done(NativeMethods.THSTensor_ge_(Handle, target.Handle), target);

        public Tensor ge_(Scalar target) =>
            Done(NativeMethods.THSTensor_ge_scalar_(Handle, target.Value));

        public Tensor greater_equal(Tensor target) => ge(target);

        public Tensor isclose(Tensor other, double rtol = 1e-05, double atol = 1e-08, bool nanEqual = false) =>
            Wrap(NativeMethods.THSTensor_isclose(Handle, other.Handle, rtol, atol, nanEqual), this, other);

        public Tensor isnan() =>
            Wrap(NativeMethods.THSTensor_isnan(Handle), this);

        public Tensor isinf() =>
            Wrap(NativeMethods.THSTensor_isinf(Handle), this);

        public Tensor isfinite() =>
            Wrap(NativeMethods.THSTensor_isfinite(Handle), this);

        public Tensor isposinf() =>
            Wrap(NativeMethods.THSTensor_isposinf(Handle), this);

        public Tensor isneginf() =>
            Wrap(NativeMethods.THSTensor_isneginf(Handle), this);

        public Tensor isreal() =>
            Wrap(NativeMethods.THSTensor_isreal(Handle), this);

        public Tensor logical_and(Tensor other) =>
            Wrap(NativeMethods.THSTensor_logical_and(Handle, other.Handle), this, other);

        public Tensor logical_and_(Tensor other) =>
            Done(NativeMethods.THSTensor_logical_and_(Handle, other.Handle), other);

        public Tensor logical_or(Tensor other) =>
            Wrap(NativeMethods.THSTensor_logical_or(Handle, other.Handle), this, other);

        public Tensor logical_or_(Tensor other) =>
            Done(NativeMethods.THSTensor_logical_or_(Handle, other.Handle), other);

        public Tensor logical_xor(Tensor other) =>
            Wrap(NativeMethods.THSTensor_logical_xor(Handle, other.Handle), this, other);

        public Tensor logical_xor_(Tensor other) =>
            Done(NativeMethods.THSTensor_logical_xor_(Handle, other.Handle), other);

        public Tensor logical_not() =>
            Wrap(NativeMethods.THSTensor_logical_not(Handle), this);

        public Tensor logical_not_() =>
            Done(NativeMethods.THSTensor_logical_not_(Handle));

        public Tensor isin(Tensor test_elements, bool assumeUnique = false, bool invert = false) =>
            Wrap(NativeMethods.THSTensor_isin(Handle, test_elements.Handle, assumeUnique, invert), this, test_elements);
    }
}
