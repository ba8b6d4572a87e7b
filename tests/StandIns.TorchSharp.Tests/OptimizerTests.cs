using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace StandIns.TorchSharp.Tests;

/// <summary>Each step against the published formulas in double precision.</summary>
public sealed class OptimizerTests
{
    private const int Count = 37;

    // More elements than one native piece takes, so that pieces meet.
    private const int Many = 100_000;

    private delegate void Reference(double[] parameter, double[] gradient, double[][] memory, int step);

    private static void Compare(Func<Parameter[], optim.Optimizer> make, Reference reference, int memories = 3, int count = Count)
    {
        using var scope = NewDisposeScope();
        using var generator = new Generator(4);
        var start = randn(count, generator: generator);
        var parameter = new Parameter(start.clone());
        var idle = new Parameter(ones(2));
        using var optimizer = make([parameter, idle]);
        var expected = Numbers.Of(start);
        var memory = Enumerable.Range(0, memories).Select(_ => new double[count]).ToArray();
        for (var step = 1; step <= 12; step++)
        {
            var gradient = randn(count, generator: generator);
            parameter.grad = gradient;
            optimizer.step();
            reference(expected, Numbers.Of(gradient), memory, step);
        }

        Numbers.Close(expected, parameter, 2e-5);
        Numbers.Close([1, 1], idle);
    }

    private static Reference Adam(double lr, double b1, double b2, double eps, double decay = 0, bool decoupled = false, bool amsgrad = false, bool maximize = false) => (p, gradient, memory, t) =>
    {
        for (var i = 0; i < p.Length; i++)
        {
            var g = maximize ? -gradient[i] : gradient[i];
            if (decoupled)
                p[i] *= 1 - (lr * decay);
            else
                g += decay * p[i];
            memory[0][i] = (b1 * memory[0][i]) + ((1 - b1) * g);
            memory[1][i] = (b2 * memory[1][i]) + ((1 - b2) * g * g);
            memory[2][i] = Math.Max(memory[2][i], memory[1][i]);
            var spread = (amsgrad ? memory[2][i] : memory[1][i]) / (1 - Math.Pow(b2, t));
            p[i] -= lr * (memory[0][i] / (1 - Math.Pow(b1, t))) / (Math.Sqrt(spread) + eps);
        }
    };

    [Fact]
    public void Adam_follows_its_formula()
    {
        Compare(p => optim.Adam(p, 1e-2, eps: 1e-4), Adam(1e-2, 0.9, 0.999, 1e-4));
        Compare(p => optim.Adam(p, 6.25e-5, eps: 1.5e-4), Adam(6.25e-5, 0.9, 0.999, 1.5e-4), count: Many);
        Compare(p => optim.Adam(p, 1e-2, 0.8, 0.99, 1e-8, 0.1, amsgrad: true, maximize: true), Adam(1e-2, 0.8, 0.99, 1e-8, 0.1, amsgrad: true, maximize: true));
    }

    [Fact]
    public void AdamW_decays_the_parameter_itself() =>
        Compare(p => optim.AdamW(p, 1e-2, weight_decay: 0.1), Adam(1e-2, 0.9, 0.999, 1e-8, 0.1, decoupled: true));

    [Theory]
    [InlineData(0, false)]
    [InlineData(0.95, false)]
    [InlineData(0, true)]
    [InlineData(0.95, true)]
    public void RMSProp_follows_its_formula(double momentum, bool centered) =>
        Compare(p => optim.RMSProp(p, 0.00025, 0.95, 0.01, momentum: momentum, centered: centered), (p, g, memory, _) =>
        {
            for (var i = 0; i < p.Length; i++)
            {
                memory[0][i] = (0.95 * memory[0][i]) + (0.05 * g[i] * g[i]);
                memory[1][i] = (0.95 * memory[1][i]) + (0.05 * g[i]);
                var spread = memory[0][i] - (centered ? memory[1][i] * memory[1][i] : 0);
                memory[2][i] = (momentum * memory[2][i]) + (g[i] / (Math.Sqrt(spread) + 0.01));
                p[i] -= 0.00025 * memory[2][i];
            }
        });

    [Fact]
    public void RAdam_rectifies_once_the_variance_is_tractable() =>
        Compare(p => optim.RAdam(p, 1e-2), (p, g, memory, t) =>
        {
            const double b1 = 0.9, b2 = 0.999, infinite = (2 / (1 - b2)) - 1;
            var length = infinite - (2 * t * Math.Pow(b2, t) / (1 - Math.Pow(b2, t)));
            for (var i = 0; i < p.Length; i++)
            {
                memory[0][i] = (b1 * memory[0][i]) + ((1 - b1) * g[i]);
                memory[1][i] = (b2 * memory[1][i]) + ((1 - b2) * g[i] * g[i]);
                var move = 1e-2 * memory[0][i] / (1 - Math.Pow(b1, t));
                if (length > 5)
                {
                    var rectifier = Math.Sqrt((length - 4) * (length - 2) * infinite / ((infinite - 4) * (infinite - 2) * length));
                    move *= rectifier * Math.Sqrt(1 - Math.Pow(b2, t)) / (Math.Sqrt(memory[1][i]) + 1e-8);
                }

                p[i] -= move;
            }
        });

