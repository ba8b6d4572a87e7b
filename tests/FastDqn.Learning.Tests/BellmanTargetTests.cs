using FastDqn.Core;
using FastDqn.Learning;
using FastDqn.Learning.Specs;
using FastDqn.Learning.Targets;
using TorchSharp;
using static TorchSharp.torch;

namespace FastDqn.Learning.Tests;

/// <summary>Targets against values worked by hand and against independent double-precision loops.</summary>
public sealed class BellmanTargetTests
{
    private static readonly TargetSpec Munchausen = new() { Munchausen = true };

    [Fact]
    public void MaxBootstrapsFromTheBestActionAndStopsAtTerminals()
    {
        using var scope = NewDisposeScope();
        var target = BellmanTargets.Max(
            tensor(new[] { 1f, 2f }), tensor(new[] { 0.5f, 0f }), tensor(new[] { 3f, 7f, 100f, -100f }, [2, 2]), null);
        Assert.Equal([1 + (0.5f * 7), 2], Values(target));
    }

    [Fact]
    public void DoubleTakesTheChoosersActionAndTheTargetsValue()
    {
        using var scope = NewDisposeScope();
        var target = BellmanTargets.Max(
            tensor(new[] { 1f }), tensor(new[] { 0.9f }), tensor(new[] { 10f, 2f }, [1, 2]), tensor(new[] { 0f, 1f }, [1, 2]));
        Assert.Equal(1 + (0.9f * 2), Values(target)[0], 1e-6f);
    }

    [Fact]
    public void ProjectionOfOneAtomSplitsBetweenItsNeighbours()
    {
        // Atoms -1, 0, 1; all mass at 0; moved to 0.25: three quarters stay, one quarter goes up.
        using var scope = NewDisposeScope();
        var projected = BellmanTargets.Project(
            tensor(new[] { 0.25f }), tensor(new[] { 0.9f }), tensor(new[] { 0f, 1f, 0f }, [1, 3]), tensor(new[] { -1f, 0f, 1f }), -1, 1);
        Assert.Equal([0f, 0.75f, 0.25f], Values(projected).Select(v => MathF.Round(v, 6)));
    }

    [Fact]
    public void ProjectionAgreesWithTheAlgorithmOfThePaper()
    {
        const int batch = 16, atoms = 51;
        var random = new RandomStream(3);
        var (low, high) = (-10.0, 10.0);
        var returns = Draw(random, batch, 4);
        var discounts = Enumerable.Range(0, batch).Select(i => i % 5 == 0 ? 0 : 0.97f).ToArray();
        var probabilities = new float[batch * atoms];
        for (var i = 0; i < batch; i++)
        {
            var row = Enumerable.Range(0, atoms).Select(_ => -Math.Log(1 - random.NextDouble())).ToArray();
            for (var j = 0; j < atoms; j++)
                probabilities[(i * atoms) + j] = (float)(row[j] / row.Sum());
        }

        var expected = ProjectInDouble(returns, discounts, probabilities, atoms, low, high);
        using var scope = NewDisposeScope();
        var projected = Values(BellmanTargets.Project(
            tensor(returns), tensor(discounts), tensor(probabilities, [batch, atoms]), linspace(low, high, atoms), low, high));
        for (var i = 0; i < expected.Length; i++)
            Assert.Equal(expected[i], projected[i], 2e-6);
        for (var i = 0; i < batch; i++)
            Assert.Equal(1, projected.Skip(i * atoms).Take(atoms).Sum(), 1e-5f);
    }

    [Fact]
    public void MunchausenBonusIsClippedAndScaled()
    {
        // q = (0, 0): log pi = ln 1/2, tau log pi = -0.0208; alpha 0.9.
        // q = (0, 5): action 0 has tau log pi = -5, clipped to -1.
        using var scope = NewDisposeScope();
        var bonus = Values(BellmanTargets.MunchausenBonus(
            tensor(new[] { 0f, 0f, 0f, 5f }, [2, 2]), tensor(new long[] { 1, 0 }), Munchausen));
        Assert.Equal(0.9 * 0.03 * Math.Log(0.5), bonus[0], 1e-6);
        Assert.Equal(-0.9, bonus[1], 1e-6);
    }

