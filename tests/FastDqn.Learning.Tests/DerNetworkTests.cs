using FastDqn.Core;
using FastDqn.Learning;
using FastDqn.Learning.Interop;
using FastDqn.Learning.Networks;
using FastDqn.Learning.Specs;
using TorchSharp;
using static TorchSharp.torch;

namespace FastDqn.Learning.Tests;

/// <summary>The network of data-efficient Rainbow (van Hasselt et al. 2019), against one in double precision.</summary>
public sealed class DerNetworkTests
{
    private const int Actions = 4;
    private const int Atoms = 51;
    private static readonly NetworkInput Pixels = new(ObservationKind.UInt8, [4, 84, 84]);

    [Theory]
    [InlineData(false, false)]
    [InlineData(true, false)]
    [InlineData(true, true)]
    public void ItsValuesAreThoseOfADoublePrecisionNetwork(bool noisy, bool kernels)
    {
        var network = new QNetwork(AlgorithmPresets.Get("der"), Pixels, Actions);
        using var parameters = new ParameterSet(network.Layout, CPU, trainable: false);
        parameters.Initialize(new RandomStream(3));
        using var noise = new NoiseSample(network.Noise, CPU);
        noise.Resample(new RandomStream(4));
        using var pool = kernels ? new KernelPool(2) : null;
        using var scope = NewDisposeScope();
        using var noGrad = no_grad();
        const int count = 3;
        var batch = TestBatch.Random(Pixels, count, Actions, 5);
        var observations = PinnedTensor.Over(batch.Batch.Observations, ScalarType.Byte, count, 4, 84, 84);
        var pass = new Pass(Training: false, noisy ? noise : null, pool);
        var output = network.Head(parameters, network.Features(parameters, observations, pass), null, pass);
        using var atoms = NetworkEvaluator.Atoms(network.Spec.Head, CPU);
        var q = PinnedTensor.Span<float>(network.Q(output, atoms).contiguous());

        for (var i = 0; i < count; i++)
        {
            var expected = Reference(batch.Observations.Slice(i * Pixels.Bytes, Pixels.Bytes));
            for (var action = 0; action < Actions; action++)
                Assert.Equal(expected[action], q[(i * Actions) + action], 1e-5);
        }

        double[] Reference(ReadOnlySpan<byte> image)
        {
            var planes = new double[image.Length];
            for (var k = 0; k < planes.Length; k++)
                planes[k] = image[k] / 255.0;
            var (first, _) = Convolve(planes, 4, 84, "network.0", 32);
            var (features, side) = Convolve(first, 32, 16, "network.2", 64);
            Assert.Equal((3, 576), (side, features.Length));
            // Noise of the value stream's two layers comes first.
            var value = Linear(Relu(Linear(features, "value_head.0", 0)), "value_head.2", 1);
            var advantage = Linear(Relu(Linear(features, "advantage_head.0", 2)), "advantage_head.2", 3);
            Assert.Equal((Atoms, Actions * Atoms), (value.Length, advantage.Length));
            return [.. Enumerable.Range(0, Actions).Select(action =>
            {
                var logits = Enumerable.Range(0, Atoms).Select(atom => value[atom] + advantage[(action * Atoms) + atom]
                    - Enumerable.Range(0, Actions).Average(other => advantage[(other * Atoms) + atom])).ToArray();
                var weights = logits.Select(logit => Math.Exp(logit - logits.Max())).ToArray();
                return weights.Select((weight, atom) => weight * (-10 + (0.4 * atom))).Sum() / weights.Sum();
            })];
        }

        (double[] Planes, int Side) Convolve(double[] x, int channels, int side, string name, int outputs)
        {
            var (weight, bias) = (Values($"{name}.weight"), Values($"{name}.bias"));
            Assert.Equal(outputs * channels * 25, weight.Length);
            var next = ((side - 5) / 5) + 1;
            var y = new double[outputs * next * next];
            for (var o = 0; o < outputs; o++)
            {
                for (var place = 0; place < next * next; place++)
                {
                    var sum = bias[o];
                    for (var k = 0; k < channels * 25; k++)
                    {
                        var (row, column) = ((place / next * 5) + (k % 25 / 5), (place % next * 5) + (k % 5));
                        sum += weight[(o * channels * 25) + k] * x[(((k / 25 * side) + row) * side) + column];
                    }

                    y[(o * next * next) + place] = Math.Max(0, sum);
                }
            }

            return (y, next);
        }

        double[] Linear(double[] x, string name, int layer)
        {
            var (mean, spread) = (Values($"{name}.weight_mu"), Values($"{name}.weight_sigma"));
            var (bias, biasSpread) = (Values($"{name}.bias_mu"), Values($"{name}.bias_sigma"));
            var inputs = PinnedTensor.Span<float>(noise.Inputs(layer)).ToArray();
            var outputs = PinnedTensor.Span<float>(noise.Outputs(layer)).ToArray();
            var y = new double[bias.Length];
            for (var o = 0; o < y.Length; o++)
            {
                var factor = noisy ? outputs[o] : 0;
                y[o] = bias[o] + (biasSpread[o] * factor);
                for (var i = 0; i < x.Length; i++)
                    y[o] += x[i] * (mean[(o * x.Length) + i] + (spread[(o * x.Length) + i] * factor * inputs[i]));
            }

            return y;
        }

        // In PyTorch's order.
        double[] Values(string name)
        {
            var index = network.Layout.Parameters.Select((slot, at) => (slot.Name, at)).Single(slot => slot.Name == name).at;
            return [.. PinnedTensor.Span<float>(parameters[index].contiguous()).ToArray().Select(v => (double)v)];
        }
    }

    [Fact]
    public void ItIsAsLargeAsInThePaper()
    {
        var network = new QNetwork(AlgorithmPresets.Get("der"), Pixels, Actions);
        const int convolutions = (32 * 4 * 25) + 32 + (64 * 32 * 25) + 64, hidden = 2 * 2 * ((576 * 256) + 256);
        const int outputs = 2 * ((256 * Atoms) + Atoms + (256 * Actions * Atoms) + (Actions * Atoms));
        Assert.Equal(convolutions + hidden + outputs, network.Layout.TrainedCount);
    }

    private static double[] Relu(double[] x) => [.. x.Select(value => Math.Max(0, value))];
}