    [Fact]
    public void SGD_follows_its_formula() =>
        Compare(p => optim.SGD(p, 0.1, 0.9, nesterov: true), (p, g, memory, t) =>
        {
            for (var i = 0; i < p.Length; i++)
            {
                memory[0][i] = t == 1 ? g[i] : (0.9 * memory[0][i]) + g[i];
                p[i] -= 0.1 * (g[i] + (0.9 * memory[0][i]));
            }
        });

    [Fact]
    public void Parameters_that_lie_channels_last_take_the_same_steps()
    {
        using var scope = NewDisposeScope();
        using var generator = new Generator(8);
        var start = randn([3, 4, 2, 2], generator: generator);
        var gradient = randn([3, 4, 2, 2], generator: generator);
        var dense = new Parameter(start.clone());
        var last = new Parameter(start.permute(0, 2, 3, 1).contiguous().permute(0, 3, 1, 2));
        using var a = optim.Adam([dense], 0.1);
        using var b = optim.Adam([last], 0.1);
        dense.grad = gradient;
        last.grad = gradient;
        a.step();
        b.step();
        Assert.False(last.is_contiguous());
        Assert.True(dense.equal(last).all().item<bool>());
    }

    [Fact]
    public void Double_precision_parameters_take_the_same_formula()
    {
        using var scope = NewDisposeScope();
        var parameter = new Parameter(tensor(new[] { 1.0 }));
        using var optimizer = optim.Adam([parameter], 0.5);
        parameter.grad = tensor(new[] { 3.0 });
        optimizer.step();
        Numbers.Close([0.5], parameter, 1e-7);
    }

    [Fact]
    public void State_loads_into_another_optimizer_that_goes_on_the_same()
    {
        using var scope = NewDisposeScope();
        var first = new Parameter(ones(5));
        using var a = optim.Adam([first], 0.1, amsgrad: true);
        void Step(optim.Optimizer optimizer, Parameter parameter)
        {
            parameter.grad = parameter.detach() * 2;
            optimizer.step();
        }

        Step(a, first);
        Step(a, first);
        var second = new Parameter(first.detach().clone());
        using var b = optim.Adam([second], 0.3, amsgrad: true);
        b.load_state_dict(a.state_dict());
        Step(a, first);
        Step(b, second);
        Assert.Equal(Numbers.Of(first), Numbers.Of(second));
        var state = (Adam.State)b.state_dict().State[0];
        Assert.Equal(3, state.step);
        Assert.Equal(0.1, b.ParamGroups.Single().LearningRate);
    }

    [Fact]
    public void The_learning_rate_of_a_group_can_change()
    {
        using var scope = NewDisposeScope();
        var parameter = new Parameter(ones(1));
        using var optimizer = optim.SGD([parameter], 1);
        optimizer.ParamGroups.Single().LearningRate = 0.25;
        parameter.grad = ones(1);
        optimizer.step();
        Numbers.Close([0.75], parameter);
        optimizer.zero_grad();
        Numbers.Close([0], parameter.grad!);
    }

    [Fact]
    public void Clipping_scales_the_gradients_to_the_norm_and_gives_the_norm_before()
    {
        using var scope = NewDisposeScope();
        var a = new Parameter(zeros(1));
        var b = new Parameter(zeros(1));
        a.grad = tensor(new[] { 3f });
        b.grad = tensor(new[] { 4f });
        Assert.Equal(5, nn.utils.clip_grad_norm_([a, b], 1), 1e-6);
        Numbers.Close([0.6], a.grad!, 1e-5);
        Numbers.Close([0.8], b.grad!, 1e-5);
        Assert.Equal(1, nn.utils.clip_grad_norm_([a, b], 10), 1e-5);
        Numbers.Close([0.6], a.grad!, 1e-5);
        nn.utils.clip_grad_value_([a, b], 0.7);
        Numbers.Close([0.7], b.grad!, 1e-5);
        using var vector = nn.utils.parameters_to_vector([a, b]);
        Assert.Equal([2L], vector.shape);
        nn.utils.vector_to_parameters(tensor(new[] { 5f, 6f }), [a, b]);
        Numbers.Close([6], b);
    }
}
