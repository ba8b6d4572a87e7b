using FastDqn.Core;

namespace FastDqn.Learning.Specs;

/// <summary>When updates happen: options <c>schedule.*</c>.</summary>
public sealed record ScheduleSpec
{
    [Option("Transitions in a minibatch; recurrent networks: sequences", Unit = "transitions", Min = 1, Max = 65536)]
    public int BatchSize { get; init; } = 32;

    [Option(
        "Steps that fill the replay memory before the first update, and again where a run goes on without the memory it had",
        Unit = "agent steps", Min = 0, TurnsOff = ["schedule.warm_up_episodes=0"])]
    public long WarmUp { get; init; } = 50_000;

    [Option(
        "Finished episodes, of all environments together, that fill it, instead of schedule.warm_up; 0: counted in steps",
        Unit = "episodes", Min = 0, InsteadOf = ["schedule.warm_up"])]
    public long WarmUpEpisodes { get; init; }

    [Option("Actions of the first warm-up are all random; off: as exploration says, by the network as it starts")]
    public bool WarmUpRandom { get; init; } = true;

    [Option(
        "Steps from one round of updates to the next, summed over environments", Unit = "agent steps", Min = 1,
        TurnsOff = ["schedule.episodes_per_round=0"])]
    public int StepsPerUpdate { get; init; } = 4;

    /// <summary>Counted from the end of the warm-up.</summary>
    [Option(
        "Finished episodes, of all environments together, from one round of updates to the next, instead of schedule.steps_per_update; "
        + "0: updates are counted in steps", Unit = "episodes", Min = 0, Max = 1_000_000, InsteadOf = ["schedule.steps_per_update"])]
    public int EpisodesPerRound { get; init; }

    /// <summary>Over the steps between two rounds: the replay ratio of D'Oro et al. 2023.</summary>
    [Option("Updates of a round", Unit = "updates", Min = 1, Max = 1_000_000)]
    public int UpdatesPerRound { get; init; } = 1;
}
