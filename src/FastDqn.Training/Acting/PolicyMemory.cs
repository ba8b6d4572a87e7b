using FastDqn.Environments;
using FastDqn.Learning;
using FastDqn.Training.Configuration;
using FastDqn.Training.Loops;

namespace FastDqn.Training.Acting;

/// <summary>
/// What a trained policy carries from step to step where it plays: the state of a recurrent network, which sees rewards
/// as it did in training; nothing for other networks.
/// </summary>
public sealed class PolicyMemory
{
    private readonly RewardShaper _shaper;

    /// <param name="config">The training's options.</param>
    /// <param name="actor">Whose network plays.</param>
    /// <param name="environments">In how many environments.</param>
    public PolicyMemory(TrainConfig config, Actor actor, int environments)
    {
        ArgumentNullException.ThrowIfNull(config);
        ArgumentNullException.ThrowIfNull(actor);
        (_shaper, State) = (new RewardShaper(config, environments), actor.CreateState(environments));
    }

    /// <summary>To be given to the network; null: it is not recurrent.</summary>
    public RecurrentState? State { get; }

    /// <summary>The environments took a step with these actions.</summary>
    public void Stepped(ReadOnlySpan<int> actions, StepResult step)
    {
        ArgumentNullException.ThrowIfNull(step);
        State?.Observe(actions, _shaper.Shape(step), step.EpisodeStart);
    }
}
