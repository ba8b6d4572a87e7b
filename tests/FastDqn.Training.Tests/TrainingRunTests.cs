using System.Text.Json;
using System.Text.Json.Nodes;
using FastDqn.Core;
using FastDqn.Environments.Atari;
using FastDqn.Tests;
using FastDqn.Training.Acting;
using FastDqn.Training.Checkpoints;
using FastDqn.Training.Configuration;
using FastDqn.Training.Evaluation;
using FastDqn.Training.Runs;

namespace FastDqn.Training.Tests;

/// <summary>
/// Whole runs, small ones: the same seed gives the same bytes, and an interruption changes none of them.
/// </summary>
public sealed partial class TrainingRunTests
{
    private static readonly string[] Small =
    [
        "env.name=cartpole", "env.count=3", "body.kind=mlp", "body.widths=16", "schedule.warm_up=100", "schedule.steps_per_update=4",
        "schedule.batch_size=8", "replay.capacity=500", "train.steps=900", "exploration.steps=500", "target.period=20", "log.every=100",
        "checkpoint.every=300", "eval.every=400", "eval.episodes=2", "eval.video=false", "log.report=false",
    ];

    private static readonly string[] Pqn =
    [
        "algorithm.name=pqn", "env.name=cartpole", "env.count=4", "body.kind=mlp", "body.widths=16",
        "rollout.steps=8", "rollout.minibatches=2",
        "train.steps=900", "exploration.fraction=0.5", "log.every=100", "checkpoint.every=300",
        "eval.every=400", "eval.episodes=2", "eval.video=false", "log.report=false",
    ];

    private static readonly string[] Images =
        ["env.name=gridworld", "body.kind=composed", "body.convolutions=4 8x8/8", "body.widths=16"];

    private static readonly string[] Sequences = ["body.lstm=8", "replay.sequence=6", "replay.overlap=3", "replay.burn_in=3"];

    public static TheoryData<string, string> Ways => new()
    {
        { "uniform", "on" }, { "uniform", "off" }, { "prioritized", "on" }, { "prioritized", "off" },
        { "noisy", "on" }, { "iqn", "on" }, { "episodes", "on" }, { "episodes", "off" }, { "pqn", "on" }, { "pqn", "off" },
        { "by_episodes", "on" }, { "by_episodes", "off" }, { "large_rounds", "on" }, { "large_rounds", "off" },
        { "repeat", "on" }, { "repeat", "off" }, { "pqn_repeat", "on" },
        { "recurrent", "on" }, { "recurrent", "off" }, { "recurrent_repeat", "on" },
        { "augmented", "on" }, { "augmented", "off" }, { "predicting", "on" }, { "predicting", "off" },
    };

    [Theory]
    [MemberData(nameof(Ways))]
    public void AnInterruptedRunEndsWithTheBytesOfAnUninterruptedOne(string kind, string overlap)
    {
        using var folder = new TempFolder();
        var whole = Start(folder.File("whole"), kind, overlap, new Watcher());
        Assert.Equal(RunEnd.Finished, whole.End);

        // Stopped twice: at a place that is no checkpoint's, then in the middle of an evaluation.
        using (var signals = new StopSignals())
        {
            var first = Start(folder.File("cut"), kind, overlap, new Watcher { StopAtStep = 230, Signals = signals }, signals);
            Assert.Equal(RunEnd.Stopped, first.End);
            Assert.InRange(first.Steps, 230, 400);
        }

        using (var signals = new StopSignals())
        {
            var watcher = new Watcher { StopAtStep = 640, Signals = signals };
            Assert.Equal(RunEnd.Stopped, Resume(folder.File("cut"), watcher, signals).End);
        }

        var last = Resume(folder.File("cut"), new Watcher(), new StopSignals());
        Assert.Equal(RunEnd.Finished, last.End);
        Assert.Equal(Metrics(folder.File("whole")), Metrics(folder.File("cut")));
        Assert.Equal(Weights(folder.File("whole")), Weights(folder.File("cut")));
        Assert.Equal(whole.Eval!.Returns, last.Eval!.Returns);
    }

