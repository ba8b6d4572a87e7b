using FastDqn.Core;

namespace FastDqn.Pixels;

/// <summary>
/// What is to be converted: a preset for frames of a height, with the output's size and colours if not the preset's
/// own.
/// </summary>
/// <param name="FrameHeight">Rows of a frame: 210 (NTSC) or 250 (PAL); a row has 160 pixels.</param>
/// <param name="Width">Columns of an observation; 0 for the preset's own.</param>
/// <param name="Height">Rows of an observation; 0 for the preset's own.</param>
/// <param name="Colour">Three planes (R, G, B), each resized, instead of gray.</param>
public sealed record PixelOptions(PixelPreset Preset, int FrameHeight = 210, int Width = 0, int Height = 0, bool Colour = false);

/// <summary>A gray level in fixed point: (Red R + Green G + Blue B + Half) >> Shift.</summary>
internal readonly record struct GrayWeights(int Red, int Green, int Blue, int Half, int Shift)
{
    public byte Of(int r, int g, int b) => (byte)(((r * Red) + (g * Green) + (b * Blue) + Half) >> Shift);
}

/// <summary>A preset worked out for one size: what the reference and the device kernels both follow.</summary>
internal sealed class PixelPlan
{
    public const int FrameWidth = 160;
    public const int MaxFrameHeight = 256;

    public PixelPlan(PixelOptions options, Palette palette)
    {
        ArgumentNullException.ThrowIfNull(options);
        ArgumentNullException.ThrowIfNull(palette);
        var preset = options.Preset;
        Preset = preset;
        FrameHeight = options.FrameHeight;
        Top = preset.CropTop;
        Rows = preset.CropRows > 0 ? preset.CropRows : options.FrameHeight - preset.CropTop;
        Width = options.Width > 0 ? options.Width : preset.Width;
        Height = options.Height > 0 ? options.Height : preset.Height;
        Colour = options.Colour;
        GrayAfterResize = preset.GrayAfterResize && !options.Colour;
        Validate();
        SourcePlanes = options.Colour || GrayAfterResize ? 3 : 1;
        OutputPlanes = options.Colour ? 3 : 1;
        Palette = palette;

        if (preset.Resize == ResizeRule.Area && FrameWidth % Width == 0 && Rows % Height == 0)
            (WholeX, WholeY) = (FrameWidth / Width, Rows / Height);
        switch (preset.Resize)
        {
            case ResizeRule.Area:
                (AreaX, AreaY) = (ResizeTaps.Area(FrameWidth, Width), ResizeTaps.Area(Rows, Height));
                break;
            case ResizeRule.Linear:
                (FixedX, FixedY) = (ResizeTaps.Linear(FrameWidth, Width), ResizeTaps.Linear(Rows, Height));
                break;
            case ResizeRule.PillowBilinear:
                (FixedX, FixedY) = (ResizeTaps.PillowBilinear(FrameWidth, Width), ResizeTaps.PillowBilinear(Rows, Height));
                break;
            case ResizeRule.PillowBicubic:
                (FixedX, FixedY) = (ResizeTaps.PillowBicubic(FrameWidth, Width), ResizeTaps.PillowBicubic(Rows, Height));
                break;
            case ResizeRule.Nearest:
                (NearestX, NearestY) = (ResizeTaps.Nearest(FrameWidth, Width), ResizeTaps.Nearest(Rows, Height));
                break;
            case ResizeRule.PillowNearest:
                (NearestX, NearestY) = (ResizeTaps.PillowNearest(FrameWidth, Width), ResizeTaps.PillowNearest(Rows, Height));
                break;
            case ResizeRule.TensorFlowNearest:
                (NearestX, NearestY) = (ResizeTaps.TensorFlowNearest(FrameWidth, Width), ResizeTaps.TensorFlowNearest(Rows, Height));
                break;
            default:
                NearestX = [.. Enumerable.Range(0, Width).Select(x => 2 * x)];
                NearestY = [.. Enumerable.Range(0, Height).Select(y => 2 * y)];
                break;
        }
    }

