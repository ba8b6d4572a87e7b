namespace FastDqn.Training.Curves;

/// <summary>Curves with as many points as can be seen: of each piece of the axis the lowest and the highest.</summary>
public static class Reduction
{
    /// <summary>More than two to a pixel.</summary>
    public const int Most = 2000;

    /// <summary>
    /// At most <paramref name="most"/> of the points, in their order: the first, the last, and the lowest and highest
    /// of equal pieces of the steps between. Values are left as they are.
    /// </summary>
    /// <param name="points">Steps ascend.</param>
    /// <param name="most">At least 4.</param>
    public static IReadOnlyList<(double Step, double Value)> Reduce(IReadOnlyList<(double Step, double Value)> points, int most = Most)
    {
        ArgumentNullException.ThrowIfNull(points);
        ArgumentOutOfRangeException.ThrowIfLessThan(most, 4);
        if (points.Count <= most)
            return points;
        var pieces = (most - 2) / 2;
        var (start, span) = (points[0].Step, points[^1].Step - points[0].Step);
        var kept = new List<(double, double)>(most) { points[0] };
        for (var i = 1; i < points.Count - 1;)
        {
            var piece = Piece(points[i].Step);
            var (lowest, highest) = (i, i);
            for (; i < points.Count - 1 && Piece(points[i].Step) == piece; i++)
            {
                if (points[i].Value < points[lowest].Value)
                    lowest = i;
                if (points[i].Value > points[highest].Value)
                    highest = i;
            }

            kept.Add(points[Math.Min(lowest, highest)]);
            if (lowest != highest)
                kept.Add(points[Math.Max(lowest, highest)]);
        }

        kept.Add(points[^1]);
        return kept;

        int Piece(double step) => span > 0 ? (int)Math.Clamp((step - start) / span * pieces, 0, pieces - 1) : 0;
    }
}
