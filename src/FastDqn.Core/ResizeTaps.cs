namespace FastDqn.Core;

/// <summary>
/// Weighted taps along one axis: output i is the sum of source[First[i] + k] * Weight[i * Width + k] for k below
/// Count[i], in that order.
/// </summary>
/// <typeparam name="T">float for OpenCV's area, int where the reference works in fixed point.</typeparam>
internal sealed record ResizeTaps<T>(int[] First, int[] Count, T[] Weight, int Width)
{
    /// <summary>The weights of output <paramref name="i"/>, from its first source on.</summary>
    public ReadOnlySpan<T> WeightsOf(int i) => Weight.AsSpan(i * Width, Count[i]);
}

/// <summary>The taps of OpenCV, Pillow and TensorFlow, computed as they compute them.</summary>
internal static class ResizeTaps
{
    public const int LinearBits = 11;
    public const int PillowBits = 22;

    /// <summary>OpenCV's computeResizeAreaTab: shares of a cell's length, in double, stored as float.</summary>
    public static ResizeTaps<float> Area(int source, int destination)
    {
        var scale = OpenCvScale(source, destination);
        return Build(destination, (int)Math.Ceiling(scale) + 2, (int i, List<float> weights) =>
        {
            var begin = i * scale;
            var end = begin + scale;
            var cell = Math.Min(scale, source - begin);
            var wholeEnd = Math.Min((int)Math.Floor(end), source - 1);
            var wholeBegin = Math.Min((int)Math.Ceiling(begin), wholeEnd);
            var first = wholeBegin;
            if (wholeBegin - begin > 1e-3)
            {
                first--;
                weights.Add((float)((wholeBegin - begin) / cell));
            }

            for (var s = wholeBegin; s < wholeEnd; s++)
                weights.Add((float)(1.0 / cell));
            if (end - wholeEnd > 1e-3)
                weights.Add((float)(Math.Min(Math.Min(end - wholeEnd, 1.0), cell) / cell));
            return first;
        });
    }

    /// <summary>
    /// OpenCV's linear coefficients for bytes: positions in float, weights in 1/2048 rounded to even.
    /// </summary>
    public static ResizeTaps<int> Linear(int source, int destination)
    {
        var scale = OpenCvScale(source, destination);
        return Build(destination, 2, (int i, List<int> weights) =>
        {
            var position = (float)(((i + 0.5) * scale) - 0.5);
            var first = (int)MathF.Floor(position);
            var fraction = position - first;
            if (first < 0)
                (first, fraction) = (0, 0);
            if (first >= source - 1)
                (first, fraction) = (source - 1, 0);
            weights.Add((int)MathF.Round((1f - fraction) * (1 << LinearBits), MidpointRounding.ToEven));
            if (first + 1 < source)
                weights.Add((int)MathF.Round(fraction * (1 << LinearBits), MidpointRounding.ToEven));
            return first;
        });
    }

    /// <summary>Pillow's BILINEAR: a triangle.</summary>
    public static ResizeTaps<int> PillowBilinear(int source, int destination) =>
        Pillow(source, destination, 1, x => x < 1.0 ? 1.0 - x : 0.0);

    /// <summary>Pillow's BICUBIC: cubic convolution with a = -0.5.</summary>
    public static ResizeTaps<int> PillowBicubic(int source, int destination)
    {
        const double A = -0.5;
        return Pillow(source, destination, 2, x => x switch
        {
            < 1.0 => ((((A + 2.0) * x) - (A + 3.0)) * x * x) + 1,
            < 2.0 => ((((x - 5) * x) + 8) * x - 4) * A,
            _ => 0.0,
        });
    }

    /// <summary>
    /// Pillow's precompute_coeffs: weights by distance, 0 from <paramref name="reach"/> on, normalised in double, then
    /// in 1/2^22.
    /// </summary>
    private static ResizeTaps<int> Pillow(int source, int destination, int reach, Func<double, double> weightAt)
    {
        var scale = (double)source / destination;
        var stretch = Math.Max(scale, 1.0);
        var support = reach * stretch;
        return Build(destination, ((int)Math.Ceiling(support) * 2) + 1, (int i, List<int> weights) =>
        {
            var center = (i + 0.5) * scale;
            var inverse = 1.0 / stretch;
            var first = Math.Max((int)(center - support + 0.5), 0);
            var end = Math.Min((int)(center + support + 0.5), source);
            var shares = new double[end - first];
            var sum = 0.0;
            for (var s = first; s < end; s++)
            {
                shares[s - first] = weightAt(Math.Abs((s - center + 0.5) * inverse));
                sum += shares[s - first];
            }

            foreach (var share in shares)
            {
                var weight = (sum != 0.0 ? share / sum : share) * (1 << PillowBits);
                weights.Add((int)(weight < 0 ? weight - 0.5 : weight + 0.5));
            }

            return first;
        });
    }

    /// <summary>OpenCV's nearest: floor(i x scale).</summary>
    public static int[] Nearest(int source, int destination)
    {
        var scale = OpenCvScale(source, destination);
        return [.. Enumerable.Range(0, destination).Select(i => Math.Min((int)Math.Floor(i * scale), source - 1))];
    }

    /// <summary>Pillow's nearest: the centres of the covered areas, added up in double.</summary>
    public static int[] PillowNearest(int source, int destination)
    {
        var scale = (double)source / destination;
        var indices = new int[destination];
        var centre = scale * 0.5;
        for (var i = 0; i < destination; i++, centre += scale)
            indices[i] = Math.Min((int)centre, source - 1);
        return indices;
    }

    /// <summary>TensorFlow 2's nearest: floor((i + 0.5) x scale) in float.</summary>
    public static int[] TensorFlowNearest(int source, int destination)
    {
        var scale = (float)source / destination;
        return [.. Enumerable.Range(0, destination).Select(i => Math.Min((int)((i + 0.5f) * scale), source - 1))];
    }

    // The inverse of the inverse, as OpenCV has it.
    private static double OpenCvScale(int source, int destination) => 1.0 / ((double)destination / source);

    private static ResizeTaps<T> Build<T>(int destination, int width, Func<int, List<T>, int> tapsOf)
        where T : unmanaged
    {
        var (first, count, weight) = (new int[destination], new int[destination], new T[destination * width]);
        for (var i = 0; i < destination; i++)
        {
            var weights = new List<T>();
            first[i] = tapsOf(i, weights);
            count[i] = weights.Count;
            weights.CopyTo(weight, i * width);
        }

        return new ResizeTaps<T>(first, count, weight, width);
    }
}
