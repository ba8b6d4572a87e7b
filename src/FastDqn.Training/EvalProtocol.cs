using FastDqn.Core;
using FastDqn.Environments;
using FastDqn.Training.Configuration;

namespace FastDqn.Training;

/// <summary>
/// How agents are compared: what a published protocol fixes of the environment and the policy. Returns are raw and
/// unclipped, of whole games, in every protocol.
/// </summary>
/// <param name="Name">As in <c>eval.protocol</c>.</param>
/// <param name="Epsilon">Chance of a random action; null: <c>eval.epsilon</c>.</param>
/// <param name="NoopMax">Most no-ops at the start; null: as in training.</param>
/// <param name="Sticky">Probability of a repeated action; null: as in training.</param>
/// <param name="MaxFrames">Longest episode in emulated frames; null: as in training.</param>
/// <param name="FrameSkip">Emulated frames an action; null: as in training.</param>
/// <param name="Steps">Agent steps to play, by one environment, whatever number of episodes that takes; 0:
/// <c>eval.episodes</c> episodes.</param>
/// <param name="Source">Where it is from.</param>
public sealed record EvalProtocol(
    string Name, double? Epsilon, int? NoopMax, double? Sticky, long? MaxFrames, IntRange? FrameSkip, long Steps, string Source)
{
    /// <summary>The published protocols.</summary>
    public static IReadOnlyList<EvalProtocol> All { get; } =
    [
        new("custom", null, null, null, null, null, 0, "the options eval.epsilon, eval.max_frames and env.*"),
        new("nature", 0.05, 30, 0, 18_000, 4, 0, "Mnih et al. 2015: up to 30 no-ops, epsilon 0.05, 5 minutes of play"),
        new("machado", 0.01, 0, 0.25, 108_000, 4, 0, "Machado et al. 2018: sticky actions 0.25, no no-ops, 30 minutes of play"),
        new(
            "dopamine", 0.001, 0, 0.25, 108_000, 4, 125_000,
            "Castro et al. 2018: epsilon 0.001, 125,000 agent steps, sticky actions 0.25, episodes of at most 27,000 agent steps"),
        new("cleanrl", 0.01, 30, 0, 108_000, 4, 0, "CleanRL dqn_atari.py: 10 episodes at its last epsilon, 0.01, up to 30 no-ops"),
    ];

    /// <summary>False for environments that have neither frames nor no-ops nor sticky actions.</summary>
    public bool Atari { get; init; } = true;

    public static EvalProtocol Get(string name) => All.First(p => p.Name == name);

    /// <summary>The protocol with the options that it leaves open filled in.</summary>
    public static EvalProtocol Of(EvalOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        var protocol = Get(options.Protocol);
        return protocol with
        {
            Epsilon = protocol.Epsilon ?? options.Epsilon,
            MaxFrames = protocol.MaxFrames ?? (options.MaxFrames > 0 ? options.MaxFrames : null),
        };
    }

    /// <summary>The environment options under this protocol.</summary>
    public EnvironmentOptions Apply(EnvironmentOptions env)
    {
        ArgumentNullException.ThrowIfNull(env);
        var atari = env.Atari;
        return env with
        {
            Atari = atari with
            {
                NoopMax = NoopMax ?? atari.NoopMax,
                Sticky = Sticky ?? atari.Sticky,
                MaxFrames = MaxFrames ?? atari.MaxFrames,
                FrameSkip = FrameSkip ?? atari.FrameSkip,
            },
        };
    }

    /// <summary>"nature (epsilon 0.05, ...)" for results.</summary>
    public override string ToString() => FormattableString.Invariant($"{Name}: epsilon {Epsilon}")
        + (Atari ? $", no-ops {Text(NoopMax)}, sticky {Text(Sticky)}, at most {Text(MaxFrames)} frames"
            : Name == "custom" ? "" : " (its no-ops, sticky actions and limit of frames are for Atari games)");

    private static string Text<T>(T? value) where T : struct, IFormattable =>
        value?.ToString(null, System.Globalization.CultureInfo.InvariantCulture) ?? "as trained";
}
