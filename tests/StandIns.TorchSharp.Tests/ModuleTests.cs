using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace StandIns.TorchSharp.Tests;

public sealed class ModuleTests
{
    private sealed class Branches : nn.Module<Tensor, Tensor>
    {
        private readonly nn.Module<Tensor, Tensor> _first = nn.Linear(3, 4);
        private readonly Sequential _rest = nn.Sequential(("act", nn.ReLU()), ("out", nn.Linear(4, 2, hasBias: false)));
        private readonly Parameter _scale = nn.Parameter(ones(1));
        private readonly Tensor _seen = zeros(1);

        internal Branches()
            : base(nameof(Branches)) => RegisterComponents();

        public override Tensor forward(Tensor input)
        {
            using var hidden = _first.call(input);
            return (_rest.call(hidden) * _scale) + _seen;
        }
    }

    [Fact]
    public void Fields_register_under_their_names()
    {
        using var net = new Branches();
        Assert.Equal(["_scale", "_first.weight", "_first.bias", "_rest.out.weight"], net.named_parameters().Select(pair => pair.name));
        Assert.Equal(["_seen"], net.named_buffers().Select(pair => pair.name));
        Assert.Equal(["_first", "_rest", "_rest.act", "_rest.out"], net.named_modules().Select(pair => pair.name));
        Assert.Equal(5, net.state_dict().Count);
        Assert.Equal([2L, 4L], net.get_parameter("_rest.out.weight")!.shape);
        Assert.Null(net.get_parameter("_rest.none"));
    }

    [Fact]
    public void State_dictionaries_copy_and_complain_of_other_names()
    {
        using var scope = NewDisposeScope();
        using var a = new Branches();
        using var b = new Branches();
        using var x = randn(5, 3);
        Assert.NotEqual(Numbers.Of(a.call(x)), Numbers.Of(b.call(x)));
        b.load_state_dict(a.state_dict());
        Assert.Equal(Numbers.Of(a.call(x)), Numbers.Of(b.call(x)));
        var partial = a.state_dict();
        partial.Remove("_scale");
        Assert.Throws<InvalidOperationException>(() => b.load_state_dict(partial));
        Assert.Equal(["_scale"], b.load_state_dict(partial, strict: false).missing_keys);
    }

    [Fact]
    public void Moving_to_double_replaces_parameters_everywhere()
    {
        using var scope = NewDisposeScope();
        using var net = new Branches().to(float64);
        Assert.All(net.parameters(), parameter => Assert.Equal(ScalarType.Float64, parameter.dtype));
        Assert.Equal(ScalarType.Float64, net.call(zeros(1, 3, dtype: float64)).dtype);
        Assert.All(net.parameters(), parameter => Assert.True(parameter.requires_grad));
    }

    [Fact]
    public void Training_mode_and_gradients_reach_the_submodules()
    {
        using var scope = NewDisposeScope();
        using var net = new Branches();
        net.eval();
        Assert.All(net.modules(), module => Assert.False(module.training));
        net.train();
        Assert.True(net.modules().All(module => module.training));
        net.call(ones(1, 3)).sum().backward();
        Assert.All(net.parameters(), parameter => Assert.NotNull(parameter.grad));
        net.zero_grad();
        Assert.All(net.parameters(), parameter => Assert.Null(parameter.grad));
    }

    [Fact]
    public void A_module_disposes_what_it_owns()
    {
        var net = new Branches();
        var parameters = net.parameters().ToList();
        net.Dispose();
        Assert.All(parameters, parameter => Assert.True(parameter.IsInvalid));
    }

    [Fact]
    public void The_nature_network_has_its_shapes_and_counts()
    {
        using var scope = NewDisposeScope();
        using var net = nn.Sequential(nn.Conv2d(4, 32, 8, 4), nn.ReLU(), nn.Conv2d(32, 64, 4, 2), nn.ReLU(), nn.Conv2d(64, 64, 3), nn.ReLU(inplace: true), nn.Flatten(), nn.Linear(3136, 512), nn.ReLU(), nn.Linear(512, 6));
        Assert.Equal([2L, 6L], net.call(zeros(2, 4, 84, 84)).shape);
        Assert.Equal(1_687_206, net.parameters().Sum(parameter => parameter.numel()));
        Assert.Equal("0.weight", net.named_parameters().First().name);
        Assert.Throws<ArgumentException>(() => net.call(zeros(2, 3, 84, 84)));
    }

