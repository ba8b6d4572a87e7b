using FastDqn.Core;

namespace FastDqn.Environments.CartPole;

/// <summary>
/// OpenCV's INTER_LINEAR of an RGB picture, byte for byte, into three planes: four neighbours a pixel whatever the
/// shrink, weights of 11 bits.
/// </summary>
public sealed class LinearReducer
{
    private readonly int _width, _height;
    private readonly ResizeTaps<int> _columns, _rows;

    public LinearReducer(int width, int height, int outWidth, int outHeight)
    {
        (_width, _height) = (width, height);
        _columns = ResizeTaps.Linear(width, outWidth);
        _rows = ResizeTaps.Linear(height, outHeight);
    }

    /// <summary>Reduces height x width x 3 bytes to 3 x outHeight x outWidth. Allocates nothing.</summary>
    public void Reduce(ReadOnlySpan<byte> source, Span<byte> target)
    {
        var (columns, rows) = (_columns.First.Length, _rows.First.Length);
        ArgumentOutOfRangeException.ThrowIfLessThan(source.Length, _width * _height * 3, nameof(source));
        ArgumentOutOfRangeException.ThrowIfLessThan(target.Length, columns * rows * 3, nameof(target));
        for (var y = 0; y < rows; y++)
        {
            for (var x = 0; x < columns; x++)
            {
                for (var channel = 0; channel < 3; channel++)
                    target[(((channel * rows) + y) * columns) + x] = Blend(source, x, y, channel);
            }
        }
    }

    private byte Blend(ReadOnlySpan<byte> source, int x, int y, int channel)
    {
        var across = _columns.WeightsOf(x);
        var down = _rows.WeightsOf(y);
        var value = 2;
        for (var j = 0; j < down.Length; j++)
        {
            var at = (((_rows.First[y] + j) * _width) + _columns.First[x]) * 3 + channel;
            var row = 0;
            for (var k = 0; k < across.Length; k++)
                row += source[at + (3 * k)] * across[k];
            value += (down[j] * (row >> 4)) >> 16;
        }

        return (byte)(value >> 2);
    }
}
