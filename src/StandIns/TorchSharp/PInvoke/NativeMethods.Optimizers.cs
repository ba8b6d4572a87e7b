using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace TorchSharp.PInvoke;

internal static partial class NativeMethods
{
    // A field read: constant time, no lock, no callback.
    [LibraryImport(Library)]
    [SuppressGCTransition]
    [return: MarshalAs(UnmanagedType.U1)]
    internal static partial bool THSTensor_has_grad(IntPtr self);

    [LibraryImport(Library)]
    internal static partial int THSTensor_clip_grad_norm_(in IntPtr list, int length, double maxNorm, double normType, out double norm);

    [LibraryImport(Library)]
    internal static partial IntPtr THSLinalg_qr(IntPtr self, long mode, out IntPtr second);

    [LibraryImport(Library)]
    internal static partial int THSNN_Adam_step(in IntPtr parameters, in IntPtr firstMoments, in IntPtr secondMoments, in IntPtr maxima, in long steps, int length, double lr, double beta1, double beta2, double eps, double weightDecay, [MarshalAs(UnmanagedType.U1)] bool decoupled, [MarshalAs(UnmanagedType.U1)] bool maximize);

    [LibraryImport(Library)]
    internal static partial int THSNN_RAdam_step(in IntPtr parameters, in IntPtr firstMoments, in IntPtr secondMoments, in long steps, int length, double lr, double beta1, double beta2, double eps, double weightDecay);

    [LibraryImport(Library)]
    internal static partial int THSNN_RMSprop_step(in IntPtr parameters, in IntPtr squares, in IntPtr momenta, in IntPtr means, int length, double lr, double alpha, double eps, double weightDecay, double momentum, [MarshalAs(UnmanagedType.U1)] bool centered, [MarshalAs(UnmanagedType.U1)] bool maximize);

    [LibraryImport(Library)]
    internal static partial int THSNN_SGD_step(in IntPtr parameters, in IntPtr momenta, in byte first, int length, double lr, double momentum, double dampening, double weightDecay, [MarshalAs(UnmanagedType.U1)] bool nesterov, [MarshalAs(UnmanagedType.U1)] bool maximize);
}
