using FastDqn.Learning.Interop;
using TorchSharp;
using static TorchSharp.torch;

namespace FastDqn.Learning;

/// <summary>Reads an update's scalars on the CPU.</summary>
internal static class LearnerStats
{
    public static unsafe UpdateStats Read(Tensor loss, Tensor meanQ, Tensor? norm, Tensor targetMean)
    {
        return Of(Value(loss), Value(meanQ), norm is null ? null : Value(norm), Value(targetMean));

        static float Value(Tensor scalar) => *(float*)PinnedTensor.Data(scalar);
    }

    /// <param name="loss">Mean loss.</param>
    /// <param name="meanQ">Mean Q of the actions taken.</param>
    /// <param name="norm">The gradient's; null where it was not computed.</param>
    /// <param name="targetMean">Mean of the targets.</param>
    public static UpdateStats Of(float loss, float meanQ, float? norm, float targetMean) =>
        new(loss, meanQ, norm ?? float.NaN, targetMean, float.IsFinite(loss) && float.IsFinite(norm ?? 0));
}
