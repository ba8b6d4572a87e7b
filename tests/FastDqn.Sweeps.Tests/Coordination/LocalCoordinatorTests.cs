using FastDqn.Sweeps.Coordination;
using FastDqn.Sweeps.Engines;
using FastDqn.Sweeps.Samplers;
using FastDqn.Sweeps.StudyFile;
using FastDqn.Sweeps.Tests.Support;
using FastDqn.Tests;

namespace FastDqn.Sweeps.Tests.Coordination;

public sealed class LocalCoordinatorTests : IDisposable
{
    private readonly TempFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    private Study Create(string text) =>
        Study.Create(StudyFileReader.Read(text, _folder.File("study.yaml")), folder: _folder.File("study"));

    /// <summary>A study of one trial of a shell script, which writes rows by <c>row STEP LOSS</c>.</summary>
    private string Printing(string script, string seeds = "1", string summary = "last")
    {
        var program = _folder.Write(
            "print.sh",
            $$"""
            #!/bin/sh
            run=$1 seed=$2 i=0
            row() { printf '{"step": %s, "loss": %s}\n' "$1" "$2" >>"$run/metrics.jsonl"; }
            {{script}}
            """,
            executable: true);
        return FakeTrainer.StudyText(program, cap: 1, seeds: seeds, retries: 1)
            .Replace("goal: minimize", $"goal: minimize, summary: {summary}", StringComparison.Ordinal);
    }

    private static IReadOnlyList<Slot> Slots(int count) => Slot.Divide(new LocalOptions { Parallel = count }, Slot.AvailableCores(), []);

    [Fact]
    public void AStudyIsWorkedThroughWithEverySeedAndItsBestTrialKnown()
    {
        using var study = Create(FakeTrainer.StudyText(FakeTrainer.Write(_folder, steps: 3, pause: 0.01), "tpe", cap: 5, seeds: "[1, 2]"));
        Assert.Equal(
            CoordinatorEnd.Finished,
            new LocalCoordinator(study, Slots(2), Program.Rhythm).Run(TestContext.Current.CancellationToken));
        var trials = study.Trials();
        Assert.Equal(5, trials.Count);
        foreach (var trial in trials)
        {
            Assert.Equal(TrialState.Complete, trial.State);
            var x = trial.Parameters["x"].Number;
            Assert.Equal(Math.Pow(x - 3, 2) + 1.5, trial.Value!.Value, 1e-6);
        }

        Assert.Equal(trials.Min(t => t.Value), study.Best()!.Value);
        Assert.True(File.Exists(Path.Combine(study.Folder, "runs", "0004-s2", "metrics.jsonl")));
    }

    [Fact]
    public void StoppingLetsRunsCheckpointAndASecondStartContinuesThem()
    {
        using var study = Create(FakeTrainer.StudyText(FakeTrainer.Write(_folder, steps: 20, pause: 0.05), cap: 2));
        using var stop = new CancellationTokenSource();
        stop.CancelAfter(500);
        Assert.Equal(
            CoordinatorEnd.Stopped,
            new LocalCoordinator(study, Slots(2), Program.Rhythm).Run(stop.Token, TestContext.Current.CancellationToken));
        Assert.All(study.Trials().SelectMany(t => t.Runs), r => Assert.Equal((TrialState.Waiting, 0), (r.State, r.Attempts)));
        Assert.Equal(
            CoordinatorEnd.Finished,
            new LocalCoordinator(study, Slots(2), Program.Rhythm).Run(TestContext.Current.CancellationToken));
        Assert.All(study.Trials(), t => Assert.Equal(TrialState.Complete, t.State));
        // Continued, not started afresh: each step is in the file once, but for the one that was under way.
        var rows = File.ReadAllLines(Path.Combine(study.Folder, "runs", "0000-s1", "metrics.jsonl"));
        Assert.InRange(rows.Length, 20, 21);
    }

