using FastDqn.Core;
using TorchSharp;
using static TorchSharp.torch;

namespace FastDqn.Learning.Tests;

/// <summary>The layer that a plain head is.</summary>
internal sealed class OwnLinear : IHeadRule
{
    public HeadForward Build(HeadBuilder builder)
    {
        var layer = builder.Linear("q", builder.Features, builder.Actions);
        return pass => pass.Run(layer, pass.Features);
    }
}

/// <summary>
/// Two streams over a hidden layer that both take, where the largest advantage is subtracted, and a scale of its own.
/// </summary>
internal sealed class OwnStreams : IHeadRule
{
    [Option("Width of the hidden layer", Min = 1)]
    public int Width { get; init; } = 8;

    public HeadForward Build(HeadBuilder builder)
    {
        var hidden = builder.Linear("hidden", builder.Features, Width);
        var (value, advantage) = (builder.Linear("value", Width, 1), builder.Linear("advantage", Width, builder.Actions));
        var scale = builder.Parameter("scale", [Width], 0.1);
        return pass =>
        {
            var x = pass.Run(hidden, pass.Features).tanh() * (pass[scale] + 1);
            var advantages = pass.Run(advantage, x);
            return pass.Run(value, x) + advantages - advantages.amax([1], keepdim: true);
        };
    }
}

/// <summary>
/// The return as one of some classes between -2 and 2, learned by the cross entropy of two neighbours.
/// </summary>
internal sealed class OwnClasses : IHeadRule
{
    private const int Classes = 9;
    private const double Step = 0.5;

    public HeadForward Build(HeadBuilder builder)
    {
        var (actions, logits) = (builder.Actions, builder.Linear("logits", builder.Features, builder.Actions * Classes));
        return pass => pass.Run(logits, pass.Features).view(-1, actions, Classes);
    }

    public Tensor Values(Tensor output) => nn.functional.softmax(output, 2).matmul(Centres(output.device));

    public Tensor? Errors(Tensor taken, Tensor target)
    {
        var distance = (target.clamp(-2, 2).unsqueeze(1) - Centres(taken.device)).abs() / Step;
        return -((1 - distance).clamp_min(0) * nn.functional.log_softmax(taken, 1)).sum(1);
    }

    private static Tensor Centres(Device device) => arange(Classes, float32, device).mul(Step).sub(2);
}

/// <summary>Gives what it is told to.</summary>
internal sealed class OwnWrong(Func<Tensor, Tensor> layers, Func<Tensor, Tensor>? values = null, Func<Tensor, Tensor>? errors = null)
    : IHeadRule
{
    public HeadForward Build(HeadBuilder builder)
    {
        var layer = builder.Linear("q", builder.Features, builder.Actions);
        return pass => layers(pass.Run(layer, pass.Features));
    }

    public Tensor Values(Tensor output) => values is null ? output : values(output);

    public Tensor? Errors(Tensor taken, Tensor target) => errors?.Invoke(taken);
}

/// <summary>Declares what it is told to.</summary>
internal sealed class OwnDeclared(Action<HeadBuilder> declare) : IHeadRule
{
    public HeadForward Build(HeadBuilder builder)
    {
        declare(builder);
        return pass => pass.Features;
    }
}