    [Fact]
    public void TheSameSeedGivesTheSameMetricsAndAnotherDoesNot()
    {
        using var folder = new TempFolder();
        Start(folder.File("a"), "uniform", "on", new Watcher());
        Start(folder.File("b"), "uniform", "on", new Watcher());
        Start(folder.File("c"), "uniform", "on", new Watcher(), extra: ["run.seed=2"]);
        Assert.Equal(Metrics(folder.File("a")), Metrics(folder.File("b")));
        Assert.Equal(Weights(folder.File("a")), Weights(folder.File("b")));
        Assert.NotEqual(Metrics(folder.File("a")), Metrics(folder.File("c")));
    }

    [Theory]
    [InlineData("on")]
    [InlineData("off")]
    public void ALengthInEpisodesEndsTheRunWithTheStepThatFinishesTheLast(string overlap)
    {
        using var folder = new TempFolder();
        var watcher = new Watcher();
        var result = Start(folder.File("run"), "by_episodes", overlap, watcher, extra: ["env.count=1", "eval.every=-1", "log.every=10"]);
        Assert.Equal((RunEnd.Finished, 42), (result.End, result.Episodes));
        var episodes = Rows(folder.File("run"), "episode");
        Assert.Equal(result.Steps, (long)episodes[^1]["step"]!);
        // A tenth of the length, in episodes; the last evaluation is the end's.
        Assert.Equal([4, 8, 12, 16, 20, 24, 28, 32, 36, 40], Rows(folder.File("run"), "eval").SkipLast(1)
            .Select(row => episodes.Count(e => (long)e["step"]! <= (long)row["step"]!)));
        // Twelve updates after every second episode since the fifth; what the last one asks for is not made.
        Assert.Equal(12 * 18, result.Updates);
        var rows = Rows(folder.File("run"), "train").Select(row => row["metrics"]!).ToList();
        Assert.All(rows, row =>
        {
            var (finished, updates) = ((long)row["charts/episodes"]!, (long)row["charts/updates"]!);
            var asked = 12 * Math.Max(0, (finished - 5) / 2);
            Assert.InRange(updates, asked - 12, asked);
            var epsilon = finished < 5 ? 1 : 1 - (0.9 * Math.Clamp((finished - 6) / 20.0, 0, 1));
            Assert.Equal(epsilon, (double)row["charts/epsilon"]!, 9);
        });
        Assert.All(watcher.Rows, row => Assert.Equal((42, 0), (row.TotalEpisodes, row.TotalSteps)));
        Assert.Equal(0, watcher.Rows[^1].RemainingSeconds);
        Assert.Equal((42, "all episodes done"), (RunSummary.Read(folder.File("run")).Episodes, RunSummary.Read(folder.File("run")).Ended));

        // Made longer it is the run that was so from the start.
        var config = RunChanges.Apply(RunDirectory.ReadConfig(folder.File("run"), Assert.Fail), ["train.episodes=50"]);
        Assert.Equal(50, TrainingRun.Resume(folder.File("run"), config, new Watcher(), new StopSignals()).Episodes);
        // And in the other unit from then on.
        config = RunChanges.Apply(RunDirectory.ReadConfig(folder.File("run"), Assert.Fail), ["train.steps=2000"]);
        Assert.Equal((0, 2000), (config.Train.Episodes, config.Train.Steps));
        Assert.Equal(2000, TrainingRun.Resume(folder.File("run"), config, new Watcher(), new StopSignals()).Steps);
    }

    [Fact]
    public void EpisodesOfSeveralEnvironmentsAreCountedTogether()
    {
        using var folder = new TempFolder();
        var result = Start(folder.File("run"), "by_episodes", "on", new Watcher());
        // Those that end with the same step are all counted.
        Assert.InRange(result.Episodes, 42, 44);
        var numbers = Rows(folder.File("run"), "episode").Select(row => (int)row["metrics"]!["number"]!);
        Assert.Equal(Enumerable.Range(1, (int)result.Episodes), numbers);
    }

