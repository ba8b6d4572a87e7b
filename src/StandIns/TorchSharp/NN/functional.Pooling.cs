using TorchSharp.PInvoke;

namespace TorchSharp;

public static partial class torch
{
    public static partial class nn
    {
        // Pooling of (B, C, H, W). Strides default to the window.
        public static partial class functional
        {
            public static Tensor max_pool2d(Tensor input, long[] kernel_size, long[]? strides = null, long[]? padding = null, long[]? dilation = null, bool ceil_mode = false)
            {
                ReadOnlySpan<long> zeros = [0, 0], ones = [1, 1];
                ReadOnlySpan<long> k = kernel_size, s = strides ?? kernel_size, p = padding ?? zeros, d = dilation ?? ones;
                return Tensor.Wrap(NativeMethods.THSTensor_max_pool2d(input.Handle, in Tensor.First(k), k.Length, in Tensor.First(s), s.Length, in Tensor.First(p), p.Length, in Tensor.First(d), d.Length, ceil_mode), input);
            }

            public static Tensor max_pool2d(Tensor input, long kernel_size, long? stride = null, long? padding = null, long? dilation = null, bool ceil_mode = false) =>
                max_pool2d(input, Twice(kernel_size), Twice(stride), Twice(padding), Twice(dilation), ceil_mode);

            public static Tensor max_pool2d(Tensor input, (long, long) kernel_size, (long, long)? stride = null, (long, long)? padding = null, (long, long)? dilation = null, bool ceil_mode = false) =>
                max_pool2d(input, Listed(kernel_size), Listed(stride), Listed(padding), Listed(dilation), ceil_mode);

            public static (Tensor output, Tensor indices) max_pool2d_with_indices(Tensor input, long[] kernel_size, long[]? strides = null, long[]? padding = null, long[]? dilation = null, bool ceil_mode = false)
            {
                ReadOnlySpan<long> zeros = [0, 0], ones = [1, 1];
                ReadOnlySpan<long> k = kernel_size, s = strides ?? kernel_size, p = padding ?? zeros, d = dilation ?? ones;
                var output = NativeMethods.THSTensor_max_pool2d_with_indices(input.Handle, in Tensor.First(k), k.Length, in Tensor.First(s), s.Length, in Tensor.First(p), p.Length, in Tensor.First(d), d.Length, ceil_mode, out var indices);
                return (Tensor.Wrap(output, input), new Tensor(indices));
            }

            public static Tensor avg_pool2d(Tensor input, long[] kernel_size, long[]? stride = null, long[]? padding = null, bool ceil_mode = false, bool count_include_pad = true, long? divisor_override = null)
            {
                ReadOnlySpan<long> zeros = [0, 0];
                ReadOnlySpan<long> k = kernel_size, s = stride ?? kernel_size, p = padding ?? zeros;
                return Tensor.Wrap(NativeMethods.THSTensor_avg_pool2d(input.Handle, in Tensor.First(k), k.Length, in Tensor.First(s), s.Length, in Tensor.First(p), p.Length, ceil_mode, count_include_pad, ScalarValue.Of(divisor_override)), input);
            }

            public static Tensor avg_pool2d(Tensor input, long kernel_size, long? stride = null, long padding = 0, bool ceil_mode = false, bool count_include_pad = true, long? divisor_override = null) =>
                avg_pool2d(input, Twice(kernel_size), Twice(stride), Twice(padding), ceil_mode, count_include_pad, divisor_override);

            public static Tensor avg_pool2d(Tensor input, (long, long) kernel_size, (long, long)? stride = null, (long, long)? padding = null, bool ceil_mode = false, bool count_include_pad = true, long? divisor_override = null) =>
                avg_pool2d(input, Listed(kernel_size), Listed(stride), Listed(padding), ceil_mode, count_include_pad, divisor_override);

            public static Tensor adaptive_avg_pool2d(Tensor input, long[] output_size) =>
                Tensor.Wrap(NativeMethods.THSTensor_adaptive_avg_pool2d(input.Handle, in Tensor.First(output_size), output_size.Length), input);

            public static Tensor adaptive_avg_pool2d(Tensor input, (long, long) output_size) => adaptive_avg_pool2d(input, Listed(output_size));

            public static Tensor adaptive_avg_pool2d(Tensor input, long output_size) => adaptive_avg_pool2d(input, Twice(output_size));

            public static Tensor adaptive_max_pool2d(Tensor input, long[] output_size)
            {
                var (output, indices) = adaptive_max_pool2d_with_indices(input, output_size);
                indices.Dispose();
                return output;
            }

            public static (Tensor Values, Tensor Indices) adaptive_max_pool2d_with_indices(Tensor input, long[] output_size)
            {
                var output = NativeMethods.THSTensor_adaptive_max_pool2d(input.Handle, in Tensor.First(output_size), output_size.Length, out var indices);
                return (Tensor.Wrap(output, input), new Tensor(indices));
            }

            internal static long[] Twice(long side) => [side, side];

            internal static long[]? Twice(long? side) => side is { } s ? [s, s] : null;

            internal static long[] Listed((long, long) sides) => [sides.Item1, sides.Item2];

            internal static long[]? Listed((long, long)? sides) => sides is { } s ? [s.Item1, s.Item2] : null;
        }
    }
}
