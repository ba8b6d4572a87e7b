#:project ../src/FastDqn.Sweeps/FastDqn.Sweeps.csproj
#:property PublishAot=false
// A sweep whose trials are trainings in this process: dotnet run examples/sweep.cs [FOLDER]
using FastDqn.Sweeps;
using FastDqn.Sweeps.StudyFile;
using FastDqn.Training;
using FastDqn.Training.Acting;
using FastDqn.Training.Configuration;

var folder = args.FirstOrDefault() ?? "studies/example-sweep";
var spec = StudyFileReader.Read(
    """
    name: example-sweep
    method: tpe
    metric: { name: return, goal: maximize }
    run_cap: 4
    command: [none]    # the trials are run by this program
    parameters:
      rate: { distribution: log_uniform, min: 1.0e-4, max: 1.0e-2 }
      gamma: { values: [0.95, 0.99] }
    """,
    "example-sweep.yaml");

using var study = Study.Create(spec, folder: folder);
study.Optimize(trial =>
{
    var options = TrainConfig.From(
        "cartpole-fast",
        [
            "train.steps=2000", "eval.episodes=0", "log.films=off", "log.tensorboard=off", "checkpoint.every=0",
            FormattableString.Invariant($"optimizer.learning_rate={trial["rate"]}"),
            FormattableString.Invariant($"target.gamma={trial["gamma"]}"),
            $"run.dir={Path.GetFullPath(Path.Combine(folder, "runs", Guid.NewGuid().ToString("N")))}",
        ]);
    return Trainer.Create(options).Observe(new Reporter(trial)).Run().MeanReturn;
});

var best = study.Best()!;
Console.WriteLine($"best of {study.Trials().Count} trials: return {best.Value:0.0} at {best.Parameters}");

internal sealed class Reporter(Trial trial) : ITrainObserver
{
    public void Progress(in TrainProgress progress)
    {
        if (double.IsFinite(progress.MeanReturn))
            trial.Report(progress.Step, progress.MeanReturn);
    }
}
