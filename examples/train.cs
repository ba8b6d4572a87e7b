#:project ../src/FastDqn.Training/FastDqn.Training.csproj
#:property PublishAot=false
// A training from C#: dotnet run examples/train.cs [FOLDER]
// It watches the episodes, logs a figure of its own, lowers the exploration when the agent does well, and stops when it
// does very well.
using FastDqn.Training;
using FastDqn.Training.Acting;
using FastDqn.Training.Configuration;

var options = TrainConfig.From(
    "cartpole-fast", ["train.steps=8000", "eval.video=off", "log.films=off", $"run.dir={args.FirstOrDefault() ?? "runs/example-train"}"]);
using var source = new CancellationTokenSource();
Console.CancelKeyPress += (_, pressed) => (pressed.Cancel, _) = (true, source.CancelAsync());

var result = Trainer.Create(options).Observe(new Watch()).Run(source.Token);
Console.WriteLine($"{result.End} after {result.Steps} steps; mean training return {result.MeanReturn:0.0}; in {result.RunDirectory}");

internal sealed class Watch : ITrainObserver
{
    private ITrainControl? _control;
    private double _best;

    public void Attached(ITrainControl control) => _control = control;

    public void EpisodeEnded(in Episode episode, in TrainProgress progress)
    {
        if (episode.Return > _best)
            _control!.Log("best_return", _best = episode.Return);
        if (_best >= 100 && _control!.Epsilon is null)
            _control.Epsilon = 0.05;
        if (progress.MeanReturn >= 400)
            _control!.Stop();
    }

    public void CheckpointWritten(long step, string folder) => Console.WriteLine($"checkpoint at step {step}");
}
