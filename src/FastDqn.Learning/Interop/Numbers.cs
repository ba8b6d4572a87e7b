using System.Collections.Concurrent;
using TorchSharp;
using static TorchSharp.torch;

namespace FastDqn.Learning.Interop;

/// <summary>
/// Numbers as TorchSharp's operations take them, made once and kept. One made for a single call (what C# does with
/// <c>x.mul(0.5)</c>) waits for the garbage collector, and until then its 16 bytes lie in what larger tensors have
/// left: the heap around them cannot be used again and grows by hundreds of megabytes.
/// </summary>
internal static class Numbers
{
    private static readonly ConcurrentDictionary<double, Scalar> Kept = new();

    public static readonly Scalar Zero = 0.0;

    public static readonly Scalar One = 1.0;

    /// <summary>For values of which there are few: those of options, not what changes from update to update.</summary>
    public static Scalar Of(double value) => Kept.GetOrAdd(value, v => v);

    /// <summary>The sum; TorchSharp's operators multiply the second tensor by a new 1.</summary>
    public static Tensor Plus(this Tensor first, Tensor second) => first.add(second, One);

    /// <inheritdoc cref="Plus(Tensor, Tensor)"/>
    public static Tensor Plus(this Tensor first, Scalar second) => first.add(second, One);

    /// <summary>Adds in place.</summary>
    public static Tensor Add(this Tensor first, Tensor second) => first.add_(second, One);

    /// <inheritdoc cref="Add(Tensor, Tensor)"/>
    public static Tensor Add(this Tensor first, Scalar second) => first.add_(second, One);
}