    [Fact]
    public void ALengthIsChangedInOneUnit()
    {
        var config = Config("x", "uniform", "on", []);
        var error = Assert.Throws<FastDqnException>(() => RunChanges.Apply(config, ["train.steps=5000", "train.episodes=7"]));
        Assert.Contains("train.episodes takes the place of train.steps", error.Message, StringComparison.Ordinal);
        var changed = RunChanges.Apply(config, ["train.episodes=7"]);
        Assert.Equal((7, 10_000_000), (changed.Train.Episodes, changed.Train.Steps));
    }

    [Theory]
    [InlineData("on")]
    [InlineData("off")]
    public void TheTargetNetworkIsCopiedWhenItsEpisodesAreOver(string overlap)
    {
        using var folder = new TempFolder();
        void Run(string name, params string[] target) =>
            Start(folder.File(name), "uniform", overlap, new Watcher(), extra: [.. target, "eval.episodes=0"]);
        Run("never by updates", "target.period=1000000");
        Run("never by episodes", "target.period=0", "target.period_episodes=1000000");
        Run("by episodes", "target.period=0", "target.period_episodes=3");
        Assert.Equal(Weights(folder.File("never by updates")), Weights(folder.File("never by episodes")));
        Assert.NotEqual(Weights(folder.File("by episodes")), Weights(folder.File("never by episodes")));
    }

    [Theory]
    [InlineData("uniform", "dqn-cleanrl", "on")]
    [InlineData("uniform", "rainbow", "on")]
    [InlineData("uniform", "iqn", "on")]
    [InlineData("pqn", "pqn", "off")]
    public void TheNumberOfThreadsChangesNoByte(string kind, string algorithm, string overlap)
    {
        // From pixels, whole networks: every kernel and reduction of an update is larger than what one thread does
        // alone.
        string[] pixels =
        [
            $"algorithm.name={algorithm}", "env.name=bricks", "env.count=4", "body.kind=nature",
            "log.every=50", "checkpoint.every=0", "eval.episodes=0", "eval.every=0", "loss.max_gradient_norm=0.5",
            .. kind == "pqn" ? new[] { "train.steps=192", "rollout.steps=16" }
                : ["train.steps=100", "schedule.warm_up=60", "schedule.batch_size=32", "target.steps=3"],
            .. kind == "pqn" || algorithm == "rainbow" ? Array.Empty<string>() : ["exploration.end=0.1", "exploration.steps=100"],
        ];
        using var folder = new TempFolder();
        foreach (var threads in new[] { 1, 3 })
        {
            Start(
                folder.File($"{threads}"), kind, overlap, new Watcher(),
                extra: [.. pixels, $"run.threads={threads}", $"env.threads={threads}"]);
        }

        Assert.Equal(Metrics(folder.File("1")), Metrics(folder.File("3")));
        Assert.Equal(Weights(folder.File("1")), Weights(folder.File("3")));
    }

    /// <summary>The bundled game is not one of ALE's; tetris is free.</summary>
    [Fact]
    public void TheSameAgentGivesTheSameMetricsOnAnInstalledAle()
    {
        var rom = LocalData.SharedFile("data", "tetris.bin");
        Assert.SkipUnless(AtariBackends.AleProblem is null, AtariBackends.AleProblem ?? "");
        using var folder = new TempFolder();
        foreach (var backend in new[] { "vcs", "ale" })
        {
            Start(folder.File(backend), "uniform", "on", new Watcher(), extra:
            [
                "env.name=tetris", $"env.rom_dir={Path.GetDirectoryName(rom)}", $"env.backend={backend}",
                "env.sticky=0.25", "env.max_frames=400", "body.kind=dqn2013", "schedule.batch_size=16",
                "train.steps=500", "target.steps=3", "log.every=50", "eval.every=0", "eval.episodes=1",
            ]);
        }

        Assert.NotEmpty(Rows(folder.File("vcs"), "episode"));
        Assert.Equal(Metrics(folder.File("vcs")), Metrics(folder.File("ale")));
        Assert.Equal(Weights(folder.File("vcs")), Weights(folder.File("ale")));
    }

