using FastDqn.Learning.Interop;
using FastDqn.Learning.Specs;
using TorchSharp;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace FastDqn.Learning.Targets;

/// <summary>Errors per transition (B), as functions of tensors alone.</summary>
internal static class Losses
{
    // Of a vector that is to have length 1.
    private const double LeastLength = 1e-3;

    /// <summary>Huber or squared error of predictions (B) against targets (B).</summary>
    public static Tensor Scalar(Tensor predicted, Tensor target, LossSpec spec) => spec.Kind == LossKind.Huber
        ? functional.huber_loss(predicted, target, spec.Kappa, Reduction.None)
        : functional.mse_loss(predicted, target, Reduction.None);

    /// <summary>
    /// Cross entropy of the target distribution (B, N) and the logits (B, N) (Bellemare et al. 2017, algorithm 1).
    /// </summary>
    public static Tensor CrossEntropy(Tensor logits, Tensor target) => -(functional.log_softmax(logits, 1) * target).sum(1);

    /// <summary>
    /// Quantile Huber loss (Dabney et al. 2018, equation 10): |tau_i - 1{u &lt; 0}| huber(u) / kappa with u = target_j
    /// - predicted_i; summed over i and averaged over j, or averaged over both.
    /// </summary>
    /// <param name="predicted">(B, N) quantiles.</param>
    /// <param name="target">(B, N') samples of the target.</param>
    /// <param name="fractions">(1, N) or (B, N): tau_i.</param>
    public static Tensor QuantileHuber(Tensor predicted, Tensor target, Tensor fractions, LossSpec spec)
    {
        var (p, t) = Broadcast(predicted.unsqueeze(2), target.unsqueeze(1));
        var huber = functional.huber_loss(p, t, spec.Kappa, Reduction.None);
        Tensor weight;
        using (no_grad())
            weight = (fractions.unsqueeze(2) - t.lt(p).to(ScalarType.Float32)).abs_().mul_(Numbers.Of(1 / spec.Kappa));
        var mean = (huber * weight).mean([2]);
        return spec.MeanOverOnlineTaus ? mean.mean([1]) : mean.sum(1);
    }

    /// <summary>
    /// The squared distance of two (B, N) on the unit sphere, 2 - 2 cos (Schwarzer et al. 2021, equation 3, and the
    /// code published with it).
    /// </summary>
    public static Tensor Cosine(Tensor predicted, Tensor target)
    {
        var distance = Unit(predicted) - Unit(target);
        return (distance * distance).sum(1);

        static Tensor Unit(Tensor x) => functional.normalize(x, 2, 1, LeastLength);
    }

    private static (Tensor First, Tensor Second) Broadcast(Tensor first, Tensor second)
    {
        var shape = new long[] { first.shape[0], first.shape[1], second.shape[2] };
        return (first.expand(shape), second.expand(shape));
    }
}
