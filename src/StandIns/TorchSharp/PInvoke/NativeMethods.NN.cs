using System.Runtime.InteropServices;

namespace TorchSharp.PInvoke;

internal static partial class NativeMethods
{
    [LibraryImport(Library)]
    internal static partial IntPtr THSNN_functional_linear(IntPtr input, IntPtr weight, IntPtr bias);

    [LibraryImport(Library)]
    internal static partial IntPtr THSTensor_conv1d(IntPtr input, IntPtr weight, IntPtr bias, long stride, long padding, long dilation, long groups);

    [LibraryImport(Library)]
    internal static partial IntPtr THSTensor_conv2d(IntPtr input, IntPtr weight, IntPtr bias, in long strides, int stridesLength, in long padding, int paddingLength, in long dilation, int dilationLength, long groups);

    [LibraryImport(Library)]
    internal static partial IntPtr THSTensor_conv2d_padding(IntPtr input, IntPtr weight, IntPtr bias, in long strides, int stridesLength, [MarshalAs(UnmanagedType.U1)] bool same, in long dilation, int dilationLength, long groups);

    [LibraryImport(Library)]
    internal static partial IntPtr THSTensor_max_pool2d(IntPtr input, in long kernel, int kernelLength, in long stride, int strideLength, in long padding, int paddingLength, in long dilation, int dilationLength, [MarshalAs(UnmanagedType.U1)] bool ceilMode);

    [LibraryImport(Library)]
    internal static partial IntPtr THSTensor_max_pool2d_with_indices(IntPtr input, in long kernel, int kernelLength, in long stride, int strideLength, in long padding, int paddingLength, in long dilation, int dilationLength, [MarshalAs(UnmanagedType.U1)] bool ceilMode, out IntPtr second);

    [LibraryImport(Library)]
    internal static partial IntPtr THSTensor_avg_pool2d(IntPtr input, in long kernel, int kernelLength, in long stride, int strideLength, in long padding, int paddingLength, [MarshalAs(UnmanagedType.U1)] bool ceilMode, [MarshalAs(UnmanagedType.U1)] bool countIncludePad, ScalarValue divisorOverride);

    [LibraryImport(Library)]
    internal static partial IntPtr THSTensor_adaptive_avg_pool2d(IntPtr input, in long size, int sizeLength);

    [LibraryImport(Library)]
    internal static partial IntPtr THSTensor_adaptive_max_pool2d(IntPtr input, in long size, int sizeLength, out IntPtr second);

    [LibraryImport(Library)]
    internal static partial IntPtr THSNN_pad(IntPtr input, in long pad, int padLength, long mode, double number);

    [LibraryImport(Library)]
    internal static partial IntPtr THSNN_batch_norm(IntPtr input, IntPtr runningMean, IntPtr runningVar, IntPtr weight, IntPtr bias, [MarshalAs(UnmanagedType.U1)] bool training, double momentum, double eps);

    [LibraryImport(Library)]
    internal static partial IntPtr THSNN_layer_norm(IntPtr input, in long shape, int shapeLength, IntPtr weight, IntPtr bias, double eps);

    [LibraryImport(Library)]
    internal static partial IntPtr THSNN_group_norm(IntPtr input, long groups, IntPtr weight, IntPtr bias, double eps);

    [LibraryImport(Library)]
    internal static partial IntPtr THSNN_dropout(IntPtr input, double p, [MarshalAs(UnmanagedType.U1)] bool training, [MarshalAs(UnmanagedType.U1)] bool inplace);

    [LibraryImport(Library)]
    internal static partial IntPtr THSNN_dropout2d(IntPtr input, double p, [MarshalAs(UnmanagedType.U1)] bool training, [MarshalAs(UnmanagedType.U1)] bool inplace);

    [LibraryImport(Library)]
    internal static partial IntPtr THSNN_embedding(IntPtr input, IntPtr weight, long paddingIndex, ScalarValue maxNorm, double normType, [MarshalAs(UnmanagedType.U1)] bool scaleGradByFreq, [MarshalAs(UnmanagedType.U1)] bool sparse);

    [LibraryImport(Library)]
    internal static partial IntPtr THSNN_one_hot(IntPtr self, long numClasses);

    [LibraryImport(Library)]
    internal static partial IntPtr THSNN_huber_loss(IntPtr input, IntPtr target, double delta, long reduction);

    [LibraryImport(Library)]
    internal static partial IntPtr THSNN_smooth_l1_loss(IntPtr input, IntPtr target, long reduction, double beta);

    [LibraryImport(Library)]
    internal static partial IntPtr THSNN_mse_loss(IntPtr input, IntPtr target, long reduction);

    [LibraryImport(Library)]
    internal static partial IntPtr THSNN_l1_loss(IntPtr input, IntPtr target, long reduction);

    [LibraryImport(Library)]
    internal static partial IntPtr THSNN_nll_loss(IntPtr input, IntPtr target, IntPtr weight, long reduction);

    [LibraryImport(Library)]
    internal static partial IntPtr THSNN_kl_div(IntPtr input, IntPtr target, long reduction, [MarshalAs(UnmanagedType.U1)] bool logTarget);

    [LibraryImport(Library)]
    internal static partial IntPtr THSNN_cross_entropy(IntPtr input, IntPtr target, IntPtr weight, long ignoreIndex, long reduction, double smoothing);

    [LibraryImport(Library)]
    internal static partial IntPtr THSNN_binary_cross_entropy_with_logits(IntPtr input, IntPtr target, IntPtr weight, long reduction, IntPtr posWeights);

    [LibraryImport(Library)]
    internal static partial IntPtr THSNN_normalize(IntPtr input, double p, long dim, double eps);
}
