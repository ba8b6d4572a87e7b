using TorchSharp.PInvoke;

namespace TorchSharp;

public static partial class torch
{
    public static partial class nn
    {
        // Losses.
        public static partial class functional
        {
            public static Tensor huber_loss(Tensor input, Tensor target, double delta = 1, Reduction reduction = Reduction.Mean) =>
                Tensor.Wrap(NativeMethods.THSNN_huber_loss(input.Handle, target.Handle, delta, (long)reduction), input, target);

            public static Tensor smooth_l1_loss(Tensor input, Tensor target, Reduction reduction = Reduction.Mean, double beta = 1) =>
                Tensor.Wrap(NativeMethods.THSNN_smooth_l1_loss(input.Handle, target.Handle, (long)reduction, beta), input, target);

            public static Tensor mse_loss(Tensor input, Tensor target, Reduction reduction = Reduction.Mean) =>
                Tensor.Wrap(NativeMethods.THSNN_mse_loss(input.Handle, target.Handle, (long)reduction), input, target);

            public static Tensor l1_loss(Tensor input, Tensor target, Reduction reduction = Reduction.Mean) =>
                Tensor.Wrap(NativeMethods.THSNN_l1_loss(input.Handle, target.Handle, (long)reduction), input, target);

            public static Tensor nll_loss(Tensor input, Tensor target, Tensor? weight = null, Reduction reduction = Reduction.Mean) =>
                Tensor.Wrap(NativeMethods.THSNN_nll_loss(input.Handle, target.Handle, Tensor.HandleOrNull(weight), (long)reduction), input, target, weight);

            public static Tensor kl_div(Tensor input, Tensor target, bool log_target = true, Reduction reduction = Reduction.Mean) =>
                Tensor.Wrap(NativeMethods.THSNN_kl_div(input.Handle, target.Handle, (long)reduction, log_target), input, target);

            public static Tensor cross_entropy(Tensor input, Tensor target, Tensor? weight = null, long ignore_index = -100, Reduction reduction = Reduction.Mean, double label_smoothing = 0) =>
                Tensor.Wrap(NativeMethods.THSNN_cross_entropy(input.Handle, target.Handle, Tensor.HandleOrNull(weight), ignore_index, (long)reduction, label_smoothing), input, target, weight);

            public static Tensor binary_cross_entropy_with_logits(Tensor input, Tensor target, Tensor? weight = null, Reduction reduction = Reduction.Mean, Tensor? pos_weights = null) =>
                Tensor.Wrap(NativeMethods.THSNN_binary_cross_entropy_with_logits(input.Handle, target.Handle, Tensor.HandleOrNull(weight), (long)reduction, Tensor.HandleOrNull(pos_weights)), input, target, weight, pos_weights);
        }
    }
}
