using System.Globalization;

namespace FastDqn.Learning.Specs;

/// <summary>Zeros around what a convolution sees: <c>valid</c>, <c>same</c> or how many on each side.</summary>
public readonly record struct Padding
{
    /// <summary>What can be written.</summary>
    public const string Forms = "valid | same | N";

    private const int Most = 255;

    /// <summary>
    /// TensorFlow's SAME: the output has 1 / stride of each side, rounded up; an odd zero goes to the bottom and to the
    /// right.
    /// </summary>
    public static readonly Padding Same = new() { IsSame = true };

    public bool IsSame { get; private init; }

    /// <summary>Zeros on each side; 0: none.</summary>
    public int Size { get; private init; }

    /// <summary>So many zeros on each side.</summary>
    public static Padding Of(int size) => new() { Size = size };

    /// <exception cref="FormatException">The text is none of <see cref="Forms"/>.</exception>
    public static Padding Parse(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        return text.Trim().ToUpperInvariant() switch
        {
            "VALID" => default,
            "SAME" => Same,
            var number when int.TryParse(number, NumberStyles.None, CultureInfo.InvariantCulture, out var size) && size <= Most => Of(size),
            _ => throw new FormatException(string.Create(CultureInfo.InvariantCulture, $"is none of {Forms} (0 to {Most} zeros)")),
        };
    }

    /// <summary>Zeros before and after <paramref name="size"/> rows or columns.</summary>
    public (int Before, int After) Along(int size, int kernel, int stride)
    {
        if (!IsSame)
            return (Size, Size);
        var outputs = (size + stride - 1) / stride;
        var zeros = Math.Max(0, ((outputs - 1) * stride) + kernel - size);
        return (zeros / 2, zeros - (zeros / 2));
    }

    public override string ToString() => IsSame ? "same" : Size == 0 ? "valid" : Size.ToString(CultureInfo.InvariantCulture);
}
