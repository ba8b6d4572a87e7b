using FastDqn.Core;
using FastDqn.Learning.Cuda;
using FastDqn.Learning.Interop;
using FastDqn.Learning.Networks;
using FastDqn.Learning.Specs;
using TorchSharp;
using static TorchSharp.torch;

namespace FastDqn.Learning.Optimization;

/// <summary>
/// An optimizer for device work: what changes from step to step (rate, bias corrections) is computed on the host and
/// lies in a tensor of the device, so that a recorded step stays right. Its state is that of the CPU's optimizer of the
/// same name.
/// </summary>
internal abstract class DeviceOptimizer : FlatOptimizer
{
    private readonly ParameterSet _parameters;
    private readonly Tensor[] _moments;
    private readonly Tensor _own;
    private readonly Tensor[] _ownNumbers;
    private Tensor[] _numbers;

    /// <param name="spec">Its settings.</param>
    /// <param name="parameters">What it moves.</param>
    /// <param name="numbers">How many numbers change from step to step.</param>
    protected DeviceOptimizer(OptimizerSpec spec, ParameterSet parameters, int numbers)
    {
        (Spec, _parameters, LearningRate) = (spec, parameters, spec.LearningRate);
        _moments = [.. Enumerable.Range(0, MomentsOf(spec)).Select(_ => zeros_like(parameters.Values).DetachFromDisposeScope())];
        _own = zeros([numbers], ScalarType.Float32, parameters.Values.device).DetachFromDisposeScope();
        Count = numbers;
        _ownNumbers = _numbers = NumbersOf(_own);
    }

    public sealed override double LearningRate { get; set; }

    /// <summary>Whose memory the parameters are in.</summary>
    public Device Device => Values.device;

    /// <summary>How many numbers <see cref="Prepare"/> writes.</summary>
    public int Count { get; }

    protected OptimizerSpec Spec { get; }

    protected Tensor Values => _parameters.Values;

    protected sealed override Tensor Gradient => _parameters.Gradient!;

    protected sealed override ParameterLayout Layout => _parameters.Layout;

    protected sealed override IReadOnlyList<Tensor> Moments => _moments;

    protected sealed override long Steps { get; set; }

    /// <summary>The numbers one by one, where <paramref name="all"/> holds them; no scope disposes them.</summary>
    public Tensor[] NumbersOf(Tensor all) =>
        [.. Enumerable.Range(0, Count).Select(i => all.narrow(0, i, 1).DetachFromDisposeScope())];

    /// <summary>The next steps read their numbers here, where their owner fills them in.</summary>
    public void Bind(Tensor[] numbers) => _numbers = numbers;

    /// <summary>Counts a step and writes the numbers that it takes.</summary>
    public void Prepare(Span<float> numbers)
    {
        Steps++;
        Write(numbers);
    }

    /// <summary>The prepared step along <paramref name="gradient"/>, which is used up.</summary>
    public void Move(Tensor gradient)
    {
        using var noGrad = no_grad();
        using var scope = NewDisposeScope();
        if (Spec.WeightDecay != 0 && Spec.Kind != OptimizerKind.AdamW)
            gradient.add_(Values, alpha: Numbers.Of(Spec.WeightDecay));
        Descend(gradient);
    }

    public sealed override void Dispose()
    {
        foreach (var tensor in (Tensor[])[.. _moments, .. _ownNumbers, _own])
            tensor.Dispose();
    }

    protected sealed override void Apply(double scale)
    {
        if (_numbers != _ownNumbers)
            throw new InvalidOperationException("a bound optimizer's numbers are prepared by their owner");
        using var host = zeros([Count], ScalarType.Float32, CPU);
        Prepare(PinnedTensor.Span<float>(host));
        _own.copy_(host);
        Move(Gradient);
    }

    /// <summary>One of the numbers, on the device.</summary>
    protected Tensor Number(int index) => _numbers[index];

    protected abstract void Write(Span<float> numbers);

    protected abstract void Descend(Tensor gradient);

    /// <summary>values += ratio x number.</summary>
    protected void Step(Tensor ratio, int number) => Values.addcmul_(ratio, Number(number), Numbers.One);
}