    public PixelPreset Preset { get; }

    public Palette Palette { get; }

    public ResizeRule Resize => Preset.Resize;

    /// <summary>Columns first, rounded to bytes, then rows: Pillow's way with <see cref="FixedX"/>.</summary>
    public bool TwoPasses => Resize is ResizeRule.PillowBilinear or ResizeRule.PillowBicubic;

    public int FrameHeight { get; }

    public int FrameBytes => FrameHeight * FrameWidth;

    /// <summary>First row of the crop.</summary>
    public int Top { get; }

    /// <summary>Rows of the crop.</summary>
    public int Rows { get; }

    public int Width { get; }

    public int Height { get; }

    public bool Colour { get; }

    public bool GrayAfterResize { get; }

    /// <summary>Planes that are resized.</summary>
    public int SourcePlanes { get; }

    /// <summary>Planes of an observation.</summary>
    public int OutputPlanes { get; }

    public int OutputBytes => OutputPlanes * Width * Height;

    /// <summary>
    /// Source pixels a side of an output pixel where both sides shrink by whole numbers; 0 otherwise.
    /// </summary>
    public int WholeX { get; }

    public int WholeY { get; }

    public ResizeTaps<float>? AreaX { get; }

    public ResizeTaps<float>? AreaY { get; }

    public ResizeTaps<int>? FixedX { get; }

    public ResizeTaps<int>? FixedY { get; }

    public int[]? NearestX { get; }

    public int[]? NearestY { get; }

    /// <summary>
    /// The gray level of a colour; <see cref="GrayRule.Palette"/> takes the emulator's formula for it.
    /// </summary>
    public static byte Gray(GrayRule rule, int r, int g, int b) => rule switch
    {
        GrayRule.OpenCv or GrayRule.Pillow or GrayRule.PillowOld => WeightsOf(rule).Of(r, g, b),
        GrayRule.TensorFlow => TensorFlowGray(r, g, b),
        GrayRule.Truncated => (byte)((0.299 * r) + ((1 - (0.299 + 0.587)) * b) + (0.587 * g)),
        GrayRule.ColourMean => (byte)(r + g + b == 448 ? 0 : (r + g + b) / 3),
        _ => (byte)Math.Round((0.2989 * r) + (0.587 * g) + (0.114 * b), MidpointRounding.AwayFromZero),
    };

    /// <summary>The weights of a gray that is made in fixed point.</summary>
    public static GrayWeights WeightsOf(GrayRule rule) => rule switch
    {
        GrayRule.Pillow => new(19595, 38470, 7471, 32768, 16),
        GrayRule.PillowOld => new(19595, 38470, 7471, 0, 16),
        _ => new(9798, 19235, 3735, 16384, 15),
    };

    private static byte TensorFlowGray(int r, int g, int b)
    {
        const float Share = 1f / 255f;
        var (red, green, blue) = (r * Share * 0.2989f, g * Share * 0.587f, b * Share * 0.114f);
        return (byte)(((red + green) + blue) * 255.5f);
    }

    private void Validate()
    {
        var name = $"pixel preset '{Preset.Name}'";
        if (FrameHeight is < 1 or > MaxFrameHeight)
            throw new FastDqnException(ErrorKind.Usage, $"{name}: a frame of {FrameHeight} rows; 1 to {MaxFrameHeight} are possible");
        if (Top + Rows > FrameHeight)
            throw new FastDqnException(
                ErrorKind.Usage, $"{name} needs frames of at least {Top + Rows} rows; these have {FrameHeight}");
        if (Preset.Resize == ResizeRule.EverySecond && (Width != Preset.Width || Height != Preset.Height))
            throw new FastDqnException(ErrorKind.Usage, $"{name} makes {Preset.Width}x{Preset.Height} observations only");
        if (Width > FrameWidth || Height > Rows)
            throw new FastDqnException(
                ErrorKind.Usage, $"{name}: an observation of {Width}x{Height} is larger than the frame's {FrameWidth}x{Rows}");
    }
}