    [Fact]
    public void ThePartialRunOfAKilledProcessIsContinuedFromItsNewestCheckpoint()
    {
        using var folder = new TempFolder();
        Start(folder.File("whole"), "uniform", "on", new Watcher());
        // An exception out of an observer ends the session as a crash would: without a last checkpoint.
        Assert.Throws<InvalidOperationException>(() => Start(folder.File("cut"), "uniform", "on", new Watcher { ThrowAtStep = 750 }));
        Resume(folder.File("cut"), new Watcher(), new StopSignals());
        Assert.Equal(Metrics(folder.File("whole")), Metrics(folder.File("cut")));
        Assert.Equal(Weights(folder.File("whole")), Weights(folder.File("cut")));
    }

    [Fact]
    public void AClockThatGoesBackChangesNothingButDates()
    {
        using var folder = new TempFolder();
        Start(folder.File("whole"), "uniform", "on", new Watcher());
        var tools = new RunTools { Clock = new BackwardClock() };
        Assert.Throws<InvalidOperationException>(() => TrainingRun.Start(
            Config(folder.File("cut"), "uniform", "on", []), ["train"], new Watcher { ThrowAtStep = 450 }, new StopSignals(), tools));
        Assert.Throws<InvalidOperationException>(() => TrainingRun.Resume(
            folder.File("cut"), RunDirectory.ReadConfig(folder.File("cut"), Assert.Fail),
            new Watcher { ThrowAtStep = 750 }, new StopSignals(), tools));
        var watcher = new Watcher();
        var result = TrainingRun.Resume(
            folder.File("cut"), RunDirectory.ReadConfig(folder.File("cut"), Assert.Fail), watcher, new StopSignals(), tools);
        Assert.Empty(watcher.Warnings);
        Assert.True(result.Seconds > 0 && result.FramesPerSecond > 0);
        Assert.Equal(Metrics(folder.File("whole")), Metrics(folder.File("cut")));
        Assert.Equal(Weights(folder.File("whole")), Weights(folder.File("cut")));
        // TensorBoard shows what it shows of the whole run, no step twice; figures of the machine aside.
        Assert.Equal(Shown(folder.File("whole")), Shown(folder.File("cut")));
        Assert.Equal(EventFile.HyperParameters(folder.File("whole")), EventFile.HyperParameters(folder.File("cut")));

        static List<(string Tag, long Step)> Shown(string run) =>
        [
            .. EventFile.Shown(run).Where(s => s.Tag.Split('/')[0] is not ("perf" or "_hparams_"))
                .OrderBy(s => s.Step).ThenBy(s => s.Tag, StringComparer.Ordinal),
        ];
    }

    [Fact]
    public void ADamagedNewestCheckpointCostsStepsButNoBytes()
    {
        using var folder = new TempFolder();
        Start(folder.File("whole"), "uniform", "on", new Watcher());
        using (var signals = new StopSignals())
            Start(folder.File("cut"), "uniform", "on", new Watcher { StopAtStep = 700, Signals = signals }, signals);
        var newest = new CheckpointStore(folder.File("cut/checkpoints")).List()[0];
        var learner = Path.Combine(newest, "learner.bin");
        var bytes = File.ReadAllBytes(learner);
        bytes[bytes.Length / 2] ^= 1;
        File.WriteAllBytes(learner, bytes);
        var watcher = new Watcher();
        Resume(folder.File("cut"), watcher, new StopSignals());
        Assert.Contains(watcher.Warnings, w => w.Contains("learner.bin", StringComparison.Ordinal));
        Assert.Equal(Metrics(folder.File("whole")), Metrics(folder.File("cut")));
        Assert.Equal(Weights(folder.File("whole")), Weights(folder.File("cut")));
    }

    [Fact]
    public void AnInfiniteLossStopsTheRunWithTheReasonAndTheBatch()
    {
        using var folder = new TempFolder();
        var error = Assert.Throws<FastDqnException>(
            () => Start(folder.File("run"), "uniform", "on", new Watcher(), extra: ["train.max_loss=0"]));
        Assert.Equal(1, error.ExitCode);
        Assert.Contains("diverged", error.Message, StringComparison.Ordinal);
        var batch = JsonNode.Parse(File.ReadAllText(folder.File("run/bad-batch.json")))!;
        Assert.Equal(8, batch["returns"]!.AsArray().Count);
        Assert.Equal("failed", (string?)RunInfo.Open(folder.File("run")).Document["status"]);
    }

