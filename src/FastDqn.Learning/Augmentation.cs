using FastDqn.Core;
using FastDqn.Learning.Interop;
using FastDqn.Learning.Specs;
using TorchSharp;
using static TorchSharp.torch;

namespace FastDqn.Learning;

/// <summary>
/// Random shifts and intensities of observed images, each stack with its own (<see cref="AugmentSpec"/>). What is drawn
/// comes from the host; the images are changed where they lie.
/// </summary>
internal sealed class Augmentation : IDisposable
{
    /// <summary>Numbers drawn for an image: pixels down, pixels to the right, factor.</summary>
    public const int PerImage = 3;

    private const double Farthest = 2;
    private readonly AugmentSpec _spec;
    private readonly Tensor _rows;
    private readonly Tensor _columns;

    /// <param name="spec">What is changed.</param>
    /// <param name="input">Images.</param>
    /// <param name="device">Where they lie.</param>
    public Augmentation(AugmentSpec spec, NetworkInput input, Device device)
    {
        _spec = spec;
        _rows = arange(input.Shape[^2], ScalarType.Float32, device).unsqueeze(0).DetachFromDisposeScope();
        _columns = arange(input.Shape[^1], ScalarType.Float32, device).unsqueeze(0).DetachFromDisposeScope();
    }

    /// <summary>Draws for as many images as fit.</summary>
    public void Draw(RandomStream random, Span<float> numbers)
    {
        for (var i = 0; i < numbers.Length; i += PerImage)
        {
            (numbers[i], numbers[i + 1]) = _spec.Shift == 0 ? (0, 0) : (Pixels(), Pixels());
            numbers[i + 2] = _spec.Intensity == 0
                ? 1
                : (float)(1 + (_spec.Intensity * Math.Clamp(random.NextGaussian(), -Farthest, Farthest)));
        }

        float Pixels() => random.NextInt32((2 * _spec.Shift) + 1) - _spec.Shift;
    }

    /// <summary>
    /// (B, ..., H, W) images as floats in their own range: image i shows, at (y, x), its pixel at (y + down, x +
    /// right), or the nearest there is, times the factor.
    /// </summary>
    /// <param name="images">Bytes or floats.</param>
    /// <param name="drawn">(B, <see cref="PerImage"/>).</param>
    public Tensor Apply(Tensor images, Tensor drawn)
    {
        var (count, height, width) = (images.size(0), _rows.size(1), _columns.size(1));
        var planes = images.view(count, -1, height * width);
        // Places in an image are whole numbers that a float holds.
        var places = Moved(_rows, 0, height).mul_(Numbers.Of(width)).unsqueeze(2).Plus(Moved(_columns, 1, width).unsqueeze(1));
        var index = places.view(count, 1, height * width).to(ScalarType.Int64).expand(count, planes.size(1), height * width);
        return planes.gather(2, index).to(ScalarType.Float32).mul_(drawn.select(1, 2).view(count, 1, 1)).view(images.shape);

        Tensor Moved(Tensor from, int number, long length) =>
            from.Plus(drawn.select(1, number).unsqueeze(1)).clamp_(Numbers.Zero, Numbers.Of(length - 1));
    }

    public void Dispose()
    {
        _rows.Dispose();
        _columns.Dispose();
    }
}