/// <summary>
/// Adam and AdamW: m / (sqrt(v) + eps sqrt(1 - b2^t)) times -rate sqrt(1 - b2^t) / (1 - b1^t), which is PyTorch's
/// formula. A kernel takes the step in one launch, with roundings of its own; without one it is seven.
/// </summary>
internal sealed class DeviceAdam(OptimizerSpec spec, ParameterSet parameters, DeviceQueue? queue, IAdamKernel? kernel)
    : DeviceOptimizer(spec, parameters, numbers: 4)
{
    protected override string Name => Spec.Kind == OptimizerKind.AdamW ? "adamw" : "adam";

    protected override void Write(Span<float> numbers)
    {
        var root = Math.Sqrt(1 - Math.Pow(Spec.Beta2, Steps));
        numbers[0] = (float)(-LearningRate * root / (1 - Math.Pow(Spec.Beta1, Steps)));
        numbers[1] = (float)(Spec.Epsilon * root);
        numbers[2] = (float)(1 - (LearningRate * Spec.WeightDecay));
        numbers[3] = (float)(1 - Spec.Beta1);
    }

    protected override void Descend(Tensor gradient)
    {
        if (kernel is not null)
        {
            kernel.Queue(
                new AdamStep(
                    PinnedTensor.Data(Values), PinnedTensor.Data(gradient), PinnedTensor.Data(Moments[0]), PinnedTensor.Data(Moments[1]),
                    PinnedTensor.Data(Number(0)), checked((int)Values.NumberOfElements), Spec.Beta2, Spec.Kind == OptimizerKind.AdamW),
                queue?.Stream ?? 0);
            return;
        }

        if (Spec.Kind == OptimizerKind.AdamW)
            Values.mul_(Number(2));
        var mean = Moments[0].lerp_(gradient, Number(3));
        var square = Moments[1].mul_(Numbers.Of(Spec.Beta2)).addcmul_(gradient, gradient, Numbers.Of(1 - Spec.Beta2));
        Step(mean.div(square.sqrt().Add(Number(1))), 0);
    }
}

/// <summary>Rectified Adam, as <see cref="RAdamOptimizer"/>: its first steps divide by 1.</summary>
internal sealed class DeviceRAdam(OptimizerSpec spec, ParameterSet parameters) : DeviceOptimizer(spec, parameters, numbers: 4)
{
    protected override string Name => "radam";

    protected override void Write(Span<float> numbers)
    {
        var (rate, adaptive) = RAdamOptimizer.Rate(Spec, LearningRate, Steps);
        (numbers[0], numbers[1], numbers[2]) = ((float)-rate, adaptive ? 1 : 0, adaptive ? (float)Spec.Epsilon : 1);
        numbers[3] = (float)(1 - Spec.Beta1);
    }

    protected override void Descend(Tensor gradient)
    {
        var mean = Moments[0].lerp_(gradient, Number(3));
        var square = Moments[1].mul_(Numbers.Of(Spec.Beta2)).addcmul_(gradient, gradient, Numbers.Of(1 - Spec.Beta2));
        Step(mean.div(Number(2).addcmul(square.sqrt(), Number(1), Numbers.One)), 0);
    }
}

/// <summary>RMSProp with either epsilon, as <see cref="RmsPropOptimizer"/>.</summary>
internal sealed class DeviceRmsProp : DeviceOptimizer
{
    private readonly RmsPropMoments _moments;

    public DeviceRmsProp(OptimizerSpec spec, ParameterSet parameters)
        : base(spec, parameters, numbers: 2)
    {
        _moments = new RmsPropMoments(spec);
        StartMoments();
    }

    protected override void StartMoments() => _moments.Start(Moments);

    protected override string Name => _moments.Name;

    private Tensor Mean => Moments[_moments.Mean];

    private Tensor Velocity => Moments[_moments.Velocity];

    protected override void Write(Span<float> numbers) => (numbers[0], numbers[1]) = ((float)-LearningRate, (float)LearningRate);

    protected override void Descend(Tensor gradient)
    {
        var (alpha, rest) = (Numbers.Of(Spec.Alpha), Numbers.Of(1 - Spec.Alpha));
        var (epsilon, momentum) = (Numbers.Of(Spec.Epsilon), Numbers.Of(Spec.Momentum));
        var root = Moments[0].mul_(alpha).addcmul_(gradient, gradient, rest);
        if (Spec.Centered)
        {
            var mean = Mean.mul_(alpha).add_(gradient, rest);
            root = root.addcmul(mean, mean, Numbers.Of(-1));
        }

        var ratio = gradient.div(_moments.Inside ? root.Plus(epsilon).sqrt_() : root.sqrt().Add(epsilon));
        if (Spec.Momentum == 0)
            Step(ratio, 0);
        else if (_moments.Inside)
            Values.sub_(Velocity.mul_(momentum).addcmul_(ratio, Number(1), Numbers.One));
        else
            Step(Velocity.mul_(momentum).Add(ratio), 0);
    }
}

/// <summary>Gradient descent, as <see cref="SgdOptimizer"/>.</summary>
internal sealed class DeviceSgd(OptimizerSpec spec, ParameterSet parameters) : DeviceOptimizer(spec, parameters, numbers: 1)
{
    protected override string Name => "sgd";

    protected override void Write(Span<float> numbers) => numbers[0] = (float)-LearningRate;

    protected override void Descend(Tensor gradient)
    {
        var momentum = Numbers.Of(Spec.Momentum);
        var velocity = Spec.Momentum == 0 ? gradient : Moments[0].mul_(momentum).Add(gradient);
        Step(Spec.Nesterov ? velocity.mul(momentum).Add(gradient) : velocity, 0);
    }
}