    [Fact]
    public void Batch_norm_keeps_running_statistics()
    {
        using var scope = NewDisposeScope();
        using var norm = nn.BatchNorm2d(1);
        var x = tensor(new float[,,,] { { { { 1, 3 } } } });
        Numbers.Close([-1, 1], norm.call(x), 1e-4);
        Numbers.Close([0.2], norm.running_mean!);
        Numbers.Close([0.9 + 0.2], norm.running_var!);
        Assert.Equal(1, norm.num_batches_tracked!.item<long>());
        norm.eval();
        Numbers.Close([0.8 / Math.Sqrt(1.1 + 1e-5), 2.8 / Math.Sqrt(1.1 + 1e-5)], norm.call(x), 1e-5);
        Assert.Equal(["running_mean", "running_var", "num_batches_tracked"], norm.named_buffers().Select(pair => pair.name));
    }

    [Fact]
    public void Layers_give_known_values()
    {
        using var scope = NewDisposeScope();
        Numbers.Close([-1, 1], nn.LayerNorm([2]).call(tensor(new[] { 1f, 3f })), 1e-4);
        Numbers.Close([5], nn.MaxPool2d(2).call(tensor(new float[,,,] { { { { 1, 5 }, { 3, 2 } } } })));
        Numbers.Close([2.75], nn.AvgPool2d(2).call(tensor(new float[,,,] { { { { 1, 5 }, { 3, 2 } } } })));
        Numbers.Close([5], nn.AdaptiveMaxPool2d([1, 1]).call(tensor(new float[,,,] { { { { 1, 5 }, { 3, 2 } } } })));
        Numbers.Close([0.125 * 0.5], nn.HuberLoss().call(tensor(new[] { 0.5f, 0f }), zeros(2)));
        Numbers.Close([4], nn.MSELoss().call(tensor(new[] { 2f }), zeros(1)));
        Assert.Equal([2L, 3L], nn.Embedding(5, 3).call(tensor(new[] { 4L, 0L })).shape);
        using var dropout = nn.Dropout(0.5);
        dropout.eval();
        Numbers.Close([1, 1], dropout.call(ones(2)));
        dropout.train();
        Assert.Equal(1, dropout.call(ones(100_000)).mean().item<float>(), 0.05);
        using var list = nn.ModuleList(nn.Linear(1, 1), nn.Linear(1, 2));
        Assert.Equal(2, list.Count);
    }

    [Fact]
    public void Hooks_see_and_change_inputs_and_results()
    {
        using var scope = NewDisposeScope();
        using var layer = nn.Identity();
        var before = layer.register_forward_pre_hook((_, x) => x + 1);
        var after = layer.register_forward_hook((_, _, y) => y * 10);
        Numbers.Close([20], layer.call(ones(1)));
        before.remove();
        after.remove();
        Numbers.Close([1], layer.call(ones(1)));
    }

    [Fact]
    public void Initial_values_have_their_bounds_and_moments()
    {
        using var scope = NewDisposeScope();
        var weight = zeros(256, 128);
        nn.init.kaiming_uniform_(weight, Math.Sqrt(5));
        Assert.InRange(weight.abs().max().item<float>(), 0.95f / (float)Math.Sqrt(128), 1 / (float)Math.Sqrt(128));
        nn.init.kaiming_normal_(weight, nonlinearity: nn.init.NonlinearityType.ReLU);
        Assert.Equal(Math.Sqrt(2.0 / 128), weight.std().item<float>(), 0.005);
        nn.init.orthogonal_(weight, 2);
        Assert.True(weight.t().mm(weight).allclose(eye(128) * 4, atol: 1e-4));
        nn.init.xavier_uniform_(weight);
        Assert.InRange(weight.abs().max().item<float>(), 0.95f * (float)Math.Sqrt(6.0 / 384), (float)Math.Sqrt(6.0 / 384));
        nn.init.trunc_normal_(weight, 0, 1, -0.5, 0.5);
        Assert.InRange(weight.abs().max().item<float>(), 0.45f, 0.5f);
        Assert.Equal((128L * 9, 256L * 9), nn.init.CalculateFanInAndFanOut(zeros(256, 128, 3, 3)));
        Assert.Equal(Math.Sqrt(2), nn.init.calculate_gain(nn.init.NonlinearityType.ReLU), 1e-12);
    }
}