    [Fact]
    public void RollbackGoesBackAndGivesUpAfterThreeTries()
    {
        using var folder = new TempFolder();
        var watcher = new Watcher();
        // The loss limit is met at first and broken once values have grown.
        var error = Assert.Throws<FastDqnException>(() => Start(
            folder.File("run"), "uniform", "on", watcher,
            extra: ["train.max_loss=0", "train.on_bad_loss=rollback", "checkpoint.every=50"]));
        Assert.Contains("diverged", error.Message, StringComparison.Ordinal);
        Assert.Equal(3, watcher.Warnings.Count(w => w.Contains("going back to the newest checkpoint", StringComparison.Ordinal)));
    }

    [Fact]
    public void TheRunFolderHoldsWhatTheDesignSays()
    {
        using var folder = new TempFolder();
        var result = Start(folder.File("run"), "uniform", "on", new Watcher(), extra: ["eval.video=true"]);
        Assert.Equal(folder.File("run"), result.RunDirectory);
        foreach (var file in new[] { "config.yaml", "run.json", "metrics.jsonl", "log.txt" })
            Assert.True(File.Exists(folder.File($"run/{file}")), file);
        Assert.Single(Directory.GetFiles(folder.File("run"), "events.out.tfevents.*"));
        Assert.NotEmpty(Directory.GetFiles(folder.File("run/videos"), "*.png"));
        Assert.NotEmpty(Directory.GetFiles(folder.File("run/videos"), "*.gif"));
        var info = RunInfo.Open(folder.File("run"));
        Assert.Equal(RunStatus.Finished, info.Status);
        Assert.Equal(result.Eval!.MeanReturn, (double)info.Document["result"]!["eval"]!["mean_return"]!);
        Assert.Equal(result.Random!.MeanReturn, (double)info.Document["result"]!["random"]!["mean_return"]!);
        var checkpoint = new CheckpointStore(folder.File("run/checkpoints")).OpenNewest(Assert.Fail, withReplay: true);
        Assert.Equal(result.Eval.MeanReturn, checkpoint.Manifest.Score);
        Assert.True(checkpoint.Has("model.safetensors"));
        Assert.InRange(info.Document["step"]!.GetValue<long>(), 900, 903);
    }

    [Fact]
    public void MemoryThatIsNotThereIsRefusedBeforeAFolderIsMade()
    {
        using var folder = new TempFolder();
        var error = Assert.Throws<FastDqnException>(
            () => Start(folder.File("run"), "uniform", "on", new Watcher(), extra: ["replay.capacity=900000000000"]));
        Assert.Equal(ErrorKind.Usage, error.Kind);
        Assert.Matches("[0-9.]+ [GTP]i?B", error.Message);
        Assert.False(Directory.Exists(folder.File("run")));
    }

    [Fact]
    public void AGoalEndsARunEarly()
    {
        using var folder = new TempFolder();
        var result = Start(folder.File("run"), "uniform", "on", new Watcher(), extra: ["train.stop_return=5", "train.stop_episodes=3"]);
        Assert.Equal(RunEnd.GoalReached, result.End);
        Assert.True(result.Steps < 900);
        var last = Rows(folder.File("run"), "train")[^1];
        Assert.Equal(result.Steps, (long)last["step"]!);
        Assert.True((double)last["metrics"]!["charts/mean_return"]! >= 5);
    }

    [Theory]
    [InlineData("uniform", "on")]
    [InlineData("pqn", "off")]
    public void AGoalThatWasReachedBeforeAnInterruptionStaysReached(string kind, string overlap)
    {
        using var folder = new TempFolder();
        string[] extra = ["train.stop_return=5", "train.stop_episodes=3"];
        var whole = Start(folder.File("whole"), kind, overlap, new Watcher(), extra: extra);
        Assert.Equal(RunEnd.GoalReached, whole.End);
        using (var signals = new StopSignals())
        {
            // In the last evaluation: the run has nothing left to train.
            var watcher = new Watcher { StopAtRow = whole.Steps, Signals = signals };
            Assert.Equal(RunEnd.Stopped, Start(folder.File("cut"), kind, overlap, watcher, signals, extra).End);
        }

        var last = Resume(folder.File("cut"), new Watcher(), new StopSignals());
        Assert.Equal((RunEnd.GoalReached, whole.Steps), (last.End, last.Steps));
        Assert.Equal(Metrics(folder.File("whole")), Metrics(folder.File("cut")));
        Assert.Equal(Weights(folder.File("whole")), Weights(folder.File("cut")));
    }

