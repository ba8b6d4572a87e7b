using System.Runtime.InteropServices;

namespace TorchSharp.PInvoke;

internal static partial class NativeMethods
{
    [LibraryImport(Library)]
    internal static partial IntPtr THSTensor_relu(IntPtr self);

    [LibraryImport(Library)]
    internal static partial int THSTensor_relu_(IntPtr self);

    [LibraryImport(Library)]
    internal static partial IntPtr THSTensor_relu6(IntPtr self);

    [LibraryImport(Library)]
    internal static partial int THSTensor_relu6_(IntPtr self);

    [LibraryImport(Library)]
    internal static partial IntPtr THSTensor_gelu(IntPtr self);

    [LibraryImport(Library)]
    internal static partial IntPtr THSTensor_silu(IntPtr self);

    [LibraryImport(Library)]
    internal static partial int THSTensor_silu_(IntPtr self);

    [LibraryImport(Library)]
    internal static partial IntPtr THSTensor_leaky_relu(IntPtr self, ScalarValue negative_slope);

    [LibraryImport(Library)]
    internal static partial int THSTensor_leaky_relu_(IntPtr self, ScalarValue negative_slope);

    [LibraryImport(Library)]
    internal static partial IntPtr THSTensor_elu(IntPtr self, ScalarValue alpha, ScalarValue scale, ScalarValue input_scale);

    [LibraryImport(Library)]
    internal static partial IntPtr THSTensor_selu(IntPtr self);

    [LibraryImport(Library)]
    internal static partial int THSTensor_selu_(IntPtr self);

    [LibraryImport(Library)]
    internal static partial IntPtr THSTensor_celu(IntPtr self, ScalarValue alpha);

    [LibraryImport(Library)]
    internal static partial IntPtr THSTensor_hardsigmoid(IntPtr self);

    [LibraryImport(Library)]
    internal static partial int THSTensor_hardsigmoid_(IntPtr self);

    [LibraryImport(Library)]
    internal static partial IntPtr THSTensor_hardswish(IntPtr self);

    [LibraryImport(Library)]
    internal static partial int THSTensor_hardswish_(IntPtr self);

    [LibraryImport(Library)]
    internal static partial IntPtr THSTensor_hardtanh(IntPtr self, ScalarValue min, ScalarValue max);

    [LibraryImport(Library)]
    internal static partial int THSTensor_hardtanh_(IntPtr self, ScalarValue min, ScalarValue max);

    [LibraryImport(Library)]
    internal static partial IntPtr THSTensor_log_sigmoid(IntPtr self);

    [LibraryImport(Library)]
    internal static partial IntPtr THSTensor_threshold(IntPtr self, ScalarValue threshold, ScalarValue value);

    [LibraryImport(Library)]
    internal static partial int THSTensor_threshold_(IntPtr self, ScalarValue threshold, ScalarValue value);

    [LibraryImport(Library)]
    internal static partial IntPtr THSTensor_softplus(IntPtr self, double beta, double threshold);

    [LibraryImport(Library)]
    internal static partial IntPtr THSTensor_softmax(IntPtr self, long dim, sbyte dtype);

    [LibraryImport(Library)]
    internal static partial IntPtr THSTensor_log_softmax(IntPtr self, long dim, sbyte dtype);
}
