using FastDqn.Learning.Interop;
using FastDqn.Learning.Specs;
using static TorchSharp.torch;

namespace FastDqn.Learning.Optimization;

/// <summary>
/// Where RMSProp's moments lie, in memory and in state files: first the mean square, then with PyTorch's epsilon the
/// velocity and the mean, with TensorFlow's the mean and the velocity, each where it is used.
/// </summary>
internal readonly struct RmsPropMoments(OptimizerSpec spec)
{
    /// <summary>Whether epsilon is added inside the root (TensorFlow), not to it (PyTorch).</summary>
    public bool Inside { get; } = spec.Kind == OptimizerKind.RmsPropTf;

    public int Count { get; } = 1 + (spec.Centered ? 1 : 0) + (spec.Momentum > 0 ? 1 : 0);

    public string Name => Inside ? "rmsprop-tf" : "rmsprop";

    public int Mean => Inside ? 1 : Count - 1;

    public int Velocity => Inside ? Count - 1 : 1;

    /// <summary>Makes fresh moments what they are before the first step.</summary>
    public void Start(IReadOnlyList<Tensor> moments)
    {
        if (spec.SquareStart == 0)
            return;
        using var noGrad = no_grad();
        moments[0].fill_(Numbers.Of(spec.SquareStart));
    }
}