    [Fact]
    public void SoftValuesAgreeWithTheExpectationTheyStandFor()
    {
        const double tau = 0.03;
        double[] q = [0.11, 0.1, -0.4];
        var exps = q.Select(v => Math.Exp((v - q[0]) / tau)).ToArray();
        var policy = exps.Select(e => e / exps.Sum()).ToArray();
        var expected = q.Select((v, a) => policy[a] * (v - (tau * Math.Log(policy[a])))).Sum();
        using var scope = NewDisposeScope();
        var nextQ = tensor(q.Select(v => (float)v).ToArray(), [1, 3]);
        Assert.Equal(expected, Values(BellmanTargets.SoftValue(nextQ, tau))[0], 1e-6);

        // Quantiles: with two samples a value +-0.5 around q, the same expectation shifted.
        var quantiles = tensor(q.SelectMany(v => new[] { (float)(v - 0.5), (float)(v + 0.5) }).ToArray(), [1, 3, 2]);
        var soft = Values(BellmanTargets.SoftQuantiles(quantiles, nextQ, tau));
        Assert.Equal(expected - 0.5, soft[0], 1e-6);
        Assert.Equal(expected + 0.5, soft[1], 1e-6);
    }

    [Fact]
    public void SoftValueIsStableForLargeValuesAndSmallTemperatures()
    {
        using var scope = NewDisposeScope();
        var nextQ = tensor(new[] { 1000f, 999f }, [1, 2]);
        Assert.Equal(1000, Values(BellmanTargets.SoftValue(nextQ, 0.03))[0], 1e-2);
        Assert.All(Values(BellmanTargets.SoftQuantiles(nextQ.unsqueeze(2), nextQ, 0.03)), v => Assert.Equal(1000, v, 1e-2));
    }

    [Fact]
    public void QuantilesAreShiftedAndScaledByReturnAndDiscount()
    {
        using var scope = NewDisposeScope();
        var next = tensor(new[] { 0f, 1f, /* action 1 */ 5f, 9f }, [1, 2, 2]);
        var chosen = BellmanTargets.Chosen(next, tensor(new[] { 0f, 1f }, [1, 2]));
        Assert.Equal(
            [1 + (0.5f * 5), 1 + (0.5f * 9)],
            Values(BellmanTargets.Shifted(tensor(new[] { 1f }), tensor(new[] { 0.5f }), chosen)));
    }

    internal static float[] Values(Tensor tensor) => tensor.detach().contiguous().data<float>().ToArray();

    private static float[] Draw(RandomStream random, int count, double scale) =>
        [.. Enumerable.Range(0, count).Select(_ => (float)(random.NextGaussian() * scale))];

    /// <summary>Bellemare et al. 2017, algorithm 1, literally.</summary>
    private static double[] ProjectInDouble(float[] returns, float[] discounts, float[] probabilities, int atoms, double low, double high)
    {
        var delta = (high - low) / (atoms - 1);
        var result = new double[probabilities.Length];
        for (var i = 0; i < returns.Length; i++)
        {
            for (var j = 0; j < atoms; j++)
            {
                var moved = Math.Clamp(returns[i] + (discounts[i] * (low + (j * delta))), low, high);
                var b = (moved - low) / delta;
                var (l, u) = ((int)Math.Floor(b), (int)Math.Ceiling(b));
                var p = probabilities[(i * atoms) + j];
                if (l == u)
                {
                    result[(i * atoms) + l] += p;
                    continue;
                }

                result[(i * atoms) + l] += p * (u - b);
                result[(i * atoms) + u] += p * (b - l);
            }
        }

        return result;
    }
}
