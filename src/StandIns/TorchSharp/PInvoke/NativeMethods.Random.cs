using System.Runtime.InteropServices;

namespace TorchSharp.PInvoke;

internal static partial class NativeMethods
{
    [LibraryImport(Library)]
    internal static partial int THSTensor_normal_(IntPtr self, double mean, double std, IntPtr generator);

    [LibraryImport(Library)]
    internal static partial int THSTensor_uniform_(IntPtr self, double from, double to, IntPtr generator);

    [LibraryImport(Library)]
    internal static partial IntPtr THSTensor_bernoulli(IntPtr self, IntPtr generator);

    [LibraryImport(Library)]
    internal static partial int THSTensor_bernoulli_(IntPtr self, double p, IntPtr generator);

    [LibraryImport(Library)]
    internal static partial int THSTensor_bernoulli_2(IntPtr self, IntPtr p, IntPtr generator);

    [LibraryImport(Library)]
    internal static partial int THSTensor_random_(IntPtr self, double from, double to, IntPtr generator);

    [LibraryImport(Library)]
    internal static partial int THSTensor_exponential_(IntPtr self, double lambda, IntPtr generator);

    [LibraryImport(Library)]
    internal static partial int THSTensor_geometric_(IntPtr self, double p, IntPtr generator);

    [LibraryImport(Library)]
    internal static partial int THSTensor_log_normal_(IntPtr self, double mean, double std, IntPtr generator);

    [LibraryImport(Library)]
    internal static partial int THSTensor_cauchy_(IntPtr self, double median, double sigma, IntPtr generator);

    [LibraryImport(Library)]
    internal static partial IntPtr THSTensor_multinomial(IntPtr self, long num_samples, [MarshalAs(UnmanagedType.U1)] bool replacement, IntPtr generator);
}
