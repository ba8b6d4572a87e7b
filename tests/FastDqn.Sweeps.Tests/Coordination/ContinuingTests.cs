using System.Globalization;
using System.Xml.Linq;
using FastDqn.Core;
using FastDqn.Sweeps.Coordination;
using FastDqn.Sweeps.Engines;
using FastDqn.Sweeps.Reports;
using FastDqn.Sweeps.Samplers;
using FastDqn.Sweeps.Space;
using FastDqn.Sweeps.Storage;
using FastDqn.Sweeps.StudyFile;
using FastDqn.Sweeps.Tests.Support;
using FastDqn.Tests;

namespace FastDqn.Sweeps.Tests.Coordination;

/// <summary>Studies whose trials pause and go on: promotions and populations.</summary>
[Collection(PostgresTestGroup.Name)]
public sealed class ContinuingTests(PostgresServer server) : IDisposable
{
    private const string Small =
        "preset: cartpole-exercises, train.stop_return: 1e9, schedule.warm_up: 60, eval.episodes: 0, eval.random: false, log.every: 20, "
        + "log.tensorboard: false, log.report: false, exploration.fraction: 0.5, replay.capacity: 300";

    private readonly TempFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    private Study Create(string text, string name = "study", string? storage = null) =>
        Study.Create(StudyFileReader.Read(text, _folder.File(name + ".yaml")), storage, _folder.File(name));

    private static IReadOnlyList<Slot> Slots(int count) =>
        [.. Enumerable.Range(0, count).Select(i => new Slot(i, [Slot.AvailableCores()[i % Slot.AvailableCores().Count]], []))];

    private static CoordinatorEnd Work(Study study, int slots = 1, int inProcess = 1) => new LocalCoordinator(
        study, Slots(slots),
        Program.Rhythm with { InProcess = inProcess, Silence = TimeSpan.FromMinutes(2), StopPatience = TimeSpan.FromMinutes(1) })
        .Run(TestContext.Current.CancellationToken);

    /// <summary>A study of small trainings.</summary>
    /// <param name="method">Grid, random or pbt.</param>
    /// <param name="parameter">What it searches, a line each.</param>
    /// <param name="steps">The trainings' length.</param>
    /// <param name="more">The rest of the file.</param>
    /// <param name="metric">What is compared.</param>
    /// <param name="options">The trainings' options.</param>
    private static string Trainings(
        string method, string parameter, int steps, string more, string metric = "charts/mean_return", string options = Small) =>
        $$"""
        name: study
        method: {{method}}
        metric: {name: {{metric}}, goal: maximize}
        parameters:
          {{parameter.Replace("\n", "\n  ", StringComparison.Ordinal)}}
        base: { {{options}}, train.steps: {{steps}} }
        {{more}}
        """;

    /// <summary>
    /// A program with a budget: its loss falls from x by a step's worth a step; it notes every step that it makes.
    /// </summary>
    private string Counting() => _folder.Write(
        "count.sh",
        """
        #!/bin/sh
        run=$1 x=$2 budget=$3 parent=$4
        i=$(cat "$run/at" 2>/dev/null || cat "$parent/at" 2>/dev/null || echo 0)
        while [ "$i" -lt "$budget" ]; do
          i=$((i + 1))
          echo "$i" >>"$run/steps"
          awk -v i="$i" -v x="$x" 'BEGIN { printf "{\"step\": %d, \"loss\": %.9g}\n", i, x * x + 1 / i }' >>"$run/metrics.jsonl"
          echo "$i" >"$run/at"
        done
        """,
        executable: true);

    private string Promoting(string terminate, int cap = 9, string method = "random") =>
        $$"""
        name: study
        method: {{method}}
        metric: {name: loss, goal: minimize}
        parameters:
          x: {min: 0.0, max: 10.0}
        run_cap: {{cap}}
        retries: 0
        command: [{{Counting()}}, "${run_dir}", "${x}", "${budget}", ""]
        resume_command: [{{Counting()}}, "${run_dir}", "${x}", "${budget}", ""]
        early_terminate: {{terminate}}
        """;

