using FastDqn.Core;
using FastDqn.Learning;
using FastDqn.Learning.Specs;
using FastDqn.Training.Tracking;

namespace FastDqn.Training.Configuration;

/// <summary>Rules between options, beyond each one's own range.</summary>
internal static class ConfigRules
{
    public static void Check(TrainConfig config)
    {
        if (config.Replay.Kind != ReplayKind.None && config.Replay.Capacity < config.Schedule.BatchSize)
            throw Wrong(
                $"replay.capacity ({config.Replay.Capacity} transitions) is smaller than schedule.batch_size "
                + $"({config.Schedule.BatchSize})");
        var falls = config.Exploration.Kind is ExplorationKind.Linear or ExplorationKind.Exponential;
        if (falls && config.Exploration is { Episodes: > 0, Fraction: > 0 })
        {
            throw Wrong(
                $"exploration.episodes ({config.Exploration.Episodes}) and exploration.fraction ({config.Exploration.Fraction}) are both "
                + "the length of the schedule: set one of them to 0");
        }

        if (config.Log.MetricsEndpoint.Length > 0 && HttpEndpoint.Parse(config.Log.MetricsEndpoint) is null)
            throw Wrong($"log.metrics_endpoint: '{config.Log.MetricsEndpoint}' is not ADDRESS:PORT, as in 127.0.0.1:9464");
        if (config.Log.Track.Length > 0)
            _ = MlflowTarget.Parse(config.Log.Track);
        _ = Algorithms.Parts(config);
        if (falls && config.Exploration.End > config.Exploration.Start)
        {
            throw Wrong($"exploration.end ({config.Exploration.End}) is above exploration.start ({config.Exploration.Start})");
        }
    }

    private static FastDqnException Wrong(string what) => new(ErrorKind.Usage, what);
}
