using FastDqn.Core;

namespace FastDqn.Pixels;

/// <summary>
/// The plain scalar conversion: what the vectorised and the device paths must equal byte for byte. Written to be
/// read; its speed does not matter.
/// </summary>
public sealed class ReferenceConverter : IFrameConverter
{
    private const int PillowHalf = 1 << (ResizeTaps.PillowBits - 1);

    private readonly PixelPlan _plan;

    public ReferenceConverter(PixelOptions options, Palette palette) => _plan = new PixelPlan(options, palette);

    public int FrameBytes => _plan.FrameBytes;

    public (int Planes, int Height, int Width) Shape => (_plan.OutputPlanes, _plan.Height, _plan.Width);

    public int ObservationBytes => _plan.OutputBytes;

    public void Convert(ReadOnlySpan<byte> previous, ReadOnlySpan<byte> current, Span<byte> observations)
    {
        FrameSpans.Check(this, previous, current, observations, out var count);
        for (var i = 0; i < count; i++)
            Finish(Planes(previous, current, i), observations.Slice(i * ObservationBytes, ObservationBytes));
    }

    /// <summary>
    /// The same from colours instead of palette indices: (rows, 160, 3) bytes. Gray comes from the formula, so for the
    /// presets that use the palette's own luminance it is the palette that decides whether the two agree.
    /// </summary>
    public void ConvertRgb(ReadOnlySpan<byte> previous, ReadOnlySpan<byte> current, Span<byte> observation)
    {
        if (previous.Length != 3 * FrameBytes || current.Length != 3 * FrameBytes || observation.Length != ObservationBytes)
            throw new ArgumentException($"frames of {3 * FrameBytes} bytes and an observation of {ObservationBytes} belong here");
        var planes = new byte[_plan.SourcePlanes][];
        for (var plane = 0; plane < planes.Length; plane++)
        {
            planes[plane] = new byte[_plan.Rows * PixelPlan.FrameWidth];
            for (var i = 0; i < planes[plane].Length; i++)
            {
                var at = 3 * ((_plan.Top * PixelPlan.FrameWidth) + i);
                planes[plane][i] = CombineColours(previous.Slice(at, 3), current.Slice(at, 3), plane);
            }
        }

        Finish(planes, observation);
    }

    /// <summary>
    /// What one kernel of the conversion must write: the combined planes, Pillow's columns, the resized planes, or
    /// the observations.
    /// </summary>
    internal byte[] OutputOf(string kernel, ReadOnlySpan<byte> previous, ReadOnlySpan<byte> current)
    {
        List<byte> output = [];
        for (var i = 0; i < current.Length / FrameBytes; i++)
        {
            var planes = Planes(previous, current, i);
            if (kernel == nameof(PixelKernels.Gray))
            {
                var observation = new byte[ObservationBytes];
                Finish(planes, observation);
                output.AddRange(observation);
                continue;
            }

            foreach (var plane in planes)
                output.AddRange(kernel switch
                {
                    nameof(PixelKernels.LookUpMax) or nameof(PixelKernels.LookUpPair) => plane,
                    nameof(PixelKernels.PillowColumns) => PillowColumns(plane),
                    _ => Resized(plane),
                });
        }

        return [.. output];
    }

    private byte[][] Planes(ReadOnlySpan<byte> previous, ReadOnlySpan<byte> current, int index)
    {
        var planes = new byte[_plan.SourcePlanes][];
        for (var plane = 0; plane < planes.Length; plane++)
            planes[plane] = Combine(
                previous.Slice(index * FrameBytes, FrameBytes), current.Slice(index * FrameBytes, FrameBytes), plane);
        return planes;
    }

    // One plane of the crop: (rows, 160).
    private byte[] Combine(ReadOnlySpan<byte> previous, ReadOnlySpan<byte> current, int plane)
    {
        var picture = new byte[_plan.Rows * PixelPlan.FrameWidth];
        var rgb = _plan.Palette.Rgb;
        var luminance = _plan.Palette.Luminance;
        for (var i = 0; i < picture.Length; i++)
        {
            var (a, b) = (previous[(_plan.Top * PixelPlan.FrameWidth) + i], current[(_plan.Top * PixelPlan.FrameWidth) + i]);
            picture[i] = _plan.SourcePlanes == 1 && _plan.Preset.Gray == GrayRule.Palette
                ? Math.Max(luminance[a], luminance[b])
                : CombineColours(rgb.Slice(3 * a, 3), rgb.Slice(3 * b, 3), plane);
        }

        return picture;
    }

    private byte CombineColours(ReadOnlySpan<byte> a, ReadOnlySpan<byte> b, int plane)
    {
        var preset = _plan.Preset;
        if (preset.Combination == FrameCombination.Newest)
            a = b;
        if (_plan.SourcePlanes == 3)
            return Math.Max(a[plane], b[plane]);
        return preset.Combination == FrameCombination.GrayThenMax
            ? Math.Max(PixelPlan.Gray(preset.Gray, a[0], a[1], a[2]), PixelPlan.Gray(preset.Gray, b[0], b[1], b[2]))
            : PixelPlan.Gray(preset.Gray, Math.Max(a[0], b[0]), Math.Max(a[1], b[1]), Math.Max(a[2], b[2]));
    }