    [Theory]
    [InlineData("{type: asha, promote: true, min_iter: 2, max_iter: 18, eta: 3}", 1)]
    [InlineData("{type: asha, promote: true, min_iter: 2, max_iter: 18, eta: 3}", 3)]
    [InlineData("{type: halving, min_iter: 2, max_iter: 18, eta: 3}", 3)]
    public void TheGoodGoOnFromWhereTheyPaused(string terminate, int slots)
    {
        using var study = Create(Promoting(terminate));
        Assert.Equal(CoordinatorEnd.Finished, Work(study, slots));
        var trials = study.Trials();
        Assert.Equal(9, trials.Count);
        Assert.All(trials, t => Assert.True(t.State is TrialState.Paused or TrialState.Complete, $"{t.Number}: {t.State}"));
        var best = trials.MinBy(t => t.Parameters["x"].Number)!;
        Assert.Equal((TrialState.Complete, best.Number), (best.State, study.Best()!.Number));
        Assert.Equal([2, 6, 18], best.Rungs.Select(r => r.Budget));
        // No step was made twice: every run's steps count up without a gap.
        foreach (var trial in trials)
        {
            var steps = File.ReadAllLines(Path.Combine(RunPlan.RunFolder(study.Folder, trial.Number, 1), "steps"));
            Assert.Equal(Enumerable.Range(1, (int)trial.Budget).Select(i => i.ToString(CultureInfo.InvariantCulture)), steps);
            Assert.Equal(trial.Budget, trial.Rungs[^1].Budget);
        }

        if (terminate.Contains("halving", StringComparison.Ordinal))
            Assert.Equal([6, 2, 1], new[] { 2, 6, 18 }.Select(b => trials.Count(t => t.Budget == b)));
    }

    [Fact]
    public void ACapRaisedLaterPromotesAmongAllTrials()
    {
        using var study = Create(Promoting("{type: halving, min_iter: 2, max_iter: 6, eta: 3}", cap: 3));
        Work(study);
        study.Storage.SetRunCap(study.Record.Id, 9);
        Work(study, 2);
        var trials = study.Trials();
        Assert.Equal(9, trials.Count);
        Assert.True(trials.Count(t => t.State == TrialState.Complete) is 3 or 4, "a third of nine, and who went on when there were three");
    }

    [Fact]
    public void AnAskedTrialPausesAndIsGivenOutAgainWithMore()
    {
        using var study = Create(Promoting("{type: asha, promote: true, min_iter: 2, max_iter: 6, eta: 2}", cap: 2));
        var (first, second) = (study.Ask()!, study.Ask()!);
        Assert.Equal((2, 2), (first.Budget, second.Budget));
        first.Complete(5);
        second.Complete(3);
        Assert.Equal(TrialState.Paused, study.Trials()[0].State);
        Assert.False(study.IsFinished());
        var again = study.Ask()!;
        Assert.Equal((1, 4), (again.Number, again.Budget));
        again.Complete(2);
        Assert.Equal((1, 6), (study.Ask() is { } last ? (last.Number, last.Budget) : default));
    }

    [Fact]
    public void APromotedTrainingIsByteForByteOneThatNeverPaused()
    {
        var fastdqn = Fastdqn.Require();
        using var study = Create(Trainings(
            "grid", "optimizer.learning_rate: {values: [1.0e-3, 3.0e-4, 1.0e-4]}", 360,
            "seeds: 2\nearly_terminate: {type: asha, promote: true, min_iter: 40, eta: 3}"));
        Assert.Equal(CoordinatorEnd.Finished, Work(study, 2, inProcess: 2));
        var best = study.Best()!;
        Assert.Equal([40, 120, 360], best.Rungs.Select(r => r.Budget));
        Assert.Equal(2, study.Trials().Count(t => t.Budget == 40));
        foreach (var seed in new long[] { 1, 2 })
        {
            var whole = _folder.File($"whole-{seed}");
            Fastdqn.Run(
                fastdqn,
                [
                    "train", "--config", RunPlan.BaseFile(study.Folder), "--quiet",
                    "--set", $"run.dir={whole}", "--set", $"run.seed={seed}",
                    "--set", $"optimizer.learning_rate={best.Parameters["optimizer.learning_rate"].Text}",
                ]);
            var promoted = RunPlan.RunFolder(study.Folder, best.Number, seed);
            Assert.Equal(RunFiles.Rows(whole), RunFiles.Rows(promoted));
            Assert.Equal(RunFiles.Weights(whole), RunFiles.Weights(promoted));
        }
    }

