namespace FastDqn.Environments.CartPole;

/// <summary>
/// Pillow's bicubic reduction of an RGB picture, byte for byte: cubic convolution (a = -0.5) stretched by the ratio of
/// the sizes, weights in 22-bit fixed point, columns first and then rows, rounded to a byte in between.
/// </summary>
public sealed class BicubicReducer
{
    private const int Precision = 22;
    private const int Half = 1 << (Precision - 1);

    private readonly int _width, _height, _outWidth, _outHeight;
    private readonly (int First, int[] Weights)[] _columns, _rows;
    private readonly byte[] _between;

    public BicubicReducer(int width, int height, int outWidth, int outHeight)
    {
        (_width, _height, _outWidth, _outHeight) = (width, height, outWidth, outHeight);
        _columns = Weights(width, outWidth);
        _rows = Weights(height, outHeight);
        _between = new byte[height * outWidth * 3];
    }

    /// <summary>Reduces height x width x 3 bytes to outHeight x outWidth x 3. Allocates nothing.</summary>
    public void Reduce(ReadOnlySpan<byte> source, Span<byte> target)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(source.Length, _width * _height * 3, nameof(source));
        ArgumentOutOfRangeException.ThrowIfLessThan(target.Length, _outWidth * _outHeight * 3, nameof(target));
        for (var y = 0; y < _height; y++)
        {
            var from = source.Slice(y * _width * 3, _width * 3);
            var to = _between.AsSpan(y * _outWidth * 3, _outWidth * 3);
            // Most rows of a drawing repeat the one above: what it gave can be copied.
            if (y > 0 && from.SequenceEqual(source.Slice((y - 1) * _width * 3, _width * 3)))
            {
                _between.AsSpan((y - 1) * _outWidth * 3, _outWidth * 3).CopyTo(to);
                continue;
            }

            for (var x = 0; x < _outWidth; x++)
                Sum(from[(3 * _columns[x].First)..], 3, _columns[x].Weights, to.Slice(3 * x, 3));
        }

        for (var y = 0; y < _outHeight; y++)
        {
            for (var x = 0; x < _outWidth; x++)
            {
                Sum(
                    _between.AsSpan(((_rows[y].First * _outWidth) + x) * 3),
                    _outWidth * 3,
                    _rows[y].Weights,
                    target.Slice(((y * _outWidth) + x) * 3, 3));
            }
        }
    }

    private static void Sum(ReadOnlySpan<byte> source, int stride, int[] weights, Span<byte> target)
    {
        int red = Half, green = Half, blue = Half;
        var at = 0;
        foreach (var weight in weights)
        {
            red += source[at] * weight;
            green += source[at + 1] * weight;
            blue += source[at + 2] * weight;
            at += stride;
        }

        target[0] = (byte)Math.Clamp(red >> Precision, 0, 255);
        target[1] = (byte)Math.Clamp(green >> Precision, 0, 255);
        target[2] = (byte)Math.Clamp(blue >> Precision, 0, 255);
    }

    private static (int First, int[] Weights)[] Weights(int from, int to)
    {
        var ratio = (double)from / to;
        var scale = Math.Max(ratio, 1);
        var support = 2 * scale;
        var weights = new (int, int[])[to];
        for (var i = 0; i < to; i++)
        {
            var centre = (i + 0.5) * ratio;
            var first = Math.Max((int)(centre - support + 0.5), 0);
            var end = Math.Min((int)(centre + support + 0.5), from);
            var taps = new double[end - first];
            var sum = 0.0;
            for (var k = 0; k < taps.Length; k++)
            {
                taps[k] = Cubic((k + first - centre + 0.5) * (1 / scale));
                sum += taps[k];
            }

            weights[i] = (first, [.. taps.Select(tap => Round(tap / sum * (1 << Precision)))]);
        }

        return weights;

        static int Round(double value) => value < 0 ? (int)(value - 0.5) : (int)(value + 0.5);
    }

    private static double Cubic(double x)
    {
        const double A = -0.5;
        x = Math.Abs(x);
        return x switch
        {
            < 1 => ((((A + 2.0) * x) - (A + 3.0)) * x * x) + 1,
            < 2 => ((((x - 5) * x) + 8) * x - 4) * A,
            _ => 0,
        };
    }
}
