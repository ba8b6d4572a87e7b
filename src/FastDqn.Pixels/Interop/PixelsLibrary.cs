using System.Runtime.InteropServices;
using FastDqn.Core;

namespace FastDqn.Pixels;

/// <summary>The exports of <c>fastdqn/pixels.h</c>.</summary>
internal static partial class PixelsLibrary
{
    [LibraryImport(Native.Library)]
    internal static partial int fdq_pixels_best_isa();

    [LibraryImport(Native.Library)]
    internal static unsafe partial int fdq_pixels_create(
        int preset, int frameHeight, byte* rgb, byte* luminance, int width, int height, int colour, int isa, nint* converter);

    [LibraryImport(Native.Library)]
    internal static partial void fdq_pixels_destroy(nint converter);

    [LibraryImport(Native.Library)]
    internal static unsafe partial int fdq_pixels_shape(nint converter, int* shape);

    [LibraryImport(Native.Library)]
    internal static unsafe partial int fdq_pixels_convert(
        nint converter, byte* previous, byte* current, int count, byte* observations);
}
