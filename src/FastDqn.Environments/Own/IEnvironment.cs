namespace FastDqn.Environments;

/// <summary>
/// One environment of your own. FastDqn makes as many as it steps together, resets them when an episode has ended, and
/// keeps frames for stacks. The same seed and the same actions must give the same episode, whatever was played before:
/// training from a seed is repeated by it, and a run that goes on repeats the episode that was under way, unless the
/// environment is <see cref="Core.IStateful"/>. Optional besides: <see cref="IRenderable"/> (asked for picture 0) for
/// films, <c>play</c> and <c>watch</c>, and <see cref="IDisposable"/>. <see cref="EnvironmentContract"/> tells what is
/// wrong with one.
/// </summary>
public interface IEnvironment
{
    /// <summary>What is seen: the same all the time, and of every instance.</summary>
    ObservationSpec Observation { get; }

    /// <summary>Names of the actions; an action is an index into this list.</summary>
    IReadOnlyList<string> ActionNames { get; }

    /// <summary>Steps a second at which people watch it.</summary>
    double StepsPerSecond => 15;

    /// <summary>Starts an episode; everything random in it comes from <paramref name="seed"/>.</summary>
    /// <param name="seed">Another for each episode.</param>
    /// <param name="observation">Takes the first observation, all of it.</param>
    void Reset(ulong seed, ObservationSpan observation);

    /// <summary>Takes an action. Not called again before <see cref="Reset"/> once an episode has ended.</summary>
    /// <param name="action">An index into <see cref="ActionNames"/>.</param>
    /// <param name="observation">Takes the observation after it, all of it, also where the episode ends.</param>
    StepOutcome Step(int action, ObservationSpan observation);
}

/// <summary>What a step came to.</summary>
/// <param name="Reward">As it is; the option <c>train.reward</c> may clip what the learner sees.</param>
/// <param name="Terminated">The episode ended by its own rules: there is no value after it.</param>
/// <param name="Truncated">A limit cut the episode: the value of the last observation still counts.</param>
public readonly record struct StepOutcome(float Reward, bool Terminated = false, bool Truncated = false);

/// <summary>Names an environment of your own for <c>--assembly FILE --env NAME</c>.</summary>
/// <param name="name">Lower-case letters, digits, '-', '_' and '.'.</param>
/// <param name="description">A line on it.</param>
[AttributeUsage(AttributeTargets.Class, Inherited = false)]
public sealed class FastDqnEnvironmentAttribute(string name, string description = "") : Attribute
{
    /// <summary>As given to <c>--env</c>.</summary>
    public string Name { get; } = name;

    /// <summary>A line on it.</summary>
    public string Description { get; } = description;
}
