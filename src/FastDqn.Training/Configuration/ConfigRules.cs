using FastDqn.Core;

namespace FastDqn.Training.Configuration;

/// <summary>Rules between options, beyond each one's own range.</summary>
internal static class ConfigRules
{
    public static void Check(TrainConfig config)
    {
        if (config.Replay.Capacity < config.Train.BatchSize)
            throw Wrong($"replay.capacity ({config.Replay.Capacity} transitions) is smaller than train.batch_size ({config.Train.BatchSize})");
        if (config.Exploration.End > config.Exploration.Start)
            throw Wrong($"exploration.end ({config.Exploration.End}) is above exploration.start ({config.Exploration.Start})");
    }

    private static FastDqnException Wrong(string what) => new(ErrorKind.Usage, what);
}
