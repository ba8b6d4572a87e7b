using FastDqn.Core;

namespace FastDqn.Learning.Specs;

/// <summary>Learning from rollouts (PQN): options <c>rollout.*</c>.</summary>
public sealed record RolloutSpec
{
    [Option("Steps of each environment in a rollout", Unit = "agent steps", Min = 1, Max = 65536)]
    public int Steps { get; init; } = 32;

    [Option("Lambda of Q(lambda)", Min = 0, Max = 1, MidRun = true)]
    public double Lambda { get; init; } = 0.65;

    [Option("Passes over a rollout", Unit = "passes", Min = 1, Max = 64)]
    public int Epochs { get; init; } = 2;

    [Option("Minibatches of a pass", Unit = "minibatches", Min = 1, Max = 65536)]
    public int Minibatches { get; init; } = 32;
}
