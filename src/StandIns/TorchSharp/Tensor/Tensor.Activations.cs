using TorchSharp.PInvoke;

namespace TorchSharp;

public static partial class torch
{
    // Activations, element by element.
    public partial class Tensor
    {
        public Tensor relu() =>
            Wrap(NativeMethods.THSTensor_relu(Handle), this);

        public Tensor relu_() =>
            Done(NativeMethods.THSTensor_relu_(Handle));

        public Tensor relu6() =>
            Wrap(NativeMethods.THSTensor_relu6(Handle), this);

        public Tensor relu6_() =>
            Done(NativeMethods.THSTensor_relu6_(Handle));

        public Tensor gelu() =>
            Wrap(NativeMethods.THSTensor_gelu(Handle), this);

        public Tensor silu() =>
            Wrap(NativeMethods.THSTensor_silu(Handle), this);

        public Tensor silu_() =>
            Done(NativeMethods.THSTensor_silu_(Handle));

        public Tensor leaky_relu(Scalar negative_slope) =>
            Wrap(NativeMethods.THSTensor_leaky_relu(Handle, negative_slope.Value), this);

        public Tensor leaky_relu_(Scalar negative_slope) =>
            Done(NativeMethods.THSTensor_leaky_relu_(Handle, negative_slope.Value));

        public Tensor elu(double alpha = 1) => elu(alpha, 1.0, 1.0);

        public Tensor elu(Scalar alpha, Scalar scale, Scalar input_scale) =>
            Wrap(NativeMethods.THSTensor_elu(Handle, alpha.Value, scale.Value, input_scale.Value), this);

        public Tensor selu() =>
            Wrap(NativeMethods.THSTensor_selu(Handle), this);

        public Tensor selu_() =>
            Done(NativeMethods.THSTensor_selu_(Handle));

        public Tensor celu() => celu(1.0);

        public Tensor celu(Scalar alpha) =>
            Wrap(NativeMethods.THSTensor_celu(Handle, alpha.Value), this);

        public Tensor hardsigmoid() =>
            Wrap(NativeMethods.THSTensor_hardsigmoid(Handle), this);

        public Tensor hardsigmoid_() =>
            Done(NativeMethods.THSTensor_hardsigmoid_(Handle));

        public Tensor hardswish() =>
            Wrap(NativeMethods.THSTensor_hardswish(Handle), this);

        public Tensor hardswish_() =>
            Done(NativeMethods.THSTensor_hardswish_(Handle));

        public Tensor hardtanh(Scalar min, Scalar max) =>
            Wrap(NativeMethods.THSTensor_hardtanh(Handle, min.Value, max.Value), this);

        public Tensor hardtanh_(Scalar min, Scalar max) =>
            Done(NativeMethods.THSTensor_hardtanh_(Handle, min.Value, max.Value));

        public Tensor log_sigmoid() =>
            Wrap(NativeMethods.THSTensor_log_sigmoid(Handle), this);

        public Tensor threshold(Scalar threshold, Scalar value) =>
            Wrap(NativeMethods.THSTensor_threshold(Handle, threshold.Value, value.Value), this);

        public Tensor threshold_(Scalar threshold, Scalar value) =>
            Done(NativeMethods.THSTensor_threshold_(Handle, threshold.Value, value.Value));

        public Tensor softplus(double beta = 1, double threshold = 20) =>
            Wrap(NativeMethods.THSTensor_softplus(Handle, beta, threshold), this);

        public Tensor softmax(long dim, ScalarType? dtype = null) =>
            Wrap(NativeMethods.THSTensor_softmax(Handle, dim, TypeOrNone(dtype)), this);

        public Tensor log_softmax(long dim, ScalarType? dtype = null) =>
            Wrap(NativeMethods.THSTensor_log_softmax(Handle, dim, TypeOrNone(dtype)), this);
    }
}
