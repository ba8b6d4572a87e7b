#:project ../src/FastDqn.Training/FastDqn.Training.csproj
#:property PublishAot=false
// An environment of one's own: dotnet run examples/own-environment.cs [FOLDER]
// The hero walks a line of nine cells; the goal is at one end or the other, and a sign at the start says which.
using FastDqn.Core;
using FastDqn.Environments;
using FastDqn.Training;
using FastDqn.Training.Configuration;

foreach (var fault in EnvironmentContract.Check(() => new Line()))
    throw new InvalidOperationException(fault);

var own = new Extensions();
own.Environments.Add("line", () => new Line(), "nine cells, the goal at the end that a sign names");
var options = TrainConfig.From(
    "",
    [
        "env.name=line", "env.count=4", "algorithm.name=dqn-cleanrl", "body.kind=mlp", "body.widths=32", "train.reward=raw",
        "train.steps=20000", "train.stop_return=0.8", "train.stop_episodes=50", "replay.capacity=5000", "schedule.warm_up=500",
        "schedule.batch_size=32", "target.period=100", "optimizer.learning_rate=1e-3", "exploration.steps=4000", "exploration.end=0.05",
        "eval.epsilon=0", "log.every=2000", $"run.dir={args.FirstOrDefault() ?? "runs/example-line"}",
    ],
    own);
var result = Trainer.Create(options).Run();
var (agent, random) = (result.Eval!.MeanReturn, result.Random!.MeanReturn);
Console.WriteLine($"{result.End} after {result.Steps} steps: return {agent:0.00}, at random {random:0.00}");

internal sealed class Line : IEnvironment, IRenderable
{
    private const int Cells = 9;
    private int _place, _steps, _goal;

    public ObservationSpec Observation { get; } = new(ObservationType.Float32, [Cells + 1]);

    public IReadOnlyList<string> ActionNames { get; } = ["left", "right"];

    public void Reset(ulong seed, ObservationSpan observation)
    {
        (_place, _steps, _goal) = (Cells / 2, 0, new RandomStream(seed).NextInt32(2) * (Cells - 1));
        Show(observation);
    }

    public StepOutcome Step(int action, ObservationSpan observation)
    {
        _place += action == 0 ? -1 : 1;
        _steps++;
        Show(observation);
        if (_place is 0 or Cells - 1)
            return new StepOutcome(_place == _goal ? 1 : -1, Terminated: true);
        return new StepOutcome(-0.01f, Truncated: _steps >= 50);
    }

    public (int Width, int Height) RenderSize(int index) => (Cells * 8, 8);

    public void RenderRgb(int index, Span<byte> rgb)
    {
        for (var pixel = 0; pixel < rgb.Length / 3; pixel++)
        {
            var cell = pixel % (Cells * 8) / 8;
            rgb[pixel * 3] = cell == _place ? (byte)255 : (byte)0;
            rgb[(pixel * 3) + 1] = cell == _goal ? (byte)255 : (byte)0;
            rgb[(pixel * 3) + 2] = 0;
        }
    }

    private void Show(ObservationSpan observation)
    {
        observation.Floats.Clear();
        observation.Floats[_place] = 1;
        observation.Floats[Cells] = _goal == 0 ? -1 : 1;
    }
}
