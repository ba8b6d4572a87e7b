using FastDqn.Core;

namespace FastDqn.Environments.CartPole;

/// <summary>
/// Pillow's bicubic reduction of an RGB picture, byte for byte: cubic convolution (a = -0.5) stretched by the ratio of
/// the sizes, weights in 22-bit fixed point, columns first and then rows, rounded to a byte in between.
/// </summary>
public sealed class BicubicReducer
{
    private const int Half = 1 << (ResizeTaps.PillowBits - 1);

    private readonly int _width, _height, _outWidth, _outHeight;
    private readonly ResizeTaps<int> _columns, _rows;
    private readonly byte[] _between;

    public BicubicReducer(int width, int height, int outWidth, int outHeight)
    {
        (_width, _height, _outWidth, _outHeight) = (width, height, outWidth, outHeight);
        _columns = ResizeTaps.PillowBicubic(width, outWidth);
        _rows = ResizeTaps.PillowBicubic(height, outHeight);
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
                Sum(from[(3 * _columns.First[x])..], 3, _columns.WeightsOf(x), to.Slice(3 * x, 3));
        }

        for (var y = 0; y < _outHeight; y++)
        {
            for (var x = 0; x < _outWidth; x++)
            {
                Sum(
                    _between.AsSpan(((_rows.First[y] * _outWidth) + x) * 3),
                    _outWidth * 3,
                    _rows.WeightsOf(y),
                    target.Slice(((y * _outWidth) + x) * 3, 3));
            }
        }
    }

    private static void Sum(ReadOnlySpan<byte> source, int stride, ReadOnlySpan<int> weights, Span<byte> target)
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

        target[0] = (byte)Math.Clamp(red >> ResizeTaps.PillowBits, 0, 255);
        target[1] = (byte)Math.Clamp(green >> ResizeTaps.PillowBits, 0, 255);
        target[2] = (byte)Math.Clamp(blue >> ResizeTaps.PillowBits, 0, 255);
    }
}