    [Theory]
    [InlineData(
        "early_terminate: {type: asha, promote: true, min_iter: 40, eta: 3, horizon: budget}", "exploration.fraction follows the length")]
    [InlineData("early_terminate: {type: median, promote: true}", "median has no rungs")]
    [InlineData("early_terminate: {type: asha, promote: true, min_iter: 40, max_iter: 300}", "train.steps of the base is 360")]
    [InlineData("early_terminate: {type: asha, promote: true, min_iter: 200}", "at least min_iter x eta: 360 is below 800")]
    [InlineData("early_terminate: {type: asha, horizon: budget}", "'horizon' is for trials that are promoted")]
    [InlineData("pbt: {interval: 10}", "the method is another one")]
    public void WhatCouldNotGoOnAsItselfIsRefused(string more, string message)
    {
        var error = Assert.Throws<FastDqnException>(() => StudyFileReader.Read(
            Trainings("random", "optimizer.learning_rate: {values: [1.0e-3, 3.0e-4]}", 360, "run_cap: 3\n" + more), "s.yaml"));
        Assert.Equal(ErrorKind.Usage, error.Kind);
        Assert.Contains(message, error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("optimizer.anneal_learning_rate: {values: [true, false]}", "optimizer.anneal_learning_rate")]
    [InlineData("exploration.fraction: {min: 0.1, max: 0.5}", "exploration.fraction")]
    [InlineData("replay.kind: {values: [uniform, prioritized]}", "replay.beta_end")]
    [InlineData("target.gamma: {min: 0.9, max: 0.99}", "eval.every", "eval.every: -1")]
    [InlineData("target.gamma: {min: 0.9, max: 0.99}", null)]
    public void LengthsThatGrowAreRefusedWithTheOptionThatFollowsThem(string parameter, string? option, string setting = "eval.every: 0")
    {
        StudySpec Read() => StudyFileReader.Read(
            Trainings(
                "random", parameter, 360, "run_cap: 3\nearly_terminate: {type: halving, min_iter: 40, horizon: budget}",
                options: $"{Small.Replace("exploration.fraction: 0.5, ", "", StringComparison.Ordinal)}, {setting}"),
            "s.yaml");
        if (option is null)
            Assert.Equal(360, Read().Horizon);
        else
            Assert.Contains($"horizon: budget: {option} follows", Assert.Throws<FastDqnException>(Read).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void BudgetsThatAreLengthsEndEachWithAnEvaluation()
    {
        _ = Fastdqn.Require();
        var evaluating = Small.Replace("exploration.fraction: 0.5", "eval.every: 0, eval.video: false", StringComparison.Ordinal)
            .Replace("eval.episodes: 0", "eval.episodes: 2", StringComparison.Ordinal);
        using var study = Create(Trainings(
            "grid", "optimizer.learning_rate: {values: [1.0e-3, 3.0e-4]}", 200,
            "early_terminate: {type: halving, min_iter: 100, eta: 2, horizon: budget}", "eval/mean_return", evaluating));
        Assert.Equal(CoordinatorEnd.Finished, Work(study));
        var best = study.Best()!;
        Assert.Equal([100, 200], best.Rungs.Select(r => r.Budget));
        Assert.All(study.Trials(), t => Assert.NotNull(t.Rungs[0].Value));
        // The row of the shorter length's end is gone, as if there had been none.
        var rows = RunFiles.Rows(RunPlan.RunFolder(study.Folder, best.Number, 1));
        Assert.Single(rows, r => r.Contains("\"eval\"", StringComparison.Ordinal));
    }

    private string Population(string more = "") =>
        $$"""
        name: study
        method: pbt
        metric: {name: loss, goal: minimize}
        parameters:
          x: {min: 0.0, max: 10.0}
        retries: 0
        command: [{{Counting()}}, "${run_dir}", "${x}", "${budget}", "${parent_dir}"]
        pbt: {population: 4, interval: 3, generations: 5, quantile: 0.25{{more}}}
        """;

    private static List<string> Story(Study study) =>
        [.. study.Trials().Select(t => $"{t.Number} {t.Parent} {t.Budget} {t.Parameters.ToJson()} {t.Value:R}")];

    [Fact]
    public void APopulationImprovesAndItsLineageIsKnown()
    {
        using var study = Create(Population());
        Assert.Equal(CoordinatorEnd.Finished, Work(study));
        var trials = study.Trials();
        Assert.Equal(20, trials.Count);
        Assert.All(trials, t => Assert.Equal(TrialState.Complete, t.State));
        Assert.All(trials.Take(4), t => Assert.Equal((-1, 3), (t.Parent, t.Budget)));
        foreach (var trial in trials.Skip(4))
        {
            Assert.Equal(trials[trial.Parent].Budget + 3, trial.Budget);
            // It went on where its parent was.
            var steps = File.ReadAllLines(Path.Combine(RunPlan.RunFolder(study.Folder, trial.Number, 1), "steps"));
            Assert.Equal($"{trials[trial.Parent].Budget + 1}", steps[0]);
            Assert.Equal(3, steps.Length);
        }

        // Each generation's worst was replaced by a child of its best.
        for (var g = 1; g < 5; g++)
        {
            var before = trials.Skip(4 * (g - 1)).Take(4).OrderBy(t => t.Value).ToList();
            var heirs = trials.Skip(4 * g).Take(4).Where(t => t.Parent == before[0].Number).ToList();
            Assert.Equal(2, heirs.Count);
            Assert.DoesNotContain(trials.Skip(4 * g).Take(4), t => t.Parent == before[3].Number);
            Assert.Contains(
                heirs,
                t => t.Parameters["x"] != before[0].Parameters["x"] && t.Reason.Contains("takes over", StringComparison.Ordinal));
        }
    }

    [Fact]
    public void OneSeedOneLineage()
    {
        using var first = Create(Population(), "first");
        using var second = Create(Population(), "second");
        using var three = Create(Population(", synchronous: true"), "three");
        using var one = Create(Population(", synchronous: true"), "one");
        Work(first);
        Work(second);
        Work(three, 3);
        Work(one);
        Assert.Equal(Story(first), Story(second));
        Assert.Equal(Story(one), Story(three));
    }

    [Fact]
    public void WorkersOfAPopulationNeedNobodyInTheMiddleOnSqlite() => Share(null);

    [Fact]
    public void WorkersOfAPopulationNeedNobodyInTheMiddleOnPostgresql() => Share(server.NewDatabase());

    private void Share(string? storage)
    {
        using var study = Create(Population(", synchronous: true"), "shared", storage);
        using var alone = Create(Population(", synchronous: true"), "alone");
        Work(alone);
        var workers = Enumerable.Range(0, 3).Select(_ => Task.Run(
            () =>
            {
                using var own = Study.Open(storage is null ? study.Folder : "study", storage, study.Folder);
                return Work(own);
            },
            TestContext.Current.CancellationToken)).ToArray();
        Task.WaitAll(workers, TestContext.Current.CancellationToken);
        Assert.Equal(Story(alone), Story(study));
    }

    [Fact]
    public void APopulationOfTrainingsGoesOnFromCheckpointsWithOtherOptions()
    {
        _ = Fastdqn.Require();
        using var study = Create(Trainings(
            "pbt",
            "optimizer.learning_rate: {distribution: log_uniform, min: 1.0e-4, max: 1.0e-2}\nbody.widths: {values: [[16], [24]]}",
            240, "pbt: {population: 3, interval: 80, resample: 0, quantile: 0.34, synchronous: true}"));
        Assert.Equal(CoordinatorEnd.Finished, Work(study, 2, inProcess: 2));
        var trials = study.Trials();
        Assert.Equal(9, trials.Count);
        ParameterValue Rate(TrialRecord trial) => trial.Parameters["optimizer.learning_rate"];
        Assert.Equal(2, trials.Count(t => t.Parent >= 0 && Rate(t) != Rate(trials[t.Parent])));
        foreach (var trial in trials.Skip(3))
        {
            Assert.Equal(trials[trial.Parent].Parameters["body.widths"], trial.Parameters["body.widths"]);
            var rows = RunFiles.Rows(RunPlan.RunFolder(study.Folder, trial.Number, 1));
            var parent = RunFiles.Rows(RunPlan.RunFolder(study.Folder, trial.Parent, 1));
            Assert.Equal(parent, rows.Take(parent.Count));
            Assert.True(rows.Count > parent.Count);
            Assert.Contains($"\"charts/learning_rate\":{Rate(trial).Number:R}", rows[^1], StringComparison.Ordinal);
        }

        // Of pieces that all went on from, checkpoints are gone, but not the best one's.
        var kept = trials.Where(t => Directory.Exists(Path.Combine(RunPlan.RunFolder(study.Folder, t.Number, 1), "checkpoints"))).ToList();
        Assert.DoesNotContain(kept, t => t.Budget == 80 && t.Number != study.Best()!.Number);
        Assert.Equal(3, kept.Count(t => t.Budget == 240));
        Assert.Contains(kept, t => t.Number == study.Best()!.Number);
        var svg = XDocument.Parse(Plots.Draw("lineage", study));
        Assert.Equal(9, svg.Descendants().Count(e => e.Name.LocalName == "circle"));
        Assert.Equal(9, svg.Descendants().Count(e => e.Name.LocalName == "polyline"));
    }

    [Fact]
    public void ATrialWhoseParentWasRemovedFailsAndTheStudyGoesOn()
    {
        using var study = WithoutTheParent(_folder);
        Assert.Equal(CoordinatorEnd.Finished, Work(study));
        AllFailedForTheirParent(study);
    }

    /// <summary>A population of two, of whose first generation the better one was removed.</summary>
    internal static Study WithoutTheParent(TempFolder folder)
    {
        _ = Fastdqn.Require();
        var text = Trainings(
            "pbt", "optimizer.learning_rate: {distribution: log_uniform, min: 1.0e-4, max: 1.0e-2}",
            160, "pbt: {population: 2, interval: 80, quantile: 0.5, synchronous: true}");
        using (var study = Study.Create(StudyFileReader.Read(text, folder.File("study.yaml")), folder: folder.File("study")))
            study.Storage.SetRunCap(study.Record.Id, 2);
        using (var first = Study.Open(folder.File("study")))
        {
            Assert.Equal(CoordinatorEnd.Finished, Work(first));
            Directory.Delete(RunPlan.RunFolder(first.Folder, first.Best()!.Number, 1), recursive: true);
            first.Storage.SetRunCap(first.Record.Id, 4);
        }

        return Study.Open(folder.File("study"));
    }

    internal static void AllFailedForTheirParent(Study study)
    {
        var heirs = study.Trials().Skip(2).ToList();
        Assert.Equal(2, heirs.Count);
        Assert.All(heirs, t => Assert.Equal((study.Best()!.Number, TrialState.Failed), (t.Parent, t.State)));
        Assert.All(heirs, t => Assert.Contains("is not here", t.Runs[0].Message, StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("body.widths: {values: [[16], [24]]}", "none of these can: body.widths", "interval: 80")]
    [InlineData("target.gamma: {min: 0.9, max: 0.99}", "no multiple of 'interval' (100)", "interval: 100")]
    [InlineData("target.gamma: {min: 0.9, max: 0.99}", "lacks 'interval'", "population: 3")]
    [InlineData("train.steps: {values: [100, 240]}", "'train.steps' cannot be searched", "interval: 80")]
    public void APopulationThatCouldNotBeIsRefused(string parameter, string message, string pbt)
    {
        var error = Assert.Throws<FastDqnException>(
            () => StudyFileReader.Read(Trainings("pbt", parameter, 240, $"pbt: {{ {pbt} }}"), "s.yaml"));
        Assert.Contains(message, error.Message, StringComparison.Ordinal);
    }
}
