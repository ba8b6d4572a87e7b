using FastDqn.Core;

namespace FastDqn.Learning.Specs;

/// <summary>When updates happen: options <c>schedule.*</c>.</summary>
public sealed record ScheduleSpec
{
    [Option("Transitions in a minibatch", Unit = "transitions", Min = 1, Max = 65536)]
    public int BatchSize { get; init; } = 32;

    [Option(
        "Steps that fill the replay memory before the first update, and again where a run goes on without the memory it had",
        Unit = "agent steps", Min = 0)]
    public long WarmUp { get; init; } = 50_000;

    [Option("Steps from one update to the next, summed over environments", Unit = "agent steps", Min = 1)]
    public int StepsPerUpdate { get; init; } = 4;
}
