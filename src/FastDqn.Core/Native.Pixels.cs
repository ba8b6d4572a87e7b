using System.Runtime.InteropServices;

namespace FastDqn.Core;

public static partial class Native
{
    [LibraryImport(Library)]
    internal static partial int fdq_pixels_best_isa();

    [LibraryImport(Library)]
    internal static unsafe partial int fdq_pixels_create(
        int preset, int frameHeight, byte* rgb, byte* luminance, int width, int height, int colour, int isa, nint* converter);

    [LibraryImport(Library)]
    internal static partial void fdq_pixels_destroy(nint converter);

    [LibraryImport(Library)]
    internal static unsafe partial int fdq_pixels_shape(nint converter, int* shape);

    [LibraryImport(Library)]
    internal static unsafe partial int fdq_pixels_convert(
        nint converter, byte* previous, byte* current, int count, byte* observations);
}