    [Theory]
    [InlineData("uniform", "on")]
    [InlineData("noisy", "on")]
    [InlineData("pqn", "off")]
    public void TheAgentOfTheBestEvaluationIsKept(string kind, string overlap)
    {
        using var folder = new TempFolder();
        // No checkpoint before the end, an evaluation ten times.
        Start(folder.File("run"), kind, overlap, new Watcher(), extra: ["checkpoint.every=0", "eval.every=-1"]);
        var rows = Rows(folder.File("run"), "eval");
        var evaluations = rows.Select(row => ((long)row["step"]!, (double)row["metrics"]!["mean_return"]!)).ToList();
        Assert.InRange(evaluations.Count, 9, 11);
        var (step, score) = evaluations.MaxBy(e => e.Item2);
        var config = RunDirectory.ReadConfig(folder.File("run"), Assert.Fail);
        var report = Evaluation.Evaluation.Run(folder.File("run"), config, "best", random: false, videoFolder: null, Assert.Fail);
        Assert.Equal((step, score), (report.Step, report.Agent.MeanReturn));
    }

    [Fact]
    public void AScoreBelongsToTheWeightsThatWereEvaluated()
    {
        using var folder = new TempFolder();
        string[] extra = ["train.steps=600", "eval.every=200", "checkpoint.every=150", "checkpoint.keep=9"];
        Start(folder.File("run"), "uniform", "on", new Watcher(), extra: extra);
        var store = new CheckpointStore(folder.File("run/checkpoints"));
        var evaluated = Rows(folder.File("run"), "eval").Select(row => (long)row["step"]!).ToHashSet();
        var scored = store.List().Select(f => store.Open(f, withReplay: true).Manifest).ToLookup(m => m.Score is not null, m => m.Step);
        Assert.NotEmpty(scored[true]);
        Assert.All(scored[true], step => Assert.Contains(step, evaluated));
        Assert.NotEmpty(scored[false]);
        Assert.All(scored[false], step => Assert.DoesNotContain(step, evaluated));
    }

    [Theory]
    [InlineData(50)]
    [InlineData(200)]
    public void EvaluationsFollowTheIntervalThatARunIsGivenWhenItGoesOn(int every)
    {
        using var folder = new TempFolder();
        Start(folder.File("run"), "uniform", "on", new Watcher(), extra: ["train.steps=300", "eval.every=40", "eval.episodes=1"]);
        var config = RunChanges.Apply(
            RunDirectory.ReadConfig(folder.File("run"), Assert.Fail), ["train.steps=900", $"eval.every={every}"]);
        TrainingRun.Resume(folder.File("run"), config, new Watcher(), new StopSignals());
        var steps = Rows(folder.File("run"), "eval").Select(row => (long)row["step"]!).Where(step => step > 300).ToList();
        Assert.InRange(steps.Count, (600 / every) - 1, (600 / every) + 1);
    }

    [Theory]
    [InlineData("uniform", "on")]
    [InlineData("uniform", "off")]
    [InlineData("iqn", "on")]
    [InlineData("pqn", "on")]
    [InlineData("pqn", "off")]
    public void ARunEndsWithOneRowOfItsTrainingInterruptedThereOrNot(string kind, string overlap)
    {
        // The length is no multiple of log.every, or shorter than it.
        string[][] lengths = [["train.steps=450", "log.every=100"], ["train.steps=450", "log.every=5000"]];
        foreach (var (length, rows) in lengths.Zip([5, 1]))
        {
            using var folder = new TempFolder();
            string[] extra = [.. length, "optimizer.anneal_learning_rate=true"];
            var whole = Start(folder.File("whole"), kind, overlap, new Watcher(), extra: extra);
            var train = Rows(folder.File("whole"), "train");
            Assert.Equal(rows, train.Count);
            Assert.Equal(whole.Steps, (long)train[^1]["step"]!);
            Assert.Equal(whole.Updates, (long)train[^1]["metrics"]!["charts/updates"]!);

            using (var signals = new StopSignals())
            {
                var watcher = new Watcher { StopAtRow = whole.Steps, Signals = signals };
                Assert.Equal(RunEnd.Stopped, Start(folder.File("cut"), kind, overlap, watcher, signals, extra).End);
            }

            Assert.Null(RunInfo.Open(folder.File("cut")).Result);
            Resume(folder.File("cut"), new Watcher(), new StopSignals());
            Assert.Equal(Metrics(folder.File("whole")), Metrics(folder.File("cut")));
        }
    }