    private void Finish(byte[][] planes, Span<byte> observation)
    {
        var size = _plan.Width * _plan.Height;
        if (!_plan.GrayAfterResize)
        {
            for (var plane = 0; plane < planes.Length; plane++)
                Resized(planes[plane]).CopyTo(observation[(plane * size)..]);
            return;
        }

        var small = planes.Select(Resized).ToArray();
        for (var i = 0; i < size; i++)
            observation[i] = PixelPlan.Gray(_plan.Preset.Gray, small[0][i], small[1][i], small[2][i]);
    }

    private byte[] Resized(byte[] picture)
    {
        var small = new byte[_plan.Width * _plan.Height];
        var narrow = _plan.TwoPasses ? PillowColumns(picture) : [];
        for (var y = 0; y < _plan.Height; y++)
            for (var x = 0; x < _plan.Width; x++)
                small[(y * _plan.Width) + x] = _plan.Resize switch
                {
                    ResizeRule.Area when _plan.WholeX > 0 => AreaWhole(picture, x, y),
                    ResizeRule.Area => Area(picture, x, y),
                    ResizeRule.Linear => Linear(picture, x, y),
                    _ when _plan.TwoPasses => PillowRow(narrow, x, y),
                    _ => picture[(_plan.NearestY![y] * PixelPlan.FrameWidth) + _plan.NearestX![x]],
                };
        return small;
    }

    // Columns first, then rows, each product and sum rounded to float.
    private byte Area(byte[] picture, int x, int y)
    {
        var (columns, rows) = (_plan.AreaX!, _plan.AreaY!);
        var sum = 0f;
        for (var j = 0; j < rows.Count[y]; j++)
        {
            var at = ((rows.First[y] + j) * PixelPlan.FrameWidth) + columns.First[x];
            var row = 0f;
            for (var k = 0; k < columns.Count[x]; k++)
                row += picture[at + k] * columns.Weight[(x * columns.Width) + k];
            sum += rows.Weight[(y * rows.Width) + j] * row;
        }

        return (byte)Math.Clamp(MathF.Round(sum, MidpointRounding.ToEven), 0, 255);
    }

    // OpenCV's way for whole-number shrinks: 2x2 in integers, half up; others in float, to even.
    private byte AreaWhole(byte[] picture, int x, int y)
    {
        var sum = 0;
        for (var j = 0; j < _plan.WholeY; j++)
            for (var k = 0; k < _plan.WholeX; k++)
                sum += picture[(((y * _plan.WholeY) + j) * PixelPlan.FrameWidth) + (x * _plan.WholeX) + k];
        return _plan is { WholeX: 2, WholeY: 2 }
            ? (byte)((sum + 2) >> 2)
            : (byte)MathF.Round(sum * (1f / (_plan.WholeX * _plan.WholeY)), MidpointRounding.ToEven);
    }

    private byte Linear(byte[] picture, int x, int y)
    {
        var (columns, rows) = (_plan.FixedX!, _plan.FixedY!);
        var value = 2;
        for (var j = 0; j < rows.Count[y]; j++)
        {
            var at = ((rows.First[y] + j) * PixelPlan.FrameWidth) + columns.First[x];
            var row = 0;
            for (var k = 0; k < columns.Count[x]; k++)
                row += picture[at + k] * columns.Weight[(x * columns.Width) + k];
            value += (rows.Weight[(y * rows.Width) + j] * (row >> 4)) >> 16;
        }

        return (byte)(value >> 2);
    }

    // The horizontal pass, rounded to bytes before the vertical one: (rows, width).
    private byte[] PillowColumns(byte[] picture)
    {
        var columns = _plan.FixedX!;
        var narrow = new byte[_plan.Rows * _plan.Width];
        for (var i = 0; i < narrow.Length; i++)
        {
            var (row, x) = (i / _plan.Width, i % _plan.Width);
            var sum = PillowHalf;
            for (var k = 0; k < columns.Count[x]; k++)
                sum += picture[(row * PixelPlan.FrameWidth) + columns.First[x] + k] * columns.Weight[(x * columns.Width) + k];
            narrow[i] = (byte)Math.Clamp(sum >> ResizeTaps.PillowBits, 0, 255);
        }

        return narrow;
    }

    private byte PillowRow(byte[] narrow, int x, int y)
    {
        var rows = _plan.FixedY!;
        var sum = PillowHalf;
        for (var j = 0; j < rows.Count[y]; j++)
            sum += narrow[((rows.First[y] + j) * _plan.Width) + x] * rows.Weight[(y * rows.Width) + j];
        return (byte)Math.Clamp(sum >> ResizeTaps.PillowBits, 0, 255);
    }
}

/// <summary>The check that all converters make of their spans.</summary>
internal static class FrameSpans
{
    public static void Check(
        IFrameConverter converter, ReadOnlySpan<byte> previous, ReadOnlySpan<byte> current, ReadOnlySpan<byte> observations, out int count)
    {
        count = current.Length / converter.FrameBytes;
        if (current.Length != count * converter.FrameBytes || previous.Length != current.Length
            || observations.Length != (long)count * converter.ObservationBytes)
            throw new FastDqnException(
                ErrorKind.Usage,
                $"{previous.Length} and {current.Length} bytes of frames ({converter.FrameBytes} each) "
                + $"for {observations.Length} bytes of observations ({converter.ObservationBytes} each)");
    }
}
