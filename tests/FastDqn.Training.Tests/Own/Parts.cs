using FastDqn.Core;
using FastDqn.Environments;
using FastDqn.Learning;
using TorchSharp;
using static TorchSharp.torch;

namespace FastDqn.Training.Tests.Own;

/// <summary>A corridor with its goal at the right end, drawn as a row of cells.</summary>
[FastDqnEnvironment("corridor", "five cells, the goal is the last")]
public class Corridor : IEnvironment, IRenderable
{
    private const int Cells = 5;
    private int _place;
    private int _steps;

    public ObservationSpec Observation { get; } = new(ObservationType.Float32, [Cells]);

    public IReadOnlyList<string> ActionNames { get; } = ["left", "right"];

    public void Reset(ulong seed, ObservationSpan observation)
    {
        (_place, _steps) = (new RandomStream(seed).NextInt32(3), 0);
        Show(observation);
    }

    public StepOutcome Step(int action, ObservationSpan observation)
    {
        _place = Math.Max(0, _place + (action == 0 ? -1 : 1));
        _steps++;
        Show(observation);
        return _place == Cells - 1 ? new StepOutcome(1, Terminated: true) : new StepOutcome(-0.01f, Truncated: _steps >= 30);
    }

    public (int Width, int Height) RenderSize(int index) => (Cells * 8, 8);

    public void RenderRgb(int index, Span<byte> rgb)
    {
        for (var i = 0; i < rgb.Length; i++)
            rgb[i] = i / 3 % (Cells * 8) / 8 == _place ? (byte)255 : (byte)0;
    }

    private void Show(ObservationSpan observation)
    {
        observation.Floats.Clear();
        observation.Floats[Math.Min(_place, Cells - 1)] = 1;
    }
}

/// <summary>Clipped double Q-learning: the smaller of two estimates of the best action.</summary>
[FastDqnRule("clipped-double")]
public sealed class ClippedDouble : ITargetRule
{
    [Option("Share of the smaller estimate", Min = 0, Max = 1)]
    public double Share { get; init; } = 1;

    public Tensor Target(TargetInputs inputs)
    {
        ArgumentNullException.ThrowIfNull(inputs);
        var best = inputs.NextOnline.argmax(1, keepdim: true);
        var (online, target) = (inputs.NextOnline.gather(1, best).squeeze(1), inputs.NextTarget.gather(1, best).squeeze(1));
        var value = (minimum(online, target) * Share) + (target * (1 - Share));
        return inputs.Returns.addcmul(inputs.Discounts, value, 1);
    }
}

/// <summary>|error|.</summary>
[FastDqnRule("absolute")]
public sealed class Absolute : ILossRule
{
    public Tensor Errors(Tensor predicted, Tensor target) => (predicted - target).abs();
}

/// <summary>Two streams, where the largest advantage is subtracted in place of the mean.</summary>
[FastDqnRule("largest-dueling")]
public sealed class LargestDueling : IHeadRule
{
    [Option("Width of the hidden layer", Min = 1, Max = 1024)]
    public int Width { get; init; } = 8;

    public HeadForward Build(HeadBuilder builder)
    {
        ArgumentNullException.ThrowIfNull(builder);
        var hidden = builder.Linear("hidden", builder.Features, Width);
        var (value, advantage) = (builder.Linear("value", Width, 1), builder.Linear("advantage", Width, builder.Actions));
        return pass =>
        {
            var x = pass.Run(hidden, pass.Features).relu();
            var advantages = pass.Run(advantage, x);
            return pass.Run(value, x) + advantages - advantages.amax([1], keepdim: true);
        };
    }
}

/// <summary>Forgets a dimension.</summary>
public sealed class Misshapen : ITargetRule
{
    public Tensor Target(TargetInputs inputs)
    {
        ArgumentNullException.ThrowIfNull(inputs);
        return inputs.NextTarget;
    }
}