    [Fact]
    public void AnotherCoordinatorsStopRequestIsObeyed()
    {
        using var study = Create(FakeTrainer.StudyText(FakeTrainer.Write(_folder, steps: 100, pause: 0.05), cap: 2));
        using var other = Study.Open(_folder.File("study"));
        var request = Task.Run(
            async () =>
            {
                await Task.Delay(400, TestContext.Current.CancellationToken);
                other.Storage.SetStopping(other.Record.Id, true);
            },
            TestContext.Current.CancellationToken);
        Assert.Equal(
            CoordinatorEnd.Stopped,
            new LocalCoordinator(study, Slots(1), Program.Rhythm).Run(TestContext.Current.CancellationToken));
        Assert.True(request.IsCompletedSuccessfully);
    }

    [Fact]
    public void WhatAProgramLeftRunningEndsWithItsRun()
    {
        using var study = Create(Printing("""sleep 1000 & echo $! >"$run/child"; row 1 1"""));
        new LocalCoordinator(study, Slots(1), Program.Rhythm).Run(TestContext.Current.CancellationToken);
        Assert.Equal(TrialState.Complete, study.Trials().Single().State);
        var child = File.ReadAllText(Path.Combine(study.Folder, "runs", "0000-s1", "child")).Trim();
        // One that has ended and that nobody waits for has no command line any more.
        Assert.True(!File.Exists($"/proc/{child}/cmdline") || File.ReadAllText($"/proc/{child}/cmdline").Length == 0);
    }

    [Fact]
    public void WhatAnEarlierAttemptLeftRunningEndsBeforeTheNext()
    {
        using var study = Create(Printing("row 1 1"));
        var run = Path.Combine(study.Folder, "runs", "0000-s1");
        Directory.CreateDirectory(run);
        using var left = Start("0000-s1");
        using var other = Start("0001-s1");
        new LocalCoordinator(study, Slots(1), Program.Rhythm).Run(TestContext.Current.CancellationToken);
        Assert.Equal(TrialState.Complete, study.Trials().Single().State);
        Assert.True(left.WaitForExit(0));
        Assert.False(other.HasExited);
        other.Kill();

        System.Diagnostics.Process Start(string name)
        {
            var start = new System.Diagnostics.ProcessStartInfo("sleep", "1000");
            start.Environment["FASTDQN_TRIAL"] = Path.Combine(study.Folder, "runs", name);
            return System.Diagnostics.Process.Start(start)!;
        }
    }

    [Fact]
    public void ADatabaseThatIsTakenAwayIsSaidAndRunsWriteTheirCheckpoints()
    {
        using var study = Create(FakeTrainer.StudyText(FakeTrainer.Write(_folder, steps: 1000, pause: 0.01), cap: 1));
        var removed = false;
        var watcher = new Watcher(_ =>
        {
            if (removed || FakeTrainer.Count(_folder, "start") == 0)
                return;
            File.Delete(Study.DatabaseFile(study.Folder));
            removed = true;
        });
        var coordinator = new LocalCoordinator(study, Slots(1), Program.Rhythm, watcher);
        var e = Assert.Throws<Core.FastDqnException>(() => coordinator.Run(TestContext.Current.CancellationToken));
        Assert.Contains("was removed or moved", e.Message, StringComparison.Ordinal);
        Assert.Equal(1, FakeTrainer.Count(_folder, "term"));
    }

    [Fact]
    public void ARunThatFailsIsTriedAgainAndFailsForGoodWithTheProgramsLastWords()
    {
        var trainer = FakeTrainer.Write(_folder, steps: 1, pause: 0.01, extra: "echo 'cuda out of luck' >&2; exit 1");
        using var study = Create(FakeTrainer.StudyText(trainer, cap: 1, retries: 2));
        var said = new Listener();
        new LocalCoordinator(study, Slots(1), Program.Rhythm, said).Run(TestContext.Current.CancellationToken);
        var run = study.Trials().Single().Runs.Single();
        Assert.Equal((TrialState.Failed, 3), (run.State, run.Attempts));
        Assert.Contains("cuda out of luck", run.Message, StringComparison.Ordinal);
        Assert.Equal(3, said.Lines.Count);
    }

