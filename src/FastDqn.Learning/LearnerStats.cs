using TorchSharp;
using static TorchSharp.torch;

namespace FastDqn.Learning;

/// <summary>Reads an update's scalars, from a device with one copy.</summary>
internal static class LearnerStats
{
    public static unsafe UpdateStats Read(Tensor loss, Tensor meanQ, Tensor? norm, Tensor targetMean)
    {
        if (loss.device_type == DeviceType.CPU)
            return Of(Value(loss), Value(meanQ), norm is null ? null : Value(norm), Value(targetMean));
        using var noGrad = no_grad();
        var all = stack(norm is null ? [loss.detach(), meanQ, targetMean] : [loss.detach(), meanQ, targetMean, norm]).cpu();
        var values = PinnedTensor.Span<float>(all);
        return Of(values[0], values[1], norm is null ? null : values[3], values[2]);

        static float Value(Tensor scalar) => *(float*)PinnedTensor.Data(scalar);
    }

    private static UpdateStats Of(float loss, float meanQ, float? norm, float targetMean) =>
        new(loss, meanQ, norm ?? float.NaN, targetMean, float.IsFinite(loss) && float.IsFinite(norm ?? 0));
}
