using System.Text.Json.Nodes;
using FastDqn.Sweeps.StudyFile;
using FastDqn.Sweeps.Tests.Support;
using FastDqn.Tests;

namespace FastDqn.Sweeps.Tests;

/// <summary>A study is refused before it starts where it must fail, and tells all of what becomes of it.</summary>
public sealed class StudyVerbTests : IDisposable
{
    private const string Trainings = """
        method: grid
        parameters: {target.gamma: {values: [0.9, 0.99]}}
        base: {env.name: cartpole, eval.episodes: 0, train.steps: 100, schedule.warm_up: 200}

        """;

    private readonly TempFolder _folder = new();
    private readonly string _fastdqn = Fastdqn.Require();

    public void Dispose() => _folder.Dispose();

    private (int Code, string Output, string Error) Call(params string[] arguments) => Fastdqn.Call(_fastdqn, arguments, _folder.Path);

    [Theory]
    [InlineData("charts/mean_retrun", "no row has it; did you mean 'charts/mean_return'?")]
    [InlineData("perf/SPS", "no row has it")]
    [InlineData("mean_return", "it needs eval.episodes above 0")]
    public void AMetricThatNoRowCanHaveStartsNoStudy(string metric, string says)
    {
        _folder.Write("s.yaml", Trainings + $"metric: {{name: {metric}, goal: maximize}}\n");
        foreach (var more in new[] { "--quiet", "--dry-run" })
        {
            var result = Call("sweep", "run", "s.yaml", more);
            Assert.Equal(2, result.Code);
            Assert.StartsWith($"fastdqn: metric '{metric}': {says}", result.Error, StringComparison.Ordinal);
            Assert.DoesNotContain('\n', result.Error);
        }

        Assert.False(Directory.Exists(_folder.File("studies")));
    }

    [Fact]
    public void TrainingsThatLearnNothingAreWarnedAboutOnce()
    {
        _folder.Write("s.yaml", Trainings + "metric: {name: charts/mean_return, goal: maximize}\n");
        var result = Call("sweep", "run", "s.yaml", "--dry-run");
        Assert.Equal(0, result.Code);
        Assert.StartsWith("warning: nothing will be learnt: ", result.Error, StringComparison.Ordinal);
        Assert.DoesNotContain('\n', result.Error);
    }

    [Fact]
    public void EveryTrialIsToldWhereThereIsNoTerminal()
    {
        // Quicker than the display looks.
        _folder.Write("s.yaml", FakeTrainer.StudyText(FakeTrainer.Write(_folder, steps: 1, pause: 0), cap: 7));
        var run = Call("sweep", "run", "s.yaml", "--parallel", "2");
        Assert.True(run.Code == 0, run.Error);
        var told = run.Error.Split('\n').Where(l => l.StartsWith("trial ", StringComparison.Ordinal)).Select(l => l.Split(' ')[1]).ToList();
        Assert.Equal(Enumerable.Range(0, 7).Select(n => $"{n}"), told.Order(StringComparer.Ordinal));
    }

    [Fact]
    public void TheStudiesThereAreCanBeListed()
    {
        Assert.Equal("[]", Call("sweep", "list", "--json").Output.Trim());
        Assert.Equal(3, Call("sweep", "list", "absent").Code);
        _folder.Write("s.yaml", FakeTrainer.StudyText(FakeTrainer.Write(_folder, steps: 1, pause: 0), cap: 2));
        Assert.Equal(0, Call("sweep", "run", "s.yaml", "--quiet").Code);
        _folder.Write("asked.yaml", FakeTrainer.StudyText("/bin/true", cap: 3).Replace("test-study", "asked", StringComparison.Ordinal));
        Assert.Equal(0, Call("ask", "asked.yaml").Code);
        Directory.CreateDirectory(_folder.File("studies/damaged"));
        _folder.Write("studies/damaged/study.db", "this is no database, and long enough to be taken for one by nobody");

        var rows = JsonNode.Parse(Call("sweep", "list", "--json").Output)!.AsArray().ToDictionary(r => (string)r!["study"]!, r => r!);
        Assert.Equal(["asked", "damaged", "test-study"], rows.Keys.Order(StringComparer.Ordinal));
        Assert.Equal(("finished", 2, 2), Row("test-study"));
        Assert.NotNull(rows["test-study"]["best"]);
        Assert.Equal(("running", 0, 3), Row("asked"));
        Assert.Null(rows["damaged"]["best"]);
        Assert.Contains("2 of 2", Call("sweep", "list").Output, StringComparison.Ordinal);
        var stored = Call("sweep", "list", "--storage", _folder.File("studies/asked/study.db"), "--json");
        Assert.Single(JsonNode.Parse(stored.Output)!.AsArray());

        (string?, int, int) Row(string study) =>
            ((string?)rows[study]["state"], (int)rows[study]["trials"]!, (int)rows[study]["run_cap"]!);
    }