    [Theory]
    [InlineData("last", "0.5 0.9 NaN NaN", "its loss is not a finite number")]
    [InlineData("best", "0.5 0.9 NaN NaN", "its loss is not a finite number")]
    [InlineData("last", "null null", "its loss had no value")]
    public void ARunWhoseMetricIsNotFiniteInTheEndHasFailed(string summary, string values, string why)
    {
        using var study = Create(Printing($"for v in {values}; do i=$((i + 1)); row $i $v; done", summary: summary));
        new LocalCoordinator(study, Slots(1), Program.Rhythm).Run(TestContext.Current.CancellationToken);
        var trial = study.Trials().Single();
        Assert.Equal((TrialState.Failed, null), (trial.State, trial.Value));
        Assert.Equal(why, trial.Runs.Single().Message);
        Assert.Null(study.Best());
    }

    [Fact]
    public void SeedsWithoutAFiniteValueAreNotLeftToTheSurvivorsMean()
    {
        using var study = Create(Printing("if [ $seed = 2 ]; then row 1 0.4; else row 1 NaN; fi", seeds: "3"));
        new LocalCoordinator(study, Slots(1), Program.Rhythm).Run(TestContext.Current.CancellationToken);
        Assert.Equal((TrialState.Failed, null), (study.Trials().Single().State, study.Trials().Single().Value));
        Assert.Null(study.Best());
    }

    [Fact]
    public void AValueToldThatIsNotFiniteFailsItsTrial()
    {
        using var study = Create(Printing("true"));
        study.Ask()!.Complete(double.NaN);
        Assert.Equal(TrialState.Failed, study.Trials().Single().State);
        Assert.Contains("not a finite number", study.Trials().Single().Runs.Single().Message, StringComparison.Ordinal);
    }

    [Fact]
    public void RowsOfAnAttemptThatFailedDoNotCountAsTheBest()
    {
        // The second attempt's last row has no line end.
        using var study = Create(Printing(
            """
            if [ ! -e "$run/once" ]; then touch "$run/once"; row 1 0.1; exit 1; fi
            row 1.0 5
            printf '{"step": 2.0, "loss": 4}' >>"$run/metrics.jsonl"
            """, summary: "best"));
        new LocalCoordinator(study, Slots(1), Program.Rhythm).Run(TestContext.Current.CancellationToken);
        var trial = study.Trials().Single();
        Assert.Equal((TrialState.Complete, 4.0), (trial.State, trial.Value));
        var reports = study.Storage.Reports([(trial.Runs.Single().Id, long.MinValue)]);
        Assert.Equal([(1L, 5.0), (2L, 4.0)], reports.Select(r => (r.Step, r.Value)));
    }

    [Fact]
    public void AUsageErrorIsNotTriedAgain()
    {
        var trainer = FakeTrainer.Write(_folder, extra: "echo 'bad option' >&2; exit 2");
        using var study = Create(FakeTrainer.StudyText(trainer, cap: 1, retries: 5));
        new LocalCoordinator(study, Slots(1), Program.Rhythm).Run(TestContext.Current.CancellationToken);
        Assert.Equal((TrialState.Failed, 1), (study.Trials()[0].State, study.Trials()[0].Runs[0].Attempts));
    }

    [Fact]
    public void AMetricThatIsNotWrittenNamesTheNearestOne()
    {
        var text = FakeTrainer.StudyText(FakeTrainer.Write(_folder, steps: 2, pause: 0.01), cap: 1)
            .Replace("name: loss", "name: los", StringComparison.Ordinal);
        using var study = Create(text);
        new LocalCoordinator(study, Slots(1), Program.Rhythm).Run(TestContext.Current.CancellationToken);
        Assert.Contains("did you mean 'loss'", study.Trials()[0].Runs[0].Message, StringComparison.Ordinal);
    }

