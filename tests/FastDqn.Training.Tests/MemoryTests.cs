using FastDqn.Core;
using FastDqn.Learning;
using FastDqn.Learning.Weights;
using FastDqn.Tests;
using FastDqn.Training.Configuration;
using FastDqn.Training.Evaluation;
using FastDqn.Training.Runs;

namespace FastDqn.Training.Tests;

/// <summary>Tasks that only memory solves: a recurrent network does, the same one without its LSTM does not.</summary>
public sealed class MemoryTests(ITestOutputHelper output)
{
    /// <summary>What fits the time of a test: the sign is seen ten steps before it counts.</summary>
    [Fact]
    public void ALittleTrainingInTheMazeRemembersTheSign()
    {
        var (with, without) = (Train("t-maze", 24_000), Train("t-maze", 24_000, "body.lstm=0"));
        Assert.True(with > 3, $"a mean return of {with}");
        Assert.True(without < 2.8, $"a mean return of {without} without memory");
    }

    [Fact]
    public void ARecurrentNetworkIsExportedWithoutOnnx()
    {
        using var folder = new TempFolder();
        var config = new ConfigLayers().UsePreset(ConfigPresets.All.Single(preset => preset.Name == "t-maze")).Resolve();
        var summary = NetworkSummary.Of(config);
        using var learner = QLearner.Create(Algorithms.ToSpec(config), summary.Input, summary.Actions, seed: 1);
        var weights = learner.ExportWeights();
        var files = PolicyExport.Write(folder.File("out"), config, weights, WeightNaming.CleanRl, 5, []);
        Assert.Equal(["model.safetensors", "config.yaml", "README.md"], files.Select(Path.GetFileName));
        Assert.DoesNotContain("onnx", File.ReadAllText(files[^1]), StringComparison.Ordinal);
        Assert.Equal(
            weights.Select(weight => weight.Values.ToArray()), Safetensors.Read(files[0]).Select(weight => weight.Values.ToArray()));
        var error = Assert.Throws<FastDqnException>(
            () => PolicyExport.Write(folder.File("network.onnx"), config, weights, WeightNaming.CleanRl, 5, []));
        Assert.Equal(ErrorKind.Usage, error.Kind);
        Assert.Contains("body.lstm", error.Message, StringComparison.Ordinal);
    }

    /// <summary>For CI's long job: the presets as they are.</summary>
    [Theory(Explicit = true)]
    [InlineData("t-maze", 3.8, 2.8)]
    [InlineData("repeat-previous", 0.9, 0)]
    public void R2d2SolvesWhatDqnDoesNot(string task, double solved, double unsolved)
    {
        foreach (var seed in (int[])[1, 2, 3])
        {
            var with = Train(task, 0, $"run.seed={seed}");
            var without = Train(task, 0, $"run.seed={seed}", "body.lstm=0");
            output.WriteLine(FormattableString.Invariant($"{task}, seed {seed}: {with:f2}, without memory {without:f2}"));
            Assert.True(with >= solved, $"seed {seed}: a mean return of {with}");
            Assert.True(without <= unsolved, $"seed {seed}: a mean return of {without} without memory");
        }
    }

    /// <summary>Mean return of an evaluation after a task's preset, for so many steps; 0: its own.</summary>
    private static double Train(string task, long steps, params IEnumerable<string> settings)
    {
        using var folder = new TempFolder();
        var layers = new ConfigLayers().UsePreset(ConfigPresets.All.Single(preset => preset.Name == task));
        string[] common =
        [
            $"run.dir={folder.File("run")}", "eval.every=0", "eval.random=false", "eval.video=false", "log.films=false", "log.report=false",
        ];
        string[] length = steps == 0 ? [] : [$"train.steps={steps}", "train.stop_return=inf"];
        var config = common.Concat(length).Concat(settings).Aggregate(layers, (all, setting) => all.AddSetting(setting)).Resolve();
        using var signals = new StopSignals();
        return TrainingRun.Start(config, ["train"], new SmallRuns.Told(), signals).Eval!.MeanReturn;
    }
}