    [Theory]
    [InlineData("uniform", "on")]
    [InlineData("by_episodes", "off")]
    [InlineData("pqn", "off")]
    public void AnEvaluationThatASignalCutIsMadeWhereItWasDue(string kind, string overlap)
    {
        using var folder = new TempFolder();
        Start(folder.File("whole"), kind, overlap, new Watcher());
        using (var signals = new StopSignals())
        {
            // The row of the step at which an evaluation is due is written before it.
            var watcher = new Watcher { StopAtRow = 400, Signals = signals };
            Assert.InRange(Start(folder.File("cut"), kind, overlap, watcher, signals).Steps, 400, 499);
            Assert.Empty(Rows(folder.File("cut"), "eval"));
        }

        Resume(folder.File("cut"), new Watcher(), new StopSignals());
        Assert.Equal(Metrics(folder.File("whole")), Metrics(folder.File("cut")));
    }

    [Theory]
    [InlineData("uniform", "on", 450)]
    [InlineData("uniform", "off", 450)]
    [InlineData("pqn", "on", 450)]
    [InlineData("pqn", "off", 450)]
    // It ended where an evaluation is due.
    [InlineData("uniform", "on", 400)]
    [InlineData("pqn", "off", 400)]
    public void ARunThatIsMadeLongerHasTheRowsOfOneThatWasSoFromTheStart(string kind, string overlap, int first)
    {
        using var folder = new TempFolder();
        // Epsilon's steps are given: nothing stretches with the length.
        string[] extra = ["exploration.steps=500", "exploration.fraction=0"];
        Start(folder.File("long"), kind, overlap, new Watcher(), extra: extra);
        var shorter = Start(folder.File("longer"), kind, overlap, new Watcher(), extra: [.. extra, $"train.steps={first}"]);
        Assert.Equal(shorter.Steps, (long)Rows(folder.File("longer"), "train")[^1]["step"]!);
        var config = RunDirectory.ReadConfig(folder.File("longer"), Assert.Fail);
        TrainingRun.Resume(
            folder.File("longer"), config with { Train = config.Train with { Steps = 900 } }, new Watcher(), new StopSignals());
        Assert.Equal(Metrics(folder.File("long")), Metrics(folder.File("longer")));
        Assert.Equal(Weights(folder.File("long")), Weights(folder.File("longer")));
    }

