using FastDqn.Core;
using FastDqn.Learning;
using FastDqn.Learning.Specs;
using FastDqn.Learning.Targets;
using TorchSharp;
using static TorchSharp.torch;

namespace FastDqn.Learning.Tests;

/// <summary>Losses by hand, in double precision, and their gradients against finite differences.</summary>
public sealed class LossTests
{
    public static TheoryData<LossKind, double, double, double> Scalars => new()
    {
        { LossKind.Huber, 1, 0.5, 0.125 },
        { LossKind.Huber, 1, -3, 2.5 },
        { LossKind.Huber, 2, 3, 4 },
        { LossKind.MeanSquared, 1, -3, 9 },
    };

    [Theory]
    [MemberData(nameof(Scalars))]
    public void ScalarLossesHaveTheirTextbookValues(LossKind kind, double kappa, double error, double expected)
    {
        using var scope = NewDisposeScope();
        var loss = Losses.Scalar(tensor(new[] { error }), tensor(new[] { 0.0 }), new LossSpec { Kind = kind, Kappa = kappa });
        Assert.Equal(expected, loss.item<double>(), 1e-12);
    }

    [Fact]
    public void QuantileHuberHasTheValueWorkedByHand()
    {
        // One prediction at tau 0.25, targets 2 and -0.5 around a prediction of 0.
        // u = 2: huber 1.5 x |0.25 - 0| = 0.375; u = -0.5: 0.125 x |0.25 - 1| = 0.09375; mean over targets 0.234375.
        using var scope = NewDisposeScope();
        var loss = Losses.QuantileHuber(
            tensor(new[] { 0.0 }, [1, 1]), tensor(new[] { 2.0, -0.5 }, [1, 2]), tensor(new[] { 0.25 }, [1, 1]), new LossSpec());
        Assert.Equal(0.234375, loss.item<double>(), 1e-12);
    }

    [Theory]
    [InlineData(1.0, false)]
    [InlineData(0.5, true)]
    public void QuantileHuberAgreesWithAnIndependentLoop(double kappa, bool mean)
    {
        const int batch = 5, n = 7, m = 9;
        var random = new RandomStream(5);
        var predicted = Draw(random, batch * n);
        var target = Draw(random, batch * m);
        var taus = Enumerable.Range(0, batch * n).Select(_ => random.NextDouble()).ToArray();
        using var scope = NewDisposeScope();
        var loss = Losses.QuantileHuber(
            tensor(predicted, [batch, n]), tensor(target, [batch, m]), tensor(taus, [batch, n]),
            new LossSpec { Kappa = kappa, MeanOverOnlineTaus = mean });
        for (var b = 0; b < batch; b++)
        {
            var sum = 0.0;
            for (var i = 0; i < n; i++)
            {
                for (var j = 0; j < m; j++)
                {
                    var u = target[(b * m) + j] - predicted[(b * n) + i];
                    var huber = Math.Abs(u) <= kappa ? 0.5 * u * u : kappa * (Math.Abs(u) - (0.5 * kappa));
                    sum += Math.Abs(taus[(b * n) + i] - (u < 0 ? 1 : 0)) * huber / kappa / m;
                }
            }

            Assert.Equal(mean ? sum / n : sum, loss[b].item<double>(), 1e-9);
        }
    }

    [Fact]
    public void CrossEntropyIsMinusTheExpectedLogProbability()
    {
        using var scope = NewDisposeScope();
        var loss = Losses.CrossEntropy(tensor(new[] { 0.0, Math.Log(3) }, [1, 2]), tensor(new[] { 0.4, 0.6 }, [1, 2]));
        Assert.Equal(-((0.4 * Math.Log(0.25)) + (0.6 * Math.Log(0.75))), loss.item<double>(), 1e-12);
    }

    [Theory]
    [InlineData("huber")]
    [InlineData("mse")]
    [InlineData("quantile")]
    [InlineData("cross entropy")]
    public void GradientsAgreeWithFiniteDifferences(string name)
    {
        const int batch = 3, n = 4;
        var random = new RandomStream(9);
        var x = Draw(random, batch * n);
        var y = Draw(random, batch * n);
        var taus = Enumerable.Range(0, batch * n).Select(_ => random.NextDouble()).ToArray();
        var spec = new LossSpec { Kind = name == "mse" ? LossKind.MeanSquared : LossKind.Huber };

        Tensor Loss(Tensor predicted) => name switch
        {
            "quantile" => Losses.QuantileHuber(predicted, tensor(y, [batch, n]), tensor(taus, [batch, n]), spec).sum(),
            "cross entropy" => Losses.CrossEntropy(predicted, nn.functional.softmax(tensor(y, [batch, n]), 1)).sum(),
            _ => Losses.Scalar(predicted.flatten(), tensor(y), spec).sum(),
        };

        using var scope = NewDisposeScope();
        var input = tensor(x, [batch, n]).requires_grad_();
        Loss(input).backward();
        var gradient = input.grad!.flatten().data<double>().ToArray();
        const double step = 1e-6;
        for (var k = 0; k < x.Length; k++)
        {
            var (up, down) = ((double[])x.Clone(), (double[])x.Clone());
            up[k] += step;
            down[k] -= step;
            var slope = (Loss(tensor(up, [batch, n])).item<double>() - Loss(tensor(down, [batch, n])).item<double>()) / (2 * step);
            Assert.Equal(slope, gradient[k], 1e-6);
        }
    }

    private static double[] Draw(RandomStream random, int count) => [.. Enumerable.Range(0, count).Select(_ => random.NextGaussian())];
}
