using FastDqn.Core;
using FastDqn.Learning;
using FastDqn.Learning.Specs;
using FastDqn.Training.Configuration;

namespace FastDqn.Training.Runs;

/// <summary>
/// The metrics that a training's rows have, by the names that studies and charts use: those of a row of another kind
/// than <c>train</c> are <c>KIND/NAME</c>. A test compares the list with what a training writes.
/// </summary>
public static class TrainMetrics
{
    private static readonly string[] Always =
    [
        "charts/episodic_return", "charts/episodic_length", "losses/td_loss", "losses/q_values", "losses/target_mean",
        "charts/mean_return", "charts/episodes", "charts/epsilon", "charts/updates", "charts/replay_fill", "charts/learning_rate",
        "episode/number", "episode/return", "episode/length", "episode/environment", "episode/truncated",
    ];

    private static readonly string[] OfEvaluations = ["mean_return", "std_return", "episodes", "mean_length"];

    private static readonly Condition[] Sometimes =
    [
        new("losses/gradient_norm", "loss.max_gradient_norm", c => c.Loss.MaxGradientNorm > 0, "above 0"),
        .. new[] { "number", "loss" }
            .Select(n => new Condition($"update/{n}", "log.loss_every", c => c.Log.LossEvery > 0, "above 0")),
        new("charts/held_out_max_q", "replay.kind", c => c.Replay.Kind != ReplayKind.None, "other than none"),
        .. OfEvaluations.Append("mean_max_q").Select(n => new Condition($"eval/{n}", "eval.episodes", c => c.Eval.Episodes > 0, "above 0")),
        .. OfEvaluations.Select(n => new Condition($"random/{n}", "eval.episodes", c => c.Eval.Episodes > 0, "above 0")),
        .. OfEvaluations.Select(n => new Condition($"random/{n}", "eval.random", c => c.Eval.Random, "on")),
    ];

    /// <summary>Every name that some training's rows have.</summary>
    public static IReadOnlyList<string> All { get; } =
        [.. Always.Concat(Sometimes.Select(c => c.Name)).Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal)];

    /// <summary>The names that rows of this training can have.</summary>
    public static IReadOnlyList<string> Of(TrainConfig config) => [.. All.Where(name => WhyNever(config, name, _ => false) is null)];

    /// <summary>Why no row of a training can have a metric, or null when one can.</summary>
    /// <param name="config">The training.</param>
    /// <param name="name">As in a study file; that of an evaluation may lack its <c>eval/</c>.</param>
    /// <param name="varies">Whether an option may have another value than <paramref name="config"/>'s.</param>
    public static string? WhyNever(TrainConfig config, string name, Func<string, bool> varies)
    {
        ArgumentNullException.ThrowIfNull(config);
        ArgumentNullException.ThrowIfNull(name);
        ArgumentNullException.ThrowIfNull(varies);
        if (Always.Contains(name))
            return null;
        var conditions = Sometimes.Where(c => c.Name == name || c.Name == "eval/" + name).ToList();
        if (conditions.Count == 0)
            return $"no row has it{NearestMatch.Hint(name, All)} (there are {string.Join(", ", All)})";
        // An algorithm brings values of its own for all of its sections.
        return conditions.Where(c => !c.Holds(config) && !varies(c.Option) && !varies("algorithm.name"))
            .Select(c => $"it needs {c.Option} {c.Wanted}").FirstOrDefault();
    }

    private sealed record Condition(string Name, string Option, Func<TrainConfig, bool> Holds, string Wanted);
}
