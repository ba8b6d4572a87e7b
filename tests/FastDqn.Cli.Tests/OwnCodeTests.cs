using System.Text.Json.Nodes;
using FastDqn.Core;
using FastDqn.Environments;
using FastDqn.Tests;

namespace FastDqn.Cli.Tests;

/// <summary>Code of the user's own by <c>--assembly</c>: this assembly is given.</summary>
public sealed class OwnCodeTests : IDisposable
{
    private static readonly string Mine = typeof(OwnCodeTests).Assembly.Location;

    private static readonly string[] Small =
    [
        "--env", "steps", "--steps", "300", "--set", "body.kind=mlp", "--set", "body.widths=8", "--set", "schedule.warm_up=50",
        "--set", "schedule.batch_size=8", "--set", "replay.capacity=500", "--eval-episodes", "1", "--set", "checkpoint.every=100",
        "--device", "cpu",
    ];

    private readonly TempFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void TrainResumeEvalAndSweepTakeIt()
    {
        var run = _folder.File("run");
        using var trained = CliProcess.Run(["train", "--assembly", Mine, .. Small, "--run-dir", run]);
        Assert.True(trained.ExitCode == 0, trained.Errors);
        Assert.Contains(
            "env.name steps is your own code: FastDqn.Cli.Tests.StepsEnvironment of " + Mine, trained.Errors, StringComparison.Ordinal);
        using var without = CliProcess.Run("resume", run, "--steps", "400");
        Assert.Equal(2, without.ExitCode);
        Assert.Contains("give --assembly FastDqn.Cli.Tests.dll", without.Errors, StringComparison.Ordinal);
        using var resumed = CliProcess.Run("resume", run, "--steps", "400", "--assembly", Mine, "--json");
        Assert.True(resumed.ExitCode == 0, resumed.Errors);
        Assert.Equal(400, (int)JsonNode.Parse(resumed.Output)!["agent_steps"]!);
        using var evaluated = CliProcess.Run("eval", run, "--episodes", "1", "--json", "--assembly", Mine);
        Assert.True(evaluated.ExitCode == 0, evaluated.Errors);
    }

    [Fact]
    public void ASweepHandsItToItsTrials()
    {
        var file = _folder.Write(
            "steps.yaml",
            """
            name: steps
            method: random
            metric: { name: charts/mean_return, goal: maximize }
            run_cap: 2
            base:
              env: { name: steps }
              body: { kind: mlp, widths: [8] }
              schedule: { warm_up: 50, batch_size: 8 }
              replay: { capacity: 500 }
              train: { steps: 200 }
              eval: { episodes: 0 }
              log: { every: 50, tensorboard: false }
            parameters:
              optimizer.learning_rate: { distribution: log_uniform, min: 1.0e-4, max: 1.0e-2 }
            """);
        using var sweep = CliProcess.Run("sweep", "run", file, "--assembly", Mine, "--folder", _folder.File("study"));
        Assert.True(sweep.ExitCode == 0, sweep.Errors);
        Assert.Equal(2, Directory.GetFiles(_folder.File("study/runs"), "config.yaml", SearchOption.AllDirectories).Length);
    }

    [Theory]
    [InlineData(3, "no such file", "none.dll")]
    [InlineData(3, "is no assembly of .NET", "FastDqn.Cli.Tests.runtimeconfig.json")]
    [InlineData(2, "no public class has [FastDqnEnvironment", "FastDqn.Core.dll")]
    public void AssembliesThatHelpNothing(int code, string why, string file)
    {
        using var cli = CliProcess.Run("train", "--assembly", Path.Combine(AppContext.BaseDirectory, file), "--env", "steps");
        Assert.Equal(code, cli.ExitCode);
        Assert.Contains(why, cli.Errors, StringComparison.Ordinal);
        Assert.Single(cli.Errors.Trim().Split('\n'));
    }

    [Fact]
    public void EnvsListsIt()
    {
        using var cli = CliProcess.Run("envs", "--assembly", Mine);
        Assert.Matches(@"steps\s+your own\s+count to ten", cli.Output);
    }
}

/// <summary>Right is one step, left none; ten steps up are the goal.</summary>
[FastDqnEnvironment("steps", "count to ten")]
public sealed class StepsEnvironment : IEnvironment
{
    private int _height;
    private int _steps;

    public ObservationSpec Observation { get; } = new(ObservationType.Float32, [1]);

    public IReadOnlyList<string> ActionNames { get; } = ["stay", "up"];

    public void Reset(ulong seed, ObservationSpan observation)
    {
        (_height, _steps) = (new RandomStream(seed).NextInt32(3), 0);
        observation.Floats[0] = _height;
    }

    public StepOutcome Step(int action, ObservationSpan observation)
    {
        _height += action;
        observation.Floats[0] = _height;
        return _height >= 10 ? new StepOutcome(1, Terminated: true) : new StepOutcome(0, Truncated: ++_steps >= 40);
    }
}
