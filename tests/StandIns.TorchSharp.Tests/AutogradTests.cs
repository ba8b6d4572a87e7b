using System.Runtime.InteropServices;
using TorchSharp;
using static TorchSharp.torch;

namespace StandIns.TorchSharp.Tests;

public sealed class AutogradTests
{
    private static Tensor Random(params long[] shape) => randn(shape, float64, generator: new Generator(7));

    public static TheoryData<string, Func<Tensor[], Tensor>, long[][]> Functions => new()
    {
        { "pointwise", x => ((x[0] * x[1]).tanh() + x[0].exp() / (x[1].square() + 1)).sum(), [[3, 2], [3, 2]] },
        { "broadcast", x => (x[0] - x[1]).abs().mean(), [[3, 2], [2]] },
        { "matmul", x => x[0].matmul(x[1]).square().sum(), [[3, 4], [4, 2]] },
        { "softmax", x => (x[0].log_softmax(1) * x[1]).sum(), [[2, 3], [2, 3]] },
        { "linear", x => nn.functional.linear(x[0], x[1], x[2]).square().sum(), [[2, 3], [4, 3], [4]] },
        { "conv2d", x => nn.functional.conv2d(x[0], x[1], x[2], strides: [2, 2], padding: [1, 1]).square().sum(), [[2, 2, 5, 5], [3, 2, 3, 3], [3]] },
        { "layer_norm", x => (nn.functional.layer_norm(x[0], [4], x[1], x[2]) * x[0]).sum(), [[3, 4], [4], [4]] },
        { "batch_norm", x => (nn.functional.batch_norm(x[0], null, null, x[1], x[2], training: true) * x[0]).sum(), [[3, 2, 2, 2], [2], [2]] },
        { "max_pool", x => nn.functional.max_pool2d(x[0], 2).square().sum(), [[1, 2, 4, 4]] },
        { "gather", x => x[0].gather(1, tensor(new long[,] { { 2 }, { 0 } })).square().sum(), [[2, 3]] },
        { "huber", x => nn.functional.huber_loss(x[0], x[1], 0.5), [[3, 3], [3, 3]] },
        { "smooth_l1", x => nn.functional.smooth_l1_loss(x[0], x[1], nn.Reduction.Sum, 0.5), [[3, 3], [3, 3]] },
        { "cross_entropy", x => nn.functional.cross_entropy(x[0], tensor(new[] { 0L, 2L })), [[2, 3]] },
        { "std_norm", x => x[0].std(1).sum() + x[0].norm(), [[2, 4]] },
    };

    [Theory]
    [MemberData(nameof(Functions))]
    public void Gradients_agree_with_finite_differences(string name, Func<Tensor[], Tensor> function, long[][] shapes)
    {
        using var scope = NewDisposeScope();
        Assert.NotEmpty(name);
        Numbers.GradientsAgree(function, [.. shapes.Select(shape => Random(shape))]);
    }

    [Fact]
    public void Gradients_accumulate_until_they_are_zeroed_or_dropped()
    {
        using var scope = NewDisposeScope();
        var x = tensor(new[] { 3f }).requires_grad_();
        Assert.Null(x.grad);
        (x * x).sum().backward();
        (x * x).sum().backward();
        Numbers.Close([12], x.grad!);
        x.grad = tensor(new[] { 1f });
        Numbers.Close([1], x.grad!);
        x.grad = null;
        Assert.Null(x.grad);
    }

    [Fact]
    public void No_grad_records_nothing_and_ends_with_its_scope()
    {
        using var scope = NewDisposeScope();
        var x = ones(2, requires_grad: true);
        using (no_grad())
        {
            Assert.False(is_grad_enabled());
            Assert.False((x * 2).requires_grad);
            using (enable_grad())
                Assert.True((x * 2).requires_grad);
            Assert.False(is_grad_enabled());
        }

        Assert.True((x * 2).requires_grad);
        Assert.False((x * 2).detach().requires_grad);
        using (inference_mode())
            Assert.True(is_inference_mode_enabled());
        Assert.False(is_inference_mode_enabled());
        Assert.Throws<ExternalException>(() => x.add_(1));
    }

    [Fact]
    public void Autograd_grad_gives_higher_derivatives()
    {
        using var scope = NewDisposeScope();
        var x = tensor(new[] { 2.0 }).requires_grad_();
        var first = autograd.grad([x.pow(3).sum()], [x], retain_graph: true, create_graph: true)[0];
        Numbers.Close([12], first);
        Numbers.Close([12], autograd.grad([first.sum()], [x])[0]);
        Assert.Null(x.grad);
    }

    [Fact]
    public void A_convolutions_second_derivative_goes_through()
    {
        using var scope = NewDisposeScope();
        var input = randn(2, 2, 6, 6, requires_grad: true, generator: new Generator(1));
        var weight = randn(3, 2, 3, 3, requires_grad: true, generator: new Generator(2));
        var output = nn.functional.conv2d(input, weight);
        var first = autograd.grad([output.square().sum()], [weight], retain_graph: true, create_graph: true)[0];
        first.square().sum().backward();
        Assert.True(weight.grad!.abs().sum().item<float>() > 0);
        Assert.True(input.grad!.abs().sum().item<float>() > 0);
    }
}
