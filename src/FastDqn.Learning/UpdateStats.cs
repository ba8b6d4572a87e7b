namespace FastDqn.Learning;

/// <summary>What an update reports.</summary>
/// <param name="Loss">Mean loss of the (last) minibatch.</param>
/// <param name="MeanQ">Mean Q of the actions taken.</param>
/// <param name="GradientNorm">L2 norm of the gradient before clipping; NaN when it was not computed.</param>
/// <param name="TargetMean">Mean of the targets.</param>
/// <param name="Finite">False when loss or gradient norm is not finite: the run has diverged.</param>
public readonly record struct UpdateStats(float Loss, float MeanQ, float GradientNorm, float TargetMean, bool Finite);
