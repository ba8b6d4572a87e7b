using System.Xml.Linq;
using FastDqn.Core;
using FastDqn.Sweeps.Reports;
using FastDqn.Sweeps.Samplers;
using FastDqn.Sweeps.Storage;
using FastDqn.Sweeps.StudyFile;
using FastDqn.Sweeps.Tests.Support;
using FastDqn.Tests;

namespace FastDqn.Sweeps.Tests;

/// <summary>Studies that people change while they go on, and what is said of their results.</summary>
[Collection(PostgresTestGroup.Name)]
public sealed class LiveStudyTests(PostgresServer server) : IDisposable
{
    private readonly TempFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    private static string Text(string method = "random", int? cap = 3, string x = "{min: 0.0, max: 10.0}", string more = "") =>
        $$"""
        name: live
        method: {{method}}
        metric: {name: loss, goal: minimize}
        parameters:
          x: {{x}}
        {{(cap is null ? "" : $"run_cap: {cap}")}}
        command: [none]
        {{more}}
        """;

    private static StudySpec Spec(string text) => StudyFileReader.Read(text, "live.yaml");

    private Study Create(string text, bool postgres = false, string folder = "live") =>
        Study.Create(Spec(text), postgres ? server.NewDatabase() : null, _folder.File(folder));

    /// <summary>Asks and tells until nothing is left; a run's value is what is made of its x and seed.</summary>
    private static void Work(Study study, Func<double, long, double> value)
    {
        while (study.Ask() is { } trial)
            trial.Complete(value(trial["x"], trial.Seed));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void GivenPointsComeFirstAndAreOneTrialMoreEach(bool postgres)
    {
        using var plain = Create(Text(), folder: "plain");
        Work(plain, (x, _) => x);
        using var study = Create(Text(), postgres);
        study.Enqueue(["x=7.5"]);
        study.Enqueue(["x=2"]);
        Work(study, (x, _) => x);
        var trials = study.Trials();
        Assert.Equal(5, trials.Count);
        Assert.Equal([7.5, 2], trials.Take(2).Select(t => t.Parameters["x"].Number));
        Assert.StartsWith("given (x=7.5)", trials[0].Reason, StringComparison.Ordinal);
        // Trial 2 is the one that it would have been.
        Assert.Equal(plain.Trials()[2].Parameters, trials[2].Parameters);
        // Also when the study had all its trials.
        study.Enqueue(["x=3"]);
        Assert.False(study.HasAllTrials);
        Work(study, (x, _) => x);
        Assert.Equal(3, study.Trials()[5].Parameters["x"].Number);
    }

    [Fact]
    public void WhoProposesForAStudyThatIsRemovedEnds()
    {
        using var study = Create(Text("tpe"));
        Assert.True(study.Storage.Remove(study.Record.Id, TimeSpan.Zero));
        var late = 0;
        Assert.False(study.TryCreateNext(() => Assert.InRange(++late, 0, 1)));
        Assert.Equal(1, late);
    }

    [Theory]
    [InlineData("x", "'x' is not key=value")]
    [InlineData("xx=1", "no parameter 'xx'; did you mean 'x'?")]
    [InlineData("x=11", "not among the study's values")]
    [InlineData("y=1", "y is there only when kind is b: give that as well")]
    public void WhatCannotBeGivenIsRefused(string setting, string message)
    {
        using var study = Create(Text().Replace(
            "run_cap", "  kind: {values: [a, b]}\n  y: {min: 0, max: 5, when: {kind: b}}\nrun_cap", StringComparison.Ordinal));
        Assert.Contains(message, Assert.Throws<FastDqnException>(() => study.Enqueue([setting])).Message, StringComparison.Ordinal);
        Assert.Equal(3, study.Record.RunCap);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void AnEditKeepsWhatWasDoneAndMarksWhatComes(bool postgres)
    {
        var database = postgres ? server.NewDatabase() : null;
        using var study = Study.Create(Spec(Text()), database, _folder.File("live"));
        Work(study, (x, seed) => x + seed);
        using var worker = Study.Open(postgres ? "live" : _folder.File("live"), database, _folder.File("live"));
        study.Edit(Spec(Text(cap: 5, x: "{min: 0.0, max: 90.0}", more: "seeds: 2")));
        // Who works along hears of it.
        worker.Refresh();
        Assert.Equal([1, 2], worker.Spec.Seeds);
        Assert.Equal(5, worker.Record.RunCap);
        var before = worker.Trials();
        Assert.All(before, t => Assert.Equal((TrialState.Waiting, 2), (t.State, t.Runs.Count)));
        // Its best trial is its best until the new seeds say otherwise.
        Assert.NotNull(worker.Best());
        Work(worker, (x, seed) => x + seed);
        var trials = worker.Trials();
        Assert.Equal([0, 0, 0, 1, 1], trials.Select(t => t.Revision));
        Assert.All(trials, t => Assert.Equal(t.Parameters["x"].Number + 1.5, t.Value!.Value, 1e-9));
        Assert.Contains(trials.Skip(3), t => t.Parameters["x"].Number > 10);
        Assert.Equal(before.Select(t => t.Parameters), trials.Take(3).Select(t => t.Parameters));
    }

    [Theory]
    [InlineData("name: loss", "name: other", "another metric")]
    [InlineData("method: random", "method: tpe", "another method")]
    [InlineData("[none]", "[other]", "another base or command")]
    [InlineData("x: {", "z: {", "other parameters")]
    [InlineData("seeds: 2", "seeds: 1", "fewer seeds")]
    public void AnEditThatWouldMakeTrialsIncomparableIsRefused(string from, string to, string message)
    {
        var text = Text(more: "seeds: 2");
        using var study = Create(text);
        var error = Assert.Throws<FastDqnException>(() => study.Edit(Spec(text.Replace(from, to, StringComparison.Ordinal))));
        Assert.Equal(ErrorKind.Usage, error.Kind);
        Assert.Contains(message, error.Message, StringComparison.Ordinal);
        Assert.Equal(0, study.Record.Revision);
    }

    [Fact]
    public void AStudyLearnsFromAnothersTrials()
    {
        using (var first = Create(Text("random", cap: 20), folder: "first"))
            Work(first, (x, _) => Math.Abs(x - 6));
        var warm = Text("tpe", cap: 10, more: $"warm_start: {_folder.File("first")}");
        using var study = Create(warm);
        Work(study, (x, _) => Math.Abs(x - 6));
        Assert.StartsWith("TPE: more like the 2 good trials (earlier, earlier)", study.Trials()[0].Reason, StringComparison.Ordinal);
        Assert.True(study.Trials().Average(t => t.Value) < 2, "trials are near the earlier ones' best from the start");
        Assert.Equal(10, study.Trials().Count);
        // What it knows is its own from then on.
        Directory.Delete(_folder.File("first"), recursive: true);
        using var again = Study.Open(_folder.File("live"));
        Assert.Equal(30, again.History().Count);
    }

    [Fact]
    public void AnotherMetricsTrialsTeachNothing()
    {
        using (Create(Text().Replace("name: loss", "name: other", StringComparison.Ordinal), folder: "first")) { }
        var error = Assert.Throws<FastDqnException>(() => Create(Text("tpe", more: $"warm_start: {_folder.File("first")}")));
        Assert.Contains("has other to minimize, this one loss to minimize", error.Message, StringComparison.Ordinal);
        Assert.Contains("only tpe learns", Assert.Throws<FastDqnException>(() => Spec(Text(more: "warm_start: first"))).Message,
            StringComparison.Ordinal);
    }

    [Fact]
    public void OfSeveralObjectivesTheTrialsThatNobodyBeatsAreKnown()
    {
        using var study = Create(Text(
            "grid", cap: null, x: "{values: [1, 2, 3, 4, 5]}",
            "objectives: [{name: speed, goal: maximize}]\nconstraints: [{name: memory, max: 4}]"));
        while (study.Ask() is { } trial)
        {
            // 2 beats 3 in both; 5 is the fastest and takes too much memory.
            var x = (int)trial["x"];
            trial.Complete(x, new Dictionary<string, double> { ["speed"] = new[] { 1.0, 5, 4, 6, 9 }[x - 1], ["memory"] = x });
        }

        var trials = study.Trials();
        Assert.Equal([1, 2, 4], study.Front(trials).Select(t => t.Parameters["x"].Number));
        Assert.Equal(1, study.Best()!.Parameters["x"].Number);
        Assert.Equal(double.PositiveInfinity, study.History()[4].Loss);
        Assert.Contains("memory is 5: it does not count", string.Join('\n', study.Why(4)), StringComparison.Ordinal);
        var svg = XDocument.Parse(Plots.Draw("pareto", study));
        Assert.Equal(5, svg.Descendants().Count(e => e.Name.LocalName == "circle"));
        // With a study's sampler the front comes before what it beats.
        Assert.True(study.History()[1].Loss < study.History()[2].Loss);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void OnlyContendersRaceOverMoreSeeds(bool postgres)
    {
        using var study = Create(Text("grid", cap: null, x: "{values: [1, 2, 30]}", "seeds: 2\nrace: {seeds: 6}"), postgres);
        // 1 and 2 are hard to tell apart, 30 is out of it at once.
        Work(study, (x, seed) => (x * 0.01) + (seed % 3) + (x > 10 ? 100 : 0));
        Assert.Equal([6, 6, 2], study.Trials().Select(t => t.Runs.Count));
        Assert.All(study.Trials(), t => Assert.Equal(TrialState.Complete, t.State));
        Assert.Equal([1, 2, 3, 4, 5, 6], study.Trials()[0].Runs.Select(r => r.Seed));
        Assert.True(study.IsFinished());
        var contenders = study.Contenders(study.Trials())!;
        Assert.Equal(1, contenders.Sum(c => c.Probability), 1e-9);
        Assert.InRange(contenders[2].Probability, 0, 0.01);
    }

    [Theory]
    [InlineData(false, true)]
    [InlineData(true, true)]
    [InlineData(false, false)]
    public void AFurtherSeedThatFailsTakesNoResultAway(bool postgres, bool race)
    {
        var more = race ? "seeds: 2\nrace: {seeds: 4}" : "seeds: 2";
        using var study = Create(Text("grid", cap: null, x: "{values: [1, 2]}", more), postgres);
        Tell();
        if (!race)
        {
            study.Edit(Spec(Text("grid", cap: null, x: "{values: [1, 2]}", "seeds: 4")));
            Tell();
        }

        foreach (var trial in study.Trials())
        {
            Assert.Equal((TrialState.Complete, true), (trial.State, trial.HasResult));
            Assert.Equal(trial.Parameters["x"].Number + 1.5, trial.Value!.Value, 1e-9);
            Assert.Equal(
                [TrialState.Complete, TrialState.Complete, TrialState.Failed, TrialState.Failed],
                trial.Runs.OrderBy(r => r.Seed).Select(r => r.State));
            Assert.Contains(study.Why(trial.Number), l => l == "seed 3: failed: it broke");
        }

        Assert.True(study.IsFinished());
        Assert.Equal(1, study.Best()!.Parameters["x"].Number);

        void Tell()
        {
            while (study.Ask() is { } trial)
                if (trial.Seed > 2)
                    trial.Fail("it broke");
                else
                    trial.Complete(trial["x"] + trial.Seed);
        }
    }

    [Fact]
    public void AFurtherSeedIsNotStoppedEarly()
    {
        const string asha = "early_terminate: {type: asha, min_iter: 1, eta: 2}";
        using var study = Create(Text(more: asha));
        var first = study.Ask()!;
        first.Report(1, 1);
        first.Complete(1);
        var second = study.Claim("worker")!;
        Assert.False(second.IsFurther);
        Assert.True(study.ShouldStop(second, [(1, 100)]));
        study.Storage.Finish(second, TrialState.Complete, 100);
        study.Edit(Spec(Text(more: asha + "\nseeds: 2")));
        var further = study.Claim("worker")!;
        Assert.Equal((0, 2L, true), (further.TrialNumber, further.Seed, further.IsFurther));
        Assert.False(study.ShouldStop(further, [(1, 100)]));
    }

    [Fact]
    public void AClockThatIsSetBackKeepsNobodyWaiting()
    {
        using var study = Create(Text());
        var (storage, id) = (study.Storage, study.Record.Id);
        var claim = study.Claim("worker")!;
        // A sign of life an hour ahead, as it looks after the clock was set back by that.
        Ahead("heartbeat");
        Assert.Equal(0, storage.ReapDead(id, TimeSpan.FromMinutes(1), 3));
        Assert.True(storage.Heartbeat(claim));
        Ahead("heartbeat");
        Assert.Equal(1, storage.ReapDead(id, TimeSpan.FromSeconds(-1), 3));

        claim = study.Claim("worker")!;
        storage.Release(claim, failed: true, 5, "it broke", TimeSpan.FromMinutes(2));
        Assert.Null(storage.Claim(id, "worker"));
        Ahead("not_before");
        Assert.Null(storage.Claim(id, "worker"));
        Ahead("released");
        Assert.NotNull(storage.Claim(id, "worker"));
        Assert.All(storage.Spent(id), s => Assert.InRange(s.Seconds, 0, 3600));
        Sql("UPDATE claims SET began = began + 3600");
        Assert.All(storage.Spent(id), s => Assert.Equal(0, s.Seconds));

        void Ahead(string column) => Sql($"UPDATE runs SET {column} = {column} + 3600");

        void Sql(string text)
        {
            var file = Study.DatabaseFile(study.Folder);
            using var connection = new Microsoft.Data.Sqlite.SqliteConnection($"Data Source={file};Pooling=false");
            connection.Open();
            using var command = connection.CreateCommand();
#pragma warning disable CA2100 // The texts are this test's own.
            command.CommandText = text;
#pragma warning restore CA2100
            Assert.True(command.ExecuteNonQuery() > 0);
        }
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void TheBestAreConfirmedWithSeedsThatDidNotChooseThem(bool postgres)
    {
        using var study = Create(
            Text("grid", cap: null, x: "{values: [1, 2, 3, 4]}", "seeds: 2\nconfirm: {top: 2, seeds: 3}"), postgres);
        // Fresh seeds are less kind than those that chose.
        Work(study, (x, seed) => x + (seed >= ConfirmSpec.FirstSeed ? 10 : seed));
        var trials = study.Trials();
        Assert.Equal([3, 3, 0, 0], trials.Select(t => t.Fresh.Count));
        Assert.All(trials, t => Assert.Equal((TrialState.Complete, 2), (t.State, t.Runs.Count)));
        Assert.Equal([2.5, 3.5], trials.Take(2).Select(t => t.Value!.Value));
        Assert.Equal([11, 11, 11], trials[0].Fresh.Select(r => r.Value!.Value));
        Assert.True(study.IsFinished());
        Assert.Equal(0, study.Best()!.Number);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void WhatIsBeingWorkedOnIsNotRemoved(bool postgres)
    {
        var database = postgres ? server.NewDatabase() : null;
        using (var study = Study.Create(Spec(Text(more: "seeds: 2")), database, _folder.File("live")))
        {
            study.Enqueue(["x=1"]);
            var claim = study.Claim("worker")!;
            study.Storage.AddReports(claim, [(1, 0.5)]);
            var error = Assert.Throws<FastDqnException>(() => study.Remove(TimeSpan.FromMinutes(1)));
            Assert.Contains("is being worked on", error.Message, StringComparison.Ordinal);
            study.Storage.Finish(claim, TrialState.Complete, 1);
            study.Remove(TimeSpan.FromMinutes(1));
        }

        Assert.False(Directory.Exists(_folder.File("live")));
        if (database is null)
            return;
        using var storage = StudyStorage.Open(database);
        Assert.Empty(storage.List());
    }

    [Fact]
    public void WhyATrialIsSaysItsSamplerAndItsRungs()
    {
        using var study = Create(Text(
            "random", cap: 4, more: "resume_command: [none]\nearly_terminate: {type: halving, min_iter: 5, max_iter: 20, eta: 2}"));
        Work(study, (x, _) => x);
        var trials = study.Trials();
        var worst = trials.MaxBy(t => t.Parameters["x"].Number)!;
        var why = study.Why(worst.Number);
        Assert.Contains("proposed  drawn at random", why);
        Assert.Contains(
            why,
            l => l.Contains("at 5 steps", StringComparison.Ordinal)
                && l.Contains("4 of 4 (paused: the best 2 go on)", StringComparison.Ordinal));
        why = study.Why(study.Best()!.Number);
        Assert.Contains(why, l => l.Contains("1 of 4 (promoted)", StringComparison.Ordinal));
        Assert.Contains(why, l => l.Contains("(the whole length)", StringComparison.Ordinal));
        Assert.Contains("no trial 9", Assert.Throws<FastDqnException>(() => study.Why(9)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void CostsAreTimesTheCoresAndWhatAnEarlyEndSparedIsKnown()
    {
        using var study = Create(Text(cap: 2, more: "early_terminate: {type: median}"));
        var (whole, stopped) = (study.Claim("w")!, study.Claim("w")!);
        study.Storage.Use(whole, 2, 0.5);
        study.Storage.Use(stopped, 1, 0);
        study.Storage.AddReports(whole, [(40, 1.0)]);
        study.Storage.AddReports(stopped, [(10, 2.0)]);
        study.Storage.Finish(whole, TrialState.Complete, 1);
        study.Storage.Finish(stopped, TrialState.Pruned, 2);
        var each = study.Storage.Spent(study.Record.Id).ToDictionary(s => s.RunId);
        var cost = Costs.Of(study);
        Assert.Equal(each[whole.RunId].Seconds + each[stopped.RunId].Seconds, cost.Seconds, 1e-9);
        Assert.Equal((2 * each[whole.RunId].Seconds) + each[stopped.RunId].Seconds, cost.CoreSeconds, 1e-9);
        Assert.Equal(0.5 * each[whole.RunId].Seconds, cost.GpuSeconds, 1e-9);
        // It had 30 of 40 steps to go.
        Assert.Equal(3 * each[stopped.RunId].Seconds, cost.StoppedSeconds, 1e-9);
        Assert.Null(cost.RemainingSeconds);
    }

    [Fact]
    public void IntervalsAreStudents()
    {
        Assert.Equal(4.303 / Math.Sqrt(3), Statistics.Interval([1, 2, 3])!.Value, 1e-9);
        Assert.Null(Statistics.Interval([1]));
        Assert.Equal(0, Statistics.Interval([2, 2])!.Value);
    }

    [Fact]
    public void TheProbabilityOfBeingTheBestFollowsTheEvidence()
    {
        Assert.Null(Statistics.ProbabilityOfBest([[1], [2]]));
        var even = Statistics.ProbabilityOfBest([[1, 2, 3], [1, 2, 3]])!;
        Assert.InRange(even[0], 0.47, 0.53);
        var clear = Statistics.ProbabilityOfBest([[1.0, 1.1, 0.9], [5, 5.1, 4.9]])!;
        Assert.True(clear[0] > 0.99);
        // The same mean with more seeds is surer to be worse than a better one's.
        var few = Statistics.ProbabilityOfBest([[1, 2], [1.5, 2.5]])![0];
        var many = Statistics.ProbabilityOfBest([[1, 2, 1, 2, 1, 2, 1, 2], [1.5, 2.5, 1.5, 2.5, 1.5, 2.5, 1.5, 2.5]])![0];
        Assert.True(many > few);
    }

    [Fact]
    public void FrontsAreThoseOfNsga2()
    {
        IReadOnlyList<IReadOnlyList<double>> points = [[1, 5], [2, 3], [3, 4], [4, 1], [4, 4], [1, 5]];
        Assert.Equal([0, 0, 1, 0, 2, 0], Pareto.Fronts(points));
        var losses = Pareto.Losses(points);
        Assert.True(losses.Where((_, i) => i is 0 or 1 or 3).All(l => l < losses[2]) && losses[2] < losses[4]);
        Assert.Empty(Pareto.Fronts([]));
    }

    [Theory]
    [InlineData("race: {seeds: 5}", "a race begins with at least two seeds")]
    [InlineData("constraints: [{name: a}]", "needs 'min' or 'max'")]
    [InlineData("objectives: [{name: loss, goal: minimize}]", "listed twice")]
    [InlineData("objectives: {name: a}", "'objectives' must be a list")]
    [InlineData("seeds: [1, 1000001]\nconfirm: {}", "fresh seeds begin at 1000001")]
    public void WhatDoesNotFitTogetherIsRefused(string more, string message) =>
        Assert.Contains(message, Assert.Throws<FastDqnException>(() => Spec(Text(more: more))).Message, StringComparison.Ordinal);
}
