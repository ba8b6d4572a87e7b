using FastDqn.Learning.Interop;
using FastDqn.Learning.Specs;
using TorchSharp;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace FastDqn.Learning.Targets;

/// <summary>
/// What the network is trained towards, as functions of tensors alone. B transitions, A actions, N atoms, quantiles or
/// fractions. Returns R and discounts D are (B): R is the n-step return, D gamma^k or 0 at a terminal.
/// </summary>
internal static class BellmanTargets
{
    private static readonly long[] Actions = [1];

    /// <summary>
    /// R + D max_a q(s', a): (B), from next values (B, A); <paramref name="chooser"/> (B, A) picks the action in double
    /// Q-learning.
    /// </summary>
    public static Tensor Max(Tensor returns, Tensor discounts, Tensor nextQ, Tensor? chooser) =>
        returns.addcmul(discounts, Best(nextQ, chooser), Numbers.One);

    /// <summary>h(R + D h^-1(max_a q(s', a))): (B), where the network estimates h of the return.</summary>
    public static Tensor RescaledMax(Tensor returns, Tensor discounts, Tensor nextQ, Tensor? chooser, double epsilon) =>
        Rescaled(returns.addcmul(discounts, Unscaled(Best(nextQ, chooser), epsilon), Numbers.One), epsilon);

    /// <summary>h(x) = sign(x) (sqrt(|x| + 1) - 1) + epsilon x (Pohlen et al. 2018, section 3.2).</summary>
    public static Tensor Rescaled(Tensor x, double epsilon) =>
        x.abs().Add(Numbers.One).sqrt_().Add(Numbers.Of(-1)).mul_(x.sign()).add_(x, Numbers.Of(epsilon));

    /// <summary>
    /// h^-1: sign(x) (z^2 - 1) with z = (sqrt(1 + 4 epsilon (|x| + 1 + epsilon)) - 1) / (2 epsilon), here as a fraction
    /// that loses no digits where epsilon is small.
    /// </summary>
    public static Tensor Unscaled(Tensor x, double epsilon)
    {
        var sum = x.abs().Add(Numbers.Of(1 + epsilon));
        var root = sum.mul(Numbers.Of(4 * epsilon)).Add(Numbers.One).sqrt_().Add(Numbers.One);
        return sum.mul_(Numbers.Of(2)).div_(root).square().Add(Numbers.Of(-1)).mul_(x.sign());
    }

    private static Tensor Best(Tensor nextQ, Tensor? chooser) => chooser is null
        ? nextQ.amax(Actions)
        : nextQ.gather(1, chooser.argmax(1, keepdim: true)).squeeze(1);

    /// <summary>
    /// The quantiles or atoms (B, N) of the action that is best by <paramref name="chooser"/> (B, A), out of (B, A, N).
    /// </summary>
    public static Tensor Chosen(Tensor next, Tensor chooser) => Of(next, chooser.argmax(1));

    /// <summary>The (B, N) slice of (B, A, N) at actions (B).</summary>
    public static Tensor Of(Tensor values, Tensor actions) =>
        values.gather(1, actions.view(-1, 1, 1).expand(values.shape[0], 1, values.shape[2])).squeeze(1);

    /// <summary>R + D z: (B, N), from next quantiles z (B, N).</summary>
    public static Tensor Shifted(Tensor returns, Tensor discounts, Tensor next) =>
        returns.unsqueeze(1).addcmul(discounts.unsqueeze(1), next, Numbers.One);

    /// <summary>
    /// Projection of R + D z onto the fixed atoms (Bellemare et al. 2017, algorithm 1) in closed form: the mass that
    /// atom j sends to atom i is p_j max(0, 1 - |clip(R + D z_j) - z_i| / dz). Next probabilities (B, N) to (B, N).
    /// </summary>
    public static Tensor Project(Tensor returns, Tensor discounts, Tensor nextProbabilities, Tensor atoms, double low, double high)
    {
        var spacing = (high - low) / (atoms.shape[0] - 1);
        var moved = Shifted(returns, discounts, atoms.unsqueeze(0)).clamp_(Numbers.Of(low), Numbers.Of(high));
        var share = (moved.unsqueeze(1) - atoms.view(1, -1, 1))
            .abs_()
            .mul_(Numbers.Of(-1 / spacing))
            .Add(Numbers.One)
            .clamp_min_(Numbers.Zero);
        return share.matmul(nextProbabilities.unsqueeze(2)).squeeze(2);
    }

    /// <summary>
    /// The Munchausen bonus alpha clip(tau log pi(a|s), l0, 0) with pi = softmax(q / tau) (Vieillard et al. 2020): (B),
    /// from q(s) (B, A) and the actions taken (B).
    /// </summary>
    public static Tensor MunchausenBonus(Tensor q, Tensor actions, TargetSpec spec) =>
        TauLogPolicy(q, spec.MunchausenTau)
            .gather(1, actions.unsqueeze(1))
            .squeeze(1)
            .clamp_(Numbers.Of(spec.MunchausenClip), Numbers.Zero)
            .mul_(Numbers.Of(spec.MunchausenAlpha));

    /// <summary>
    /// sum_a pi(a|s') (q(s', a) - tau log pi(a|s')): (B), from next values (B, A); in closed form tau logsumexp(q /
    /// tau).
    /// </summary>
    public static Tensor SoftValue(Tensor nextQ, double tau) => nextQ.div(Numbers.Of(tau)).logsumexp(1).mul_(Numbers.Of(tau));

    /// <summary>
    /// The soft value of every fraction: sum_a pi(a|s') (z(s', a) - tau log pi(a|s')): (B, N), from quantiles (B, A, N)
    /// and the values (B, A) that define pi.
    /// </summary>
    public static Tensor SoftQuantiles(Tensor next, Tensor nextQ, double tau)
    {
        var tauLogPolicy = TauLogPolicy(nextQ, tau);
        var policy = tauLogPolicy.div(Numbers.Of(tau)).exp_();
        return ((next - tauLogPolicy.unsqueeze(2)) * policy.unsqueeze(2)).sum(1);
    }

    /// <summary>tau log softmax(q / tau) over actions, stable for small tau: (B, A).</summary>
    public static Tensor TauLogPolicy(Tensor q, double tau) => functional.log_softmax(q.div(Numbers.Of(tau)), 1).mul_(Numbers.Of(tau));
}
