using System.Globalization;

namespace FastDqn.Media;

/// <summary>A range of values and the pixels that it is drawn on.</summary>
/// <param name="Low">The lowest value.</param>
/// <param name="High">The highest value.</param>
/// <param name="From">Where the lowest value lies, in pixels.</param>
/// <param name="To">Where the highest value lies, in pixels.</param>
public sealed record Axis(double Low, double High, double From, double To)
{
    // Of the range, at either end: a curve never lies on the frame.
    private const double Room = 0.04;

    /// <summary>
    /// An axis that shows all of these values, with room at both ends. It has zero where they are all above it and not
    /// far from it. Those that are not finite do not count.
    /// </summary>
    public static Axis Over(IEnumerable<double> values, double from, double to)
    {
        ArgumentNullException.ThrowIfNull(values);
        var (low, high) = (double.PositiveInfinity, double.NegativeInfinity);
        foreach (var value in values.Where(double.IsFinite))
            (low, high) = (Math.Min(low, value), Math.Max(high, value));
        if (!(low <= high))
            return new Axis(0, 1, from, to);
        if (high - low <= 1e-12 * Math.Max(1, Math.Abs(high)))
            (low, high) = low == 0 ? (0, 1) : (Math.Min(low, 0), Math.Max(high, 0));
        else if (low > 0 && low <= (high - low) / 2)
            low = 0;
        var room = Room * (high - low);
        return new Axis(low - room, high + room, from, to);
    }

    /// <summary>How far along the range a value lies, 0 to 1.</summary>
    public double Share(double value) => (value - Low) / (High - Low);

    public double Map(double value) => From + ((To - From) * Share(value));

    public IReadOnlyList<double> Ticks(int about = 5) => Ticks(Low, High, about);

    /// <summary>
    /// Round values within a range, <paramref name="about"/> of them: multiples of 1, 2 or 5 times a power of ten.
    /// </summary>
    public static IReadOnlyList<double> Ticks(double low, double high, int about = 5)
    {
        if (!(high > low))
            return [low];
        var rough = (high - low) / about;
        var power = Math.Pow(10, Math.Floor(Math.Log10(rough)));
        var step = (0.999 * rough / power) switch { <= 1 => 1, <= 2 => 2, <= 5 => 5, _ => 10 } * power;
        var ticks = new List<double>();
        for (var k = Math.Ceiling((low / step) - 1e-9); k * step <= high + (step * 1e-9); k++)
            ticks.Add(k * step);
        return ticks;
    }

    /// <summary>A tick's value for people: 0.5, 20k, 1.5M, 2.5e-4.</summary>
    public static string Label(double value) => Math.Abs(value) switch
    {
        0 => "0",
        >= 1e9 or < 1e-3 => value.ToString("0.###e0", CultureInfo.InvariantCulture),
        >= 1e6 => (value / 1e6).ToString("0.###", CultureInfo.InvariantCulture) + "M",
        >= 1e4 => (value / 1e3).ToString("0.###", CultureInfo.InvariantCulture) + "k",
        _ => value.ToString("0.######", CultureInfo.InvariantCulture),
    };
}
