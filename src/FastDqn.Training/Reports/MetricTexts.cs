namespace FastDqn.Training.Reports;

/// <summary>The metrics that pages draw, in people's words.</summary>
internal static class MetricTexts
{
    public const string Steps = "agent steps";
    public const string Q = "Q";

    /// <summary>
    /// Charts beside the returns: title, unit, and what is drawn. All but Q are counted or measured from zero.
    /// </summary>
    public static IReadOnlyList<(string Title, string Unit, IReadOnlyList<(string Metric, string Name)> Metrics)> Charts { get; } =
    [
        ("Loss", "loss", [("losses/td_loss", "mean since the last row")]),
        ("Q", Q,
        [
            ("losses/q_values", "of minibatches"), ("losses/target_mean", "targets"),
            ("charts/held_out_max_q", "largest, over held-out states"),
        ]),
        ("Epsilon", "epsilon", [("charts/epsilon", "chance of a random action")]),
        ("Length of episodes", "agent steps", [("charts/episodic_length", "mean since the last row")]),
        ("Gradient norm", "norm", [("losses/gradient_norm", "mean since the last row")]),
        ("Learning rate", "rate", [("charts/learning_rate", "learning rate")]),
        ("Replay memory", "transitions", [("charts/replay_fill", "filled")]),
        ("Memory", "bytes", [("perf/memory_bytes", "of the process")]),
    ];
}