    [Fact]
    public void EarlyTerminationStopsARunningProcess()
    {
        // Trials run one by one; with eta 2 every trial that is worse at step 2 than the half before it stops there.
        var text = FakeTrainer.StudyText(
            FakeTrainer.Write(_folder, steps: 30, pause: 0.02),
            "random", cap: 6, more: "early_terminate: {type: asha, min_iter: 2, eta: 2}");
        using var study = Create(text);
        new LocalCoordinator(study, Slots(1), Program.Rhythm).Run(TestContext.Current.CancellationToken);
        var trials = study.Trials();
        var pruned = trials.Where(t => t.State == TrialState.Pruned).ToList();
        Assert.NotEmpty(pruned);
        Assert.Equal(6, trials.Count(t => t.State is TrialState.Pruned or TrialState.Complete));
        Assert.All(pruned, t => Assert.True(t.Runs[0].LastStep < 30));
        // The best of all is never stopped.
        var best = trials.MinBy(t => Math.Pow(t.Parameters["x"].Number - 3, 2))!;
        Assert.Equal(TrialState.Complete, best.State);
        Assert.Contains("term ", File.ReadAllText(_folder.File("audit.log")), StringComparison.Ordinal);
    }

    [Fact]
    public void RunsGetCoresGpusAndThreadCountsOfTheirOwn()
    {
        var slots = Slot.Divide(new LocalOptions { Parallel = 4, Gpus = 0.5 }, [0, 1, 2, 3, 4, 5, 6, 7], [new Gpu("3"), new Gpu("5")]);
        Assert.Equal(["0,1", "2,3", "4,5", "6,7"], slots.Select(s => string.Join(",", s.Cores)));
        Assert.Equal(["3", "5", "3", "5"], slots.Select(s => s.Environment["CUDA_VISIBLE_DEVICES"]));
        Assert.All(slots, s => Assert.Equal(("2", "2"), (s.Environment["OMP_NUM_THREADS"], s.Environment["OPENBLAS_NUM_THREADS"])));
        // A training decides that itself: its bits depend on it.
        Assert.All(slots, s => Assert.DoesNotContain("OPENBLAS_NUM_THREADS", s.TrainingEnvironment.Keys));
        var withGpus = Slot.Divide(new LocalOptions { Gpus = 2 }, [0, 1, 2, 3], [new Gpu("a"), new Gpu("b"), new Gpu("c"), new Gpu("d")]);
        Assert.Equal(["a,b", "c,d"], withGpus.Select(s => s.Environment["CUDA_VISIBLE_DEVICES"]));
        var e = Assert.Throws<Core.FastDqnException>(() => Slot.Divide(new LocalOptions { Gpus = 1 }, [0], []));
        Assert.Equal(Core.ErrorKind.Unavailable, e.Kind);
    }

    [Fact]
    public void ARunReallyIsPinnedAndSeesItsEnvironment()
    {
        var trainer = FakeTrainer.Write(
            _folder, steps: 1, pause: 0.01, extra: "echo \"$CUDA_VISIBLE_DEVICES $OMP_NUM_THREADS $(nproc)\" >\"$run/env\"");
        using var study = Create(FakeTrainer.StudyText(trainer, cap: 1));
        var core = Slot.AvailableCores()[^1];
        new LocalCoordinator(study, [new Slot(0, [core], ["7"])], Program.Rhythm).Run(TestContext.Current.CancellationToken);
        Assert.Equal("7 1 1", File.ReadAllText(Path.Combine(study.Folder, "runs", "0000-s1", "env")).Trim());
    }

    private sealed class Watcher(Action<Study> looked) : ICoordinatorObserver
    {
        public void Looked(Study study) => looked(study);

        public void Said(string message) { }
    }

    private sealed class Listener : ICoordinatorObserver
    {
        public List<string> Lines { get; } = [];

        public void Looked(Study study) { }

        public void Said(string message) => Lines.Add(message);
    }
}
