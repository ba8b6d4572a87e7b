using TorchSharp;
using static TorchSharp.torch;

namespace StandIns.TorchSharp.Tests;

[Collection(nameof(Alone))]
public sealed class RandomTests
{
    [Fact]
    public void A_seed_repeats_the_sequence()
    {
        using var scope = NewDisposeScope();
        manual_seed(11);
        var first = Numbers.Of(randn(8));
        random.manual_seed(11);
        Assert.Equal(first, Numbers.Of(randn(8)));
        Assert.NotEqual(first, Numbers.Of(randn(8)));
        Assert.Equal(11, random.initial_seed());
    }

    [Fact]
    public void A_generators_state_saves_and_restores_its_sequence()
    {
        using var scope = NewDisposeScope();
        using var generator = new Generator(3);
        rand(5, generator: generator);
        var state = generator.get_state();
        var expected = Numbers.Of(rand(5, generator: generator));
        generator.set_state(state);
        Assert.Equal(expected, Numbers.Of(rand(5, generator: generator)));

        var whole = get_rng_state();
        var next = Numbers.Of(zeros(4).uniform_(0, 1));
        set_rng_state(whole);
        Assert.Equal(next, Numbers.Of(zeros(4).uniform_(0, 1)));
    }

    [Fact]
    public void Generators_do_not_disturb_each_other()
    {
        using var scope = NewDisposeScope();
        using var a = new Generator(5);
        using var b = new Generator(5);
        var expected = Numbers.Of(zeros(4).normal_(0, 1, a));
        manual_seed(99);
        randn(100);
        Assert.Equal(expected, Numbers.Of(zeros(4).normal_(0, 1, b)));
    }

    [Fact]
    public void Fills_have_their_distributions()
    {
        using var scope = NewDisposeScope();
        using var generator = new Generator(1);
        var normal = zeros(100_000, dtype: float64).normal_(2, 3, generator);
        Assert.Equal(2, normal.mean().item<double>(), 0.05);
        Assert.Equal(3, normal.std().item<double>(), 0.05);
        var uniform = zeros(100_000, dtype: float64).uniform_(-1, 3, generator);
        Assert.Equal(1, uniform.mean().item<double>(), 0.05);
        Assert.InRange(uniform.min().item<double>(), -1, -0.99);
        Assert.Equal(0.3, zeros(100_000, dtype: float64).bernoulli_(0.3, generator).mean().item<double>(), 0.01);
    }

    [Fact]
    public void A_convolution_and_its_gradients_are_the_same_bytes_on_any_number_of_threads() =>
        AssertSameOnAnyThreads([5, 4, 20, 20], [32, 4, 4, 4], (x, w) => nn.functional.conv2d(x, w, strides: [2, 2]));

    [Theory]
    [InlineData(32, 1000, 70)]
    [InlineData(2048, 512, 4)] // as many rows as quantile networks have
    [InlineData(2048, 64, 300)]
    [InlineData(1024, 700, 512)]
    public void A_linear_layer_and_its_gradients_are_the_same_bytes_on_any_number_of_threads(int rows, int ins, int outs) =>
        AssertSameOnAnyThreads([rows, ins], [outs, ins], (x, w) => nn.functional.linear(x, w, w.sum([1])));

    private static void AssertSameOnAnyThreads(long[] inputs, long[] weights, Func<Tensor, Tensor, Tensor> layer)
    {
        using var scope = NewDisposeScope();
        using var generator = new Generator(6);
        var input = randn(inputs, generator: generator);
        var weight = randn(weights, generator: generator);
        var before = get_num_threads();
        try
        {
            var one = Run(1);
            Assert.Equal(one, Run(2));
            Assert.Equal(one, Run(3));
            Assert.Equal(one, Run(5));
        }
        finally
        {
            set_num_threads(before);
        }

        double[] Run(int threads)
        {
            set_num_threads(threads);
            var x = input.clone().requires_grad_();
            var w = weight.clone().requires_grad_();
            var y = layer(x, w);
            y.square().sum().backward();
            return [.. Numbers.Of(y), .. Numbers.Of(x.grad!), .. Numbers.Of(w.grad!)];
        }
    }
}
