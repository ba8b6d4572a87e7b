using System.Runtime.InteropServices;
using TorchSharp.PInvoke;

namespace TorchSharp;

public static partial class torch
{
    public static partial class nn
    {
        /// <summary>How a loss of each element becomes the loss.</summary>
        public enum Reduction : long
        {
            None,
            Mean,
            Sum,
        }

        /// <summary>Layers as functions of their inputs and parameters.</summary>
        public static partial class functional
        {
            public static Tensor linear(Tensor input, Tensor weights, Tensor? bias = null) =>
                Tensor.Wrap(NativeMethods.THSNN_functional_linear(input.Handle, weights.Handle, Tensor.HandleOrNull(bias)), input, weights, bias);

            public static Tensor conv1d(Tensor input, Tensor weight, Tensor? bias = null, long? stride = null, long? padding = null, long? dilation = null, long groups = 1) =>
                Tensor.Wrap(NativeMethods.THSTensor_conv1d(input.Handle, weight.Handle, Tensor.HandleOrNull(bias), stride ?? 1, padding ?? 0, dilation ?? 1, groups), input, weight, bias);

            /// <summary>(B, C, H, W) over (N, C / groups, KH, KW) to (B, N, H', W').</summary>
            public static Tensor conv2d(Tensor input, Tensor weight, Tensor? bias = null, long[]? strides = null, long[]? padding = null, long[]? dilation = null, long groups = 1)
            {
                ReadOnlySpan<long> ones = [1, 1], zeros = [0, 0];
                ReadOnlySpan<long> s = strides ?? ones, p = padding ?? zeros, d = dilation ?? ones;
                return Tensor.Wrap(NativeMethods.THSTensor_conv2d(input.Handle, weight.Handle, Tensor.HandleOrNull(bias), in Tensor.First(s), s.Length, in Tensor.First(p), p.Length, in Tensor.First(d), d.Length, groups), input, weight, bias);
            }

            public static Tensor conv2d_padding(Tensor input, Tensor weight, Tensor? bias = null, long[]? strides = null, Padding padding = Padding.Valid, long[]? dilation = null, long groups = 1)
            {
                ReadOnlySpan<long> ones = [1, 1];
                ReadOnlySpan<long> s = strides ?? ones, d = dilation ?? ones;
                return Tensor.Wrap(NativeMethods.THSTensor_conv2d_padding(input.Handle, weight.Handle, Tensor.HandleOrNull(bias), in Tensor.First(s), s.Length, padding == Padding.Same, in Tensor.First(d), d.Length, groups), input, weight, bias);
            }

            public static Tensor dropout(Tensor input, double p = 0.5, bool training = true, bool inplace = false) =>
                Tensor.Wrap(NativeMethods.THSNN_dropout(input.Handle, p, training, inplace), input);

            public static Tensor dropout2d(Tensor input, double p = 0.5, bool training = true, bool inplace = false) =>
                Tensor.Wrap(NativeMethods.THSNN_dropout2d(input.Handle, p, training, inplace), input);

            public static Tensor batch_norm(Tensor input, Tensor? running_mean, Tensor? running_var, Tensor? weight = null, Tensor? bias = null, bool training = false, double momentum = 0.1, double eps = 1e-5)
            {
                var result = Tensor.Wrap(NativeMethods.THSNN_batch_norm(input.Handle, Tensor.HandleOrNull(running_mean), Tensor.HandleOrNull(running_var), Tensor.HandleOrNull(weight), Tensor.HandleOrNull(bias), training, momentum, eps), input, running_mean, running_var, weight);
                GC.KeepAlive(bias);
                return result;
            }

            public static Tensor layer_norm(Tensor input, long[] normalized_shape, Tensor? weight = null, Tensor? bias = null, double eps = 1e-5) =>
                Tensor.Wrap(NativeMethods.THSNN_layer_norm(input.Handle, in Tensor.First(normalized_shape), normalized_shape.Length, Tensor.HandleOrNull(weight), Tensor.HandleOrNull(bias), eps), input, weight, bias);

            public static Tensor group_norm(Tensor input, long num_groups, Tensor? weight = null, Tensor? bias = null, double eps = 1e-5) =>
                Tensor.Wrap(NativeMethods.THSNN_group_norm(input.Handle, num_groups, Tensor.HandleOrNull(weight), Tensor.HandleOrNull(bias), eps), input, weight, bias);

            public static Tensor normalize(Tensor input, double p = 2, long dim = 1, double eps = 1e-12) =>
                Tensor.Wrap(NativeMethods.THSNN_normalize(input.Handle, p, dim, eps), input);

            public static Tensor one_hot(Tensor x, long num_classes = -1) =>
                Tensor.Wrap(NativeMethods.THSNN_one_hot(x.Handle, num_classes), x);

            public static Tensor pad(Tensor input, long[] pad, PaddingModes mode = PaddingModes.Constant, double value = 0) =>
                Tensor.Wrap(NativeMethods.THSNN_pad(input.Handle, in Tensor.First(pad), pad.Length, (long)mode, value), input);

            public static Tensor pad(Tensor input, ReadOnlySpan<long> pad, PaddingModes mode = PaddingModes.Constant, double value = 0) =>
                Tensor.Wrap(NativeMethods.THSNN_pad(input.Handle, in Tensor.First(pad), pad.Length, (long)mode, value), input);
        }
    }
}
