using System.Diagnostics;
using System.Globalization;
using FastDqn.Core;
using FastDqn.Tests;
using FastDqn.Training.Configuration;
using FastDqn.Training.Runs;

namespace FastDqn.Training.Tests;

/// <summary>Runs that pause at a step and go on, and runs that go on from another's checkpoint.</summary>
public sealed class BranchTests : IDisposable
{
    // One of each kind of schedule that follows the whole length.
    private static readonly string[] Following =
    [
        "replay.kind=prioritized", "exploration.fraction=0.5", "optimizer.anneal_learning_rate=true", "eval.every=-1",
    ];

    private readonly TempFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    private static TrainResult Resume(string run, params string[] changes)
    {
        var config = RunChanges.Apply(RunDirectory.ReadConfig(run, Assert.Fail), changes);
        return TrainingRun.Resume(run, config, new SmallRuns.Told(), new StopSignals());
    }

    private static IEnumerable<string> Rows(string run) => File.ReadLines(RunDirectory.MetricsOf(run)).Select(l => l.Split(",\"wall\"")[0]);

    [Theory]
    [InlineData("dqn", "exploration.fraction=0.5")]
    [InlineData("dqn", "train.overlap=false")]
    [InlineData("pqn", "optimizer.anneal_learning_rate=true")]
    public void PausesChangeNoByte(string kind, string setting)
    {
        string[] settings = kind == "dqn" ? [.. Following.Take(1), setting] : [setting];
        SmallRuns.Run(SmallRuns.Config(kind, settings), _folder.File("whole"));
        var paused = SmallRuns.Run(SmallRuns.Config(kind, [.. settings, "train.pause_at=130"]), _folder.File("paused")).Result;
        Assert.Equal(RunEnd.Paused, paused.End);
        Assert.InRange(paused.Steps, 130, 170);
        // Whoever starts it again without a word finds it paused; nothing happens twice.
        Assert.Equal((RunEnd.Paused, paused.Steps), (Resume(_folder.File("paused")) is var again ? (again.End, again.Steps) : default));
        Assert.Equal(RunEnd.Paused, Resume(_folder.File("paused"), "train.pause_at=260").End);
        Assert.Equal(RunEnd.Finished, Resume(_folder.File("paused"), "train.pause_at=0").End);
        Assert.Equal(Rows(_folder.File("whole")), Rows(_folder.File("paused")));
        Assert.Equal(TrainingRunTests.Weights(_folder.File("whole")), TrainingRunTests.Weights(_folder.File("paused")));
    }

    [Fact]
    public void ABranchGoesOnAsItsSourceWouldAndSharesWhatNobodyWritesAgain()
    {
        SmallRuns.Run(SmallRuns.Config("dqn", "train.pause_at=200"), _folder.File("source"));
        RunBranch.Make(_folder.File("source"), _folder.File("branch"), []);
        var frames = Directory.GetFiles(Path.Combine(RunDirectory.CheckpointsOf(_folder.File("branch")), "replay"));
        Assert.All(frames, file => Assert.Equal("2", Links(file)));
        Assert.NotEmpty(frames);
        Resume(_folder.File("branch"), "train.pause_at=0");
        // The branch's work left its source as it was.
        Resume(_folder.File("source"), "train.pause_at=0");
        Assert.Equal(TrainingRunTests.Weights(_folder.File("source")), TrainingRunTests.Weights(_folder.File("branch")));
        Assert.Equal(Rows(_folder.File("source")), Rows(_folder.File("branch")));
    }

    [Fact]
    public void ABranchLearnsOnAtItsOwnRate()
    {
        SmallRuns.Run(SmallRuns.Config("dqn", "train.pause_at=200"), _folder.File("source"));
        RunBranch.Make(_folder.File("source"), _folder.File("branch"), ["optimizer.learning_rate=0.03"]);
        Resume(_folder.File("branch"), "train.pause_at=0");
        var last = Rows(_folder.File("branch")).Last(r => r.Contains("\"train\"", StringComparison.Ordinal));
        Assert.Contains("\"charts/learning_rate\":0.03", last, StringComparison.Ordinal);
        Resume(_folder.File("source"), "train.pause_at=0");
        Assert.NotEqual(TrainingRunTests.Weights(_folder.File("source")), TrainingRunTests.Weights(_folder.File("branch")));
    }

