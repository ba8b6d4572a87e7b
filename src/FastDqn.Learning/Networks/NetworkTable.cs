using FastDqn.Core;
using FastDqn.Learning.Optimization;
using FastDqn.Learning.Specs;

namespace FastDqn.Learning.Networks;

/// <summary>What a network is made of, and what an update of it takes.</summary>
public sealed class NetworkTable
{
    private const int FloatBytes = sizeof(float);

    private NetworkTable(QNetwork network, UpdateCost update)
    {
        (Rows, MultiplyAdds) = (network.Rows, network.MultiplyAdds);
        Parameters = network.Layout.TrainedCount;
        Update = update;
    }

    /// <summary>The layers in the order in which they run, the observation first.</summary>
    public IReadOnlyList<NetworkRow> Rows { get; }

    /// <summary>Trained numbers.</summary>
    public long Parameters { get; }

    /// <summary>Products with weights in a pass over one observation.</summary>
    public long MultiplyAdds { get; }

    public UpdateCost Update { get; }

    /// <summary>The table of the network that a learner of this algorithm has.</summary>
    /// <exception cref="FastDqnException"><see cref="ErrorKind.Usage"/>: there is no such network.</exception>
    public static NetworkTable Of(AlgorithmSpec spec, NetworkInput input, int actions)
    {
        ArgumentNullException.ThrowIfNull(spec);
        ArgumentNullException.ThrowIfNull(input);
        var network = new QNetwork(spec, input, actions);
        return new NetworkTable(network, Cost(spec, network));
    }

    private static UpdateCost Cost(AlgorithmSpec spec, QNetwork network)
    {
        long size = spec.Rollout is { } rollout ? (long)rollout.Steps * spec.Environments / rollout.Minibatches : spec.Schedule.BatchSize;
        var online = network.MultiplyAdds;
        // Nobody asks for the gradient by what is seen.
        var seen = network.Rows.Where(row => row.Inputs is ["input"] or ["cosines"]).Sum(row => row.MultiplyAdds);
        var bytes = network.Layout.TrainedCount * FloatBytes;
        // Both networks see a sequence's burn-in, and what its last returns reach.
        var (learned, after, steps) = spec.Body.Lstm == 0
            ? (1, 1, 1)
            : (spec.Replay.Sequence, spec.Replay.Sequence + spec.Target.Steps,
                spec.Replay.BurnIn + spec.Replay.Sequence + spec.Target.Steps);
        // The steps that are predicted, and the features that they are compared with.
        var predicted = spec.SelfPrediction.Steps * (network.PredictionMultiplyAdds + network.ProjectionMultiplyAdds);
        var compared = spec.SelfPrediction.Steps * (network.BodyMultiplyAdds + network.ProjectionMultiplyAdds);
        var targets = spec.Rollout is null && spec.Target.UseTargetNetwork ? bytes : 0;
        return new UpdateCost(
            size * learned,
            (size * steps * (online + (spec.Rollout is null ? Target(spec, network) : 0))) + (size * (predicted + compared)),
            (size * after * ((2 * online) - seen)) + (2 * size * predicted),
            bytes,
            targets + (DqnLearner.HasMomentumEncoder(spec) ? bytes : 0),
            bytes,
            bytes * FlatOptimizer.MomentsOf(spec.Optimizer));
    }

    /// <summary>Of the passes that make a target, as <see cref="DqnLearner"/> runs them, for one transition.</summary>
    private static long Target(AlgorithmSpec spec, QNetwork network)
    {
        var sampled = spec.Head.Kind == HeadKind.ImplicitQuantile;
        var (body, head) = (network.BodyMultiplyAdds, network.HeadMultiplyAdds);
        var acting = sampled ? spec.Head.ActingTaus * head : head;
        var next = body + (sampled ? spec.Head.TargetTaus * head : head);
        // The pass that learns chooses the actions, too.
        if (spec.Body.Lstm > 0)
            return next;
        if (spec.Target.Munchausen)
            return next + body + acting + (sampled ? acting : 0);
        return next + (spec.Target.Double ? body + acting : sampled ? acting : 0);
    }
}

/// <summary>What one update takes.</summary>
/// <param name="Minibatch">Transitions that it learns from.</param>
/// <param name="Forward">Products with weights of its forward passes, those that make the target too.</param>
/// <param name="Backward">The same of its backward pass.</param>
/// <param name="ParameterBytes">Memory of the parameters.</param>
/// <param name="TargetBytes">Memory of the target network's; 0: there is none.</param>
/// <param name="GradientBytes">Memory of the gradient.</param>
/// <param name="OptimizerBytes">Memory of the optimizer's moments.</param>
public sealed record UpdateCost(
    long Minibatch, long Forward, long Backward, long ParameterBytes, long TargetBytes, long GradientBytes, long OptimizerBytes)
{
    /// <summary>Memory of the network and of all that an update keeps beside it.</summary>
    public long NetworkBytes => ParameterBytes + TargetBytes + GradientBytes + OptimizerBytes;
}