    [Fact]
    public void AStudyIsChangedLookedAtAndRemovedFromAShell()
    {
        var text = FakeTrainer.StudyText(FakeTrainer.Write(_folder, steps: 1, pause: 0), cap: 2);
        _folder.Write("s.yaml", text);
        Assert.Equal(0, Call("sweep", "run", "s.yaml", "--quiet").Code);
        Assert.Equal("the next trial of 'test-study' is x=7.5", Call("sweep", "enqueue", "test-study", "x=7.5").Output.Trim());
        var given = JsonNode.Parse(Call("sweep", "enqueue", "test-study", "x=2", "--json").Output)!;
        Assert.Equal(2, (int)given["given"]!["x"]!);
        var wide = Call("sweep", "enqueue", "test-study", "x=70");
        Assert.Equal((2, true), (wide.Code, wide.Error.Contains("sweep edit test-study FILE widens them", StringComparison.Ordinal)));

        _folder.Write("wider.yaml", text.Replace("max: 10.0", "max: 90.0", StringComparison.Ordinal));
        Assert.Equal(1, (int)JsonNode.Parse(Call("sweep", "edit", "test-study", "wider.yaml", "--json").Output)!["revision"]!);
        _folder.Write("other.yaml", text.Replace("name: loss", "name: other", StringComparison.Ordinal));
        var other = Call("sweep", "edit", "test-study", "other.yaml");
        Assert.Equal((2, true), (other.Code, other.Error.Contains("cannot be edited to another metric", StringComparison.Ordinal)));
        Assert.Equal(0, Call("sweep", "enqueue", "test-study", "x=70").Code);

        var resumed = Call("sweep", "resume", "test-study", "--quiet", "--json");
        Assert.True(resumed.Code == 0, resumed.Error);
        Assert.Equal(5, (int)JsonNode.Parse(resumed.Output)!["trials"]!["complete"]!);
        var cost = JsonNode.Parse(Call("sweep", "status", "test-study", "--json").Output)!["cost"]!;
        Assert.True((double)cost["run_hours"]! > 0 && (double)cost["core_hours"]! >= (double)cost["run_hours"]!);
        Assert.Contains("spent ", Call("sweep", "status", "test-study").Output, StringComparison.Ordinal);
        var why = Call("sweep", "why", "test-study", "4").Output;
        Assert.StartsWith("trial 4 is complete: x=70\nproposed  given (x=70)", why, StringComparison.Ordinal);
        Assert.Contains("made      after edit 1 of the study", why, StringComparison.Ordinal);
        Assert.Equal(4, (int)JsonNode.Parse(Call("sweep", "why", "test-study", "4", "--json").Output)!["trial"]!);
        Assert.Equal(2, Call("sweep", "why", "test-study", "9").Code);
        Assert.Contains("5 of 5", Call("sweep", "list").Output, StringComparison.Ordinal);

        var asked = Call("sweep", "rm", "test-study");
        Assert.Equal((2, true), (asked.Code, asked.Error.Contains("say --yes", StringComparison.Ordinal)));
        Assert.Equal(0, Call("sweep", "rm", "test-study", "--yes").Code);
        Assert.False(Directory.Exists(_folder.File("studies/test-study")));
        Assert.Equal("[]", Call("sweep", "list", "--json").Output.Trim());
    }

    [Fact]
    public void TellSaysWhatItDid()
    {
        _folder.Write("s.yaml", FakeTrainer.StudyText("/bin/true", cap: 2));
        Assert.Equal(0, Call("ask", "s.yaml").Code);
        var onTheWay = Call("tell", "test-study", "0", "NaN", "--step", "1");
        Assert.Contains("NaN counts as the worst value there is", onTheWay.Error, StringComparison.Ordinal);
        var nan = Call("tell", "test-study", "0", "NaN");
        var state = (string)JsonNode.Parse(Call("sweep", "trials", "test-study", "--json").Output)![0]!["state"]!;
        Assert.Equal($"trial 0 seed 1 {state}", nan.Output.Trim());
        Assert.Contains($"NaN is no value: the run counts as {state}", nan.Error, StringComparison.Ordinal);
        Assert.Equal(0, Call("ask", "s.yaml").Code);
        Assert.Equal("trial 1 seed 1 complete: loss = 2.5", Call("tell", "test-study", "1", "2.5").Output.Trim());
    }

    [Theory]
    [InlineData("log.films")]
    [InlineData("log.report")]
    public void AStudysTrainingsMakeNoFilmsAndPagesUnlessAskedTo(string option)
    {
        var metric = "metric: {name: charts/mean_return, goal: maximize}\n";
        Assert.Equal("false", Value(Trainings + metric));
        Assert.Equal("true", Value(Trainings.Replace("base: {", $"base: {{{option}: true, ", StringComparison.Ordinal) + metric));
        Assert.Equal("false", Value("method: grid\nparameters: {target.gamma: {values: [0.9]}}\n" + metric));
        Assert.Null(Value(FakeTrainer.StudyText("/bin/true")));

        string? Value(string text) => StudyFileReader.Read(text, "s.yaml").Base.SingleOrDefault(e => e.Key == option)?.Value;
    }
}
