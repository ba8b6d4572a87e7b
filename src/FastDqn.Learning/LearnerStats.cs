using TorchSharp;
using static TorchSharp.torch;

namespace FastDqn.Learning;

/// <summary>Reads an update's scalars with one copy from the device.</summary>
internal static class LearnerStats
{
    public static UpdateStats Read(Tensor loss, Tensor meanQ, Tensor? norm, Tensor targetMean)
    {
        using var noGrad = no_grad();
        var all = stack(norm is null ? [loss.detach(), meanQ, targetMean] : [loss.detach(), meanQ, targetMean, norm]).cpu();
        var values = PinnedTensor.Span<float>(all);
        var gradient = norm is null ? float.NaN : values[3];
        return new UpdateStats(values[0], values[1], gradient, values[2], float.IsFinite(values[0]) && (norm is null || float.IsFinite(gradient)));
    }
}