    private static TrainConfig Config(string directory, string kind, string overlap, IEnumerable<string> extra)
    {
        // As a file, so that what a test sets over it may leave parts of it without effect.
        var common = kind.StartsWith("pqn", StringComparison.Ordinal) ? Pqn : Small;
        var file = common.Select(s => new YamlEntry(s.Split('=')[0], s.Split('=')[1], 1, 1));
        var layers = new ConfigLayers().AddEntries(file, "small.yaml");
        layers.AddSetting("run.threads=1");
        string[] more = kind switch
        {
            "prioritized" => ["replay.kind=prioritized", "target.steps=3", "target.double=true"],
            "episodes" => ["target.period=0", "target.period_episodes=3"],
            "by_episodes" => ["train.episodes=42", "exploration.episodes=20", "exploration.delay_episodes=6", .. Rounds(2, 12)],
            // More updates than are made at a time, so that some wait where a run may be interrupted.
            "large_rounds" => ["train.episodes=90", "exploration.fraction=0.5", .. Rounds(3, 150)],
            "pqn_repeat" => ["train.action_repeat=3", "train.time_limit_terminal=true"],
            "repeat" => ["train.action_repeat=3", "train.time_limit_terminal=true", "replay.replacement=false", "log.loss_every=7"],
            "noisy" => ["head.noisy=true", "head.hidden=16", "head.dueling=true"],
            "recurrent" =>
            [
                .. Sequences, "replay.kind=prioritized", "target.rescale=true", "target.double=true", "target.steps=2", "head.dueling=true",
                "head.hidden=16",
            ],
            "recurrent_repeat" => [.. Sequences, "train.action_repeat=3", "env.count=2", "exploration.kind=ape_x"],
            "predicting" =>
            [
                .. Images, "replay.kind=prioritized", "head.kind=categorical", "head.atoms=11", "head.dueling=true", "head.noisy=true",
                "head.hidden=16", "body.renormalize=true", "augment.shift=4", "target.double=true", "target.steps=3", "target.period=1",
                "target.tau=0.05", "target.acts=true", "self_prediction.steps=5", "self_prediction.tau=0.01",
                "self_prediction.batch_norm=true", "schedule.updates_per_round=2", "reset.period=90", "reset.last=300",
            ],
            "augmented" =>
            [
                .. Images, "augment.shift=4", "augment.intensity=0.05", "head.dueling=true", "head.hidden=16", "target.steps=10",
                "schedule.updates_per_round=2",
            ],
            "iqn" => ["head.kind=implicit_quantile", "head.online_taus=4", "head.target_taus=4", "head.acting_taus=4"],
            _ => [],
        };
        foreach (var setting in more.Concat(extra))
            layers.AddSetting(setting);
        return layers.AddSetting($"train.overlap={overlap}").AddSetting($"run.dir={directory}").Resolve();
    }

    private static string[] Rounds(int episodes, int updates) =>
        ["schedule.warm_up_episodes=5", $"schedule.episodes_per_round={episodes}", $"schedule.updates_per_round={updates}"];

    private static TrainResult Start(
        string directory, string kind, string overlap, Watcher watcher, StopSignals? signals = null, string[]? extra = null)
    {
        using var own = new StopSignals();
        return TrainingRun.Start(Config(directory, kind, overlap, extra ?? []), ["train"], watcher, signals ?? own);
    }

    private static TrainResult Resume(string directory, Watcher watcher, StopSignals signals) =>
        TrainingRun.Resume(directory, RunDirectory.ReadConfig(directory, Assert.Fail), watcher, signals);

    private static List<JsonNode> Rows(string run, string kind) =>
        [.. File.ReadLines(RunDirectory.MetricsOf(run)).Select(line => JsonNode.Parse(line)!).Where(row => (string?)row["kind"] == kind)];

    internal static string Metrics(string run) => string.Join('\n', File.ReadAllLines(RunDirectory.MetricsOf(run)).Select(line =>
    {
        var row = JsonNode.Parse(line)!.AsObject();
        row.Remove("wall");
        return row.ToJsonString();
    }));

    internal static string Weights(string run) =>
        new CheckpointStore(RunDirectory.CheckpointsOf(run))
            .OpenNewest(Assert.Fail, withReplay: true)
            .Manifest.Files.Single(f => f.Name == "model.safetensors").Sha256;

    internal sealed class Watcher : ITrainObserver
    {
        public long StopAtStep { get; init; } = long.MaxValue;

        public long ThrowAtStep { get; init; } = long.MaxValue;

        public long StopAtRow { get; init; } = long.MaxValue;

        public StopSignals? Signals { get; init; }

        public List<string> Warnings { get; } = [];

        public List<TrainProgress> Rows { get; } = [];

        public void Started(string runDirectory, long length, IReadOnlyList<string> facts) { }

        public void Progress(in TrainProgress progress)
        {
            Rows.Add(progress);
            if (progress.Step >= StopAtRow)
                Signals!.Request(143);
        }

        public void EpisodeEnded(in Episode episode, in TrainProgress progress)
        {
            if (progress.Step >= StopAtStep)
                Signals!.Request(143);
            if (progress.Step >= ThrowAtStep)
                throw new InvalidOperationException("crash");
        }

        public void Evaluated(long step, EvalResult result, bool random) { }

        public void Message(string text) { }

        public void Warning(string text) => Warnings.Add(text);
    }
}
