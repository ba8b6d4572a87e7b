using FastDqn.Training.Configuration;
using FastDqn.Training.Runs;

namespace FastDqn.Training.Tests;

/// <summary>A training and who watches it in one call.</summary>
internal static class TrainingRun
{
    public static TrainResult Start(
        TrainConfig config, IReadOnlyList<string> arguments, ITrainObserver observer, StopSignals signals, RunTools? tools = null) =>
        Trainer.Create(config, (tools ?? new RunTools()) with { Arguments = arguments }).Observe(observer).Run(signals);

    public static TrainResult Resume(
        string directory, TrainConfig config, ITrainObserver observer, StopSignals signals, RunTools? tools = null) =>
        Trainer.Resume(directory, config, tools).Observe(observer).Run(signals);
}
