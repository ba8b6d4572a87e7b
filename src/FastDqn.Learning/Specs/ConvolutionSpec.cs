using System.Globalization;
using System.Text;

namespace FastDqn.Learning.Specs;

/// <summary>
/// A convolution of a composed body, written <c>32 8x8/4</c>: filters, kernel, stride. What differs from the body's
/// padding, norm and activation follows: <c>64 5x5/2 padding=same norm=batch activation=leaky_relu(0.01)</c>.
/// </summary>
/// <param name="Filters">Channels of the output.</param>
/// <param name="Height">The kernel's.</param>
/// <param name="Width">The kernel's.</param>
/// <param name="Stride">Both ways.</param>
public sealed record ConvolutionSpec(int Filters, int Height, int Width, int Stride)
{
    /// <summary>What can be written.</summary>
    public const string Forms = "FILTERS HEIGHTxWIDTH/STRIDE [padding=P] [norm=N] [activation=A]";

    private const int MostFilters = 65536;
    private const int LargestKernel = 1024;

    /// <summary>Null: the body's.</summary>
    public Padding? Padding { get; init; }

    /// <summary>Null: the body's.</summary>
    public NormKind? Norm { get; init; }

    /// <summary>Null: the body's.</summary>
    public Activation? Activation { get; init; }

    /// <exception cref="FormatException">Why the text is no convolution.</exception>
    public static ConvolutionSpec Parse(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        var words = text.Split(' ', StringSplitOptions.RemoveEmptyEntries);
        if (words.Length < 2)
            throw Wrong(text);
        var sizes = words[1].Split('/');
        var kernel = sizes[0].Split('x', 'X');
        if (sizes.Length > 2 || kernel.Length > 2)
            throw Wrong(text);
        var height = Number(kernel[0], LargestKernel);
        var parsed = new ConvolutionSpec(
            Number(words[0], MostFilters),
            height,
            kernel.Length == 2 ? Number(kernel[1], LargestKernel) : height,
            sizes.Length == 2 ? Number(sizes[1], LargestKernel) : 1);
        foreach (var word in words[2..])
        {
            var pair = word.Split('=', 2);
            if (words[2..].Count(other => other.Split('=', 2)[0] == pair[0]) > 1)
                throw new FormatException($"has '{text.Trim()}', which says {pair[0]} twice");
            parsed = pair[0] switch
            {
                "padding" when pair.Length == 2 => parsed with { Padding = Part(word, pair[1], Specs.Padding.Parse) },
                "norm" when pair.Length == 2 => parsed with { Norm = Part(word, pair[1], ParseNorm) },
                "activation" when pair.Length == 2 => parsed with { Activation = Part(word, pair[1], Specs.Activation.Parse) },
                _ => throw Wrong(text),
            };
        }

        return parsed;

        int Number(string word, int most) =>
            int.TryParse(word, NumberStyles.None, CultureInfo.InvariantCulture, out var number) && number >= 1 && number <= most
                ? number
                : throw Wrong(text, $" ('{word}' is no number from 1 to {most})");
    }

    public override string ToString()
    {
        var text = new StringBuilder();
        text.Append(CultureInfo.InvariantCulture, $"{Filters} {Height}x{Width}/{Stride}");
        if (Padding is { } padding)
            text.Append(CultureInfo.InvariantCulture, $" padding={padding}");
        if (Norm is { } norm)
            text.Append(CultureInfo.InvariantCulture, $" norm={NamedForm.Write(norm)}");
        if (Activation is { } activation)
            text.Append(CultureInfo.InvariantCulture, $" activation={activation}");
        return text.ToString();
    }

    private static NormKind ParseNorm(string text) =>
        NamedForm.TryWord<NormKind>(text, out var norm) ? norm : throw new FormatException("is none of none | layer | batch");

    private static T Part<T>(string word, string value, Func<string, T> parse)
    {
        try
        {
            return parse(value);
        }
        catch (FormatException e)
        {
            throw new FormatException($"has '{word}', where '{value}' {e.Message}");
        }
    }

    private static FormatException Wrong(string text, string where = "") =>
        new($"has '{text.Trim()}', which is no convolution{where}: write {Forms}, as 32 8x8/4");
}