    [Fact]
    public void OfResultsOnlyWhatSaysSoMayChangeInABranch()
    {
        SmallRuns.Run(SmallRuns.Config("dqn", "train.pause_at=200"), _folder.File("source"));
        var error = Assert.Throws<FastDqnException>(() =>
            RunBranch.Make(_folder.File("source"), _folder.File("branch"), ["body.widths=16"]));
        Assert.Equal((ErrorKind.Usage, "body.widths cannot change in the middle of a run"), (error.Kind, error.Message));
        Assert.False(Directory.Exists(_folder.File("branch")));
        // What it has is no change.
        RunBranch.Make(_folder.File("source"), _folder.File("branch"), ["body.widths=8"]);
    }

    public static TheoryData<string> MidRunOptions() => [.. ConfigSchema.Keys.Where(key => key.MidRun).Select(key => key.Name)];

    [Theory]
    [MemberData(nameof(MidRunOptions))]
    public void EveryOptionThatMayChangeInTheMiddleOfARunDoes(string name)
    {
        string[] others = name switch
        {
            "optimizer.alpha" => ["optimizer.kind=rms_prop"],
            _ when name.StartsWith("replay.", StringComparison.Ordinal) => ["replay.kind=prioritized"],
            _ when name.StartsWith("target.munchausen", StringComparison.Ordinal) => ["target.munchausen=true"],
            _ when name.StartsWith("exploration.ape_x", StringComparison.Ordinal) => ["exploration.kind=ape_x"],
            "exploration.temperature" => ["exploration.kind=softmax"],
            _ => [],
        };
        var kind = name.StartsWith("rollout.", StringComparison.Ordinal) ? "pqn" : "dqn";
        SmallRuns.Run(SmallRuns.Config(kind, [.. others, "train.pause_at=200"]), _folder.File("source"));
        var key = ConfigSchema.Get(name);
        object? Read(string run) => ConfigSchema.Read(RunDirectory.ReadConfig(_folder.File(run), Assert.Fail), key);
        var value = Convert.ToDouble(Read("source"), CultureInfo.InvariantCulture);
        var other = value.Equals(0) ? 0.01 : value / 2;
        var text = key.ValueType == typeof(double)
            ? other.ToString(CultureInfo.InvariantCulture)
            : Math.Max(1, (long)other).ToString(CultureInfo.InvariantCulture);
        RunBranch.Make(_folder.File("source"), _folder.File("branch"), [$"{name}={text}"]);
        Assert.Equal(RunEnd.Finished, Resume(_folder.File("branch"), "train.pause_at=0").End);
        Assert.Equal(text, ConfigKey.Format(Read("branch")));
    }

    [Fact]
    public void OptionsThatFollowTheLengthAreToldFromThoseThatDoNot()
    {
        var config = SmallRuns.Config("dqn", "eval.every=0");
        Assert.Empty(LengthDependence.Of(config));
        Assert.Equal(
            ["optimizer.anneal_learning_rate", "exploration.fraction", "replay.beta_end", "eval.every"],
            LengthDependence.Of(SmallRuns.Config("dqn", Following)));
        Assert.Empty(LengthDependence.Of(SmallRuns.Config("dqn", "eval.every=0", "replay.kind=prioritized", "replay.beta_end=0.4")));
    }

    [Theory]
    [InlineData("eval.every=0", false)]
    [InlineData("replay.kind=prioritized", true)]
    [InlineData("exploration.fraction=0.5", true)]
    [InlineData("optimizer.anneal_learning_rate=true", true)]
    public void ARunMadeLongerIsAsOneThatWasAsLongExceptWhereAnOptionFollowsTheLength(string setting, bool follows)
    {
        SmallRuns.Run(SmallRuns.Config("dqn", "eval.every=0", setting), _folder.File("long"));
        SmallRuns.Run(SmallRuns.Config("dqn", "eval.every=0", setting, "train.steps=200"), _folder.File("longer"));
        Resume(_folder.File("longer"), "train.steps=400");
        Assert.Equal(follows, LengthDependence.Of(SmallRuns.Config("dqn", "eval.every=0", setting)).Count > 0);
        Assert.Equal(!follows, TrainingRunTests.Weights(_folder.File("long")) == TrainingRunTests.Weights(_folder.File("longer")));
    }

    private static string Links(string file)
    {
        using var stat = Process.Start(new ProcessStartInfo("stat", ["-c", "%h", file]) { RedirectStandardOutput = true })!;
        return stat.StandardOutput.ReadToEnd().Trim();
    }
}
