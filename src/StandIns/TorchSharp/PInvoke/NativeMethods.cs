using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

[assembly: DisableRuntimeMarshalling]

namespace TorchSharp.PInvoke;

/// <summary>
/// The interop class of <c>libLibTorchSharp.so</c> (native/torch). Handles are raw pointers to <c>at::Tensor</c>;
/// a call that makes a tensor gives null for failure, one that changes a tensor gives non-zero, and the message waits
/// in the calling thread's slot. All arguments are blittable, so that a call costs no more than the transition.
/// </summary>
internal static unsafe partial class NativeMethods
{
    internal const string Library = "LibTorchSharp";

    [LibraryImport(Library)]
    internal static partial IntPtr THSTorch_get_and_reset_last_err();

    [LibraryImport(Library)]
    internal static partial void THSTorch_free(void* memory);

    [LibraryImport(Library)]
    internal static partial int THSTorch_get_num_threads();

    [LibraryImport(Library)]
    internal static partial int THSTorch_set_num_threads(int count);

    [LibraryImport(Library)]
    internal static partial int THSTorch_get_num_interop_threads();

    [LibraryImport(Library)]
    internal static partial int THSTorch_set_num_interop_threads(int count);

    [LibraryImport(Library)]
    internal static partial int THSTorch_manual_seed(long seed);

    [LibraryImport(Library)]
    [return: MarshalAs(UnmanagedType.U1)]
    internal static partial bool THSTorchCuda_is_available();

    [LibraryImport(Library)]
    [return: MarshalAs(UnmanagedType.U1)]
    internal static partial bool THSTorchCuda_cudnn_is_available();

    [LibraryImport(Library)]
    internal static partial int THSTorchCuda_device_count();

    [LibraryImport(Library)]
    internal static partial int THSTorchCuda_synchronize(long deviceIndex);

    // Reads and writes of one thread-local flag: constant time, no lock, no callback.
    [LibraryImport(Library)]
    [SuppressGCTransition]
    [return: MarshalAs(UnmanagedType.U1)]
    internal static partial bool THSAutograd_isGradEnabled();

    [LibraryImport(Library)]
    [SuppressGCTransition]
    internal static partial void THSAutograd_setGrad([MarshalAs(UnmanagedType.U1)] bool enabled);

    [LibraryImport(Library)]
    [SuppressGCTransition]
    [return: MarshalAs(UnmanagedType.U1)]
    internal static partial bool THSAutograd_isInferenceModeEnabled();

    [LibraryImport(Library)]
    internal static partial IntPtr THSAutograd_getInferenceModeGuard([MarshalAs(UnmanagedType.U1)] bool mode);

    [LibraryImport(Library)]
    internal static partial void THSAutograd_deleteInferenceModeGuard(IntPtr guard);

    [LibraryImport(Library)]
    internal static partial IntPtr THSGenerator_default_generator();

    [LibraryImport(Library)]
    internal static partial IntPtr THSGenerator_new(ulong seed);

    [LibraryImport(Library)]
    internal static partial void THSGenerator_dispose(IntPtr generator);

    [LibraryImport(Library)]
    internal static partial IntPtr THSGenerator_get_rng_state(IntPtr generator);

    [LibraryImport(Library)]
    internal static partial int THSGenerator_set_rng_state(IntPtr generator, IntPtr state);

    [LibraryImport(Library)]
    internal static partial int THSGenerator_gen_manual_seed(IntPtr generator, long seed);

    [LibraryImport(Library)]
    internal static partial long THSGenerator_initial_seed(IntPtr generator);

    [LibraryImport(Library)]
    internal static partial long THSGenerator_seed(IntPtr generator);
}
