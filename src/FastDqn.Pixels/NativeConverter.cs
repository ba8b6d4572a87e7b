using System.Runtime.InteropServices;
using FastDqn.Core;

namespace FastDqn.Pixels;

/// <summary>Which code of the native converter runs.</summary>
public enum InstructionSet
{
    /// <summary>The widest that this CPU has.</summary>
    Best = -1,
    Scalar = 0,
    Avx2 = 1,

    /// <summary>AVX-512 with VBMI.</summary>
    Avx512 = 2,
}

/// <summary>
/// The vectorised conversion of <c>libfastdqn</c>, the same code that runs fused with stepping. Thread-safe.
/// </summary>
public sealed unsafe class NativeConverter : SafeHandle, IFrameConverter
{
    public NativeConverter(PixelOptions options, Palette palette, InstructionSet instructions = InstructionSet.Best)
        : base(0, ownsHandle: true)
    {
        ArgumentNullException.ThrowIfNull(options);
        ArgumentNullException.ThrowIfNull(palette);
        Native.EnsureLoaded();
        nint converter;
        fixed (byte* rgb = palette.Rgb, luminance = palette.Luminance)
            Native.Check(PixelsLibrary.fdq_pixels_create(
                options.Preset.Id, options.FrameHeight, rgb, luminance, options.Width, options.Height,
                options.Colour ? 1 : 0, (int)instructions, &converter));
        SetHandle(converter);
        var shape = stackalloc int[3];
        Native.Check(PixelsLibrary.fdq_pixels_shape(converter, shape));
        Shape = (shape[0], shape[1], shape[2]);
        FrameBytes = options.FrameHeight * PixelPlan.FrameWidth;
    }

    /// <summary>The widest instruction set there is code for on this CPU.</summary>
    public static InstructionSet Best => (InstructionSet)PixelsLibrary.fdq_pixels_best_isa();

    public override bool IsInvalid => handle == 0;

    public int FrameBytes { get; }

    public (int Planes, int Height, int Width) Shape { get; }

    public int ObservationBytes => Shape.Planes * Shape.Height * Shape.Width;

    public void Convert(ReadOnlySpan<byte> previous, ReadOnlySpan<byte> current, Span<byte> observations)
    {
        FrameSpans.Check(this, previous, current, observations, out var count);
        fixed (byte* a = previous, b = current, o = observations)
            Native.Check(PixelsLibrary.fdq_pixels_convert(handle, a, b, count, o));
    }

    protected override bool ReleaseHandle()
    {
        PixelsLibrary.fdq_pixels_destroy(handle);
        return true;
    }
}
