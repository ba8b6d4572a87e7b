using System.Numerics;
using FastDqn.Core;
using FastDqn.Learning.Specs;

namespace FastDqn.Learning.Networks;

/// <summary>
/// How weights and biases start; drawn from the learner's own generator, so that they do not depend on libtorch's.
/// </summary>
internal static class Initializers
{
    public static readonly Initializer Zeros = (values, _, _) => values.Clear();

    public static readonly Initializer Ones = (values, _, _) => values.Fill(1);

    /// <summary>Weights of a layer whose shape is (out, in, ...).</summary>
    public static Initializer Weight(Initialization init, double gain) => init.Kind switch
    {
        InitKind.TorchDefault => (values, shape, random) => FillUniform(values, 1 / Math.Sqrt(FanIn(shape)), random),
        InitKind.He => (values, shape, random) => FillNormal(values, Math.Sqrt(2.0 / FanIn(shape)), random),
        InitKind.LeCun => (values, shape, random) => FillNormal(values, Math.Sqrt(1.0 / FanIn(shape)), random),
        InitKind.Orthogonal => (values, shape, random) => FillOrthogonal(values, (int)shape[0], gain, random),
        InitKind.Glorot => (values, shape, random) =>
            FillUniform(values, Math.Sqrt(6.0 / (FanIn(shape) + (FanIn(shape) / shape[1] * shape[0]))), random),
        InitKind.Normal => (values, _, random) => FillNormal(values, init.Deviation, random),
        _ => throw new ArgumentOutOfRangeException(nameof(init)),
    };

    /// <summary>Biases of a layer with <paramref name="fanIn"/> inputs.</summary>
    public static Initializer Bias(Initialization init, long fanIn) =>
        init.Kind == InitKind.TorchDefault ? Uniform(1 / Math.Sqrt(fanIn)) : Zeros;

    /// <summary>Uniform in +-<paramref name="bound"/>.</summary>
    public static Initializer Uniform(double bound) => (values, _, random) => FillUniform(values, bound, random);

    public static Initializer Constant(double value) => (values, _, _) => values.Fill((float)value);

    /// <summary>A random unit vector (spectral normalisation's power iteration).</summary>
    public static void UnitVector(Span<float> values, ReadOnlySpan<long> shape, RandomStream random)
    {
        FillNormal(values, 1, random);
        var norm = 0.0;
        foreach (var value in values)
            norm += (double)value * value;
        var scale = (float)(1 / Math.Sqrt(Math.Max(norm, 1e-24)));
        foreach (ref var value in values)
            value *= scale;
    }

    private static long FanIn(ReadOnlySpan<long> shape)
    {
        var product = 1L;
        foreach (var side in shape[1..])
            product *= side;
        return product;
    }

    private static void FillUniform(Span<float> values, double bound, RandomStream random)
    {
        foreach (ref var value in values)
            value = (float)(((2 * random.NextDouble()) - 1) * bound);
    }

    private static void FillNormal(Span<float> values, double deviation, RandomStream random)
    {
        foreach (ref var value in values)
            value = (float)(random.NextGaussian() * deviation);
    }

    /// <summary>
    /// Orthonormal rows (or columns, where there are more rows than columns) times <paramref name="gain"/>:
    /// Gram-Schmidt on Gaussian vectors in double precision, which gives the same distribution as the QR factor with
    /// positive diagonal.
    /// </summary>
    private static void FillOrthogonal(Span<float> values, int rows, double gain, RandomStream random)
    {
        var columns = values.Length / rows;
        var (count, length) = rows <= columns ? (rows, columns) : (columns, rows);
        var basis = new double[count][];
        for (var i = 0; i < count; i++)
        {
            var vector = new double[length];
            for (var k = 0; k < length; k++)
                vector[k] = random.NextGaussian();
            for (var j = 0; j < i; j++)
                AddScaled(vector, basis[j], -Dot(vector, basis[j]));
            var scale = 1 / Math.Sqrt(Dot(vector, vector));
            for (var k = 0; k < length; k++)
                vector[k] *= scale;
            basis[i] = vector;
        }

        for (var i = 0; i < count; i++)
        {
            for (var k = 0; k < length; k++)
                values[rows <= columns ? (i * columns) + k : (k * columns) + i] = (float)(gain * basis[i][k]);
        }
    }

    private static double Dot(double[] a, double[] b)
    {
        var sum = Vector<double>.Zero;
        var k = 0;
        for (; k <= a.Length - Vector<double>.Count; k += Vector<double>.Count)
            sum += new Vector<double>(a, k) * new Vector<double>(b, k);
        var total = Vector.Sum(sum);
        for (; k < a.Length; k++)
            total += a[k] * b[k];
        return total;
    }

    private static void AddScaled(double[] target, double[] source, double factor)
    {
        var k = 0;
        for (; k <= target.Length - Vector<double>.Count; k += Vector<double>.Count)
            (new Vector<double>(target, k) + (new Vector<double>(source, k) * factor)).CopyTo(target, k);
        for (; k < target.Length; k++)
            target[k] += source[k] * factor;
    }
}
