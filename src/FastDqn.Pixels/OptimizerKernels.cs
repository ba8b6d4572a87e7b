using System.Reflection;
using ILGPU;

namespace FastDqn.Pixels;

/// <summary>What stays the same from step to step; passed by value.</summary>
/// <param name="Beta2">Share of the second moments that stays.</param>
/// <param name="Rest2">1 - beta2.</param>
/// <param name="Decoupled">1: weights decay by themselves.</param>
internal readonly record struct AdamShape(float Beta2, float Rest2, int Decoupled);

/// <summary>
/// An optimizer's step, one number a thread. Each operation is rounded to float once, as <see cref="PixelKernels"/>
/// says: so a step gives the same bytes on every device.
/// </summary>
internal static class OptimizerKernels
{
    /// <summary>Every kernel of this class.</summary>
    public static IReadOnlyList<MethodInfo> All { get; } = PixelKernels.KernelsOf(typeof(OptimizerKernels));

    /// <summary>
    /// m += (1 - b1)(g - m), v = b2 v + (1 - b2) g^2, value += step m / (sqrt(v) + epsilon); step, epsilon and weight
    /// decay's factor are numbers on the device (DeviceAdam).
    /// </summary>
    public static void Adam(
        Index1D i, ArrayView<float> values, ArrayView<float> gradient, ArrayView<float> mean, ArrayView<float> square,
        ArrayView<float> numbers, AdamShape shape)
    {
        var value = shape.Decoupled == 0 ? values[i] : Product(values[i], numbers[2]);
        var g = gradient[i];
        var first = mean[i] + Product(g - mean[i], numbers[3]);
        var second = Product(square[i], shape.Beta2) + Product(Product(g, g), shape.Rest2);
        mean[i] = first;
        square[i] = second;
        values[i] = value + Product(Ratio(first, Root(second) + numbers[1]), numbers[0]);
    }

    private static float Product(float a, float b) => (float)((double)a * b);

    private static float Ratio(float a, float b) => (float)((double)a / b);

    private static float Root(float a) => (float)Math.Sqrt((double)a);
}
