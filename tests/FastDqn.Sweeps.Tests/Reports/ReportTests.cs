using System.Xml.Linq;
using FastDqn.Core;
using FastDqn.Sweeps.Reports;
using FastDqn.Sweeps.Samplers;
using FastDqn.Sweeps.StudyFile;
using FastDqn.Sweeps.Tests.Support;
using FastDqn.Tests;

namespace FastDqn.Sweeps.Tests.Reports;

public sealed class ReportTests : IDisposable
{
    private readonly TempFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    private Study Worked(int trials = 40)
    {
        var text = $$$"""
            name: reported
            method: random
            metric: {name: loss, goal: minimize}
            command: [true]
            run_cap: {{{trials}}}
            parameters:
              strong: {min: 0.0, max: 1.0}
              weak: {distribution: log_uniform, min: 0.001, max: 1.0}
              kind: {values: ["a,b", "c \"d\""]}
              extra: {min: 1, max: 3, when: {kind: "a,b"}}
            """;
        var study = Study.Create(StudyFileReader.Read(text, "reported.yaml"), folder: _folder.File("reported"));
        study.Optimize(t => Math.Pow(t["strong"] - 0.3, 2) + (0.001 * Math.Log(t["weak"])), trials);
        return study;
    }

    [Fact]
    public void TheCsvHasARowATrialAndQuotesWhatNeedsIt()
    {
        using var study = Worked(6);
        var lines = Export.ToCsv(study).Split("\r\n", StringSplitOptions.RemoveEmptyEntries);
        Assert.Equal("trial,state,value,value_seed_1,strong,weak,kind,extra", lines[0]);
        Assert.Equal(7, lines.Length);
        Assert.All(
            lines.Skip(1),
            l => Assert.True(
                l.Contains("\"a,b\"", StringComparison.Ordinal)
                || l.EndsWith("\"c \"\"d\"\"\",", StringComparison.Ordinal),
                l));
    }

    [Fact]
    public void TheJsonHoldsEveryTrialWithItsValues()
    {
        using var study = Worked(6);
        var json = Export.ToJson(study);
        var trials = json["trials"]!.AsArray();
        Assert.Equal(6, trials.Count);
        Assert.Equal(study.Trials()[2].Parameters["strong"].Number, (double)trials[2]!["parameters"]!["strong"]!);
        Assert.Equal(study.Trials()[2].Value, (double?)trials[2]!["value"]);
    }

    [Fact]
    public void ImportanceFindsTheParameterThatMatters()
    {
        using var study = Worked(120);
        var importance = Importance.Compute(study.Spec.Space, study.History());
        Assert.Equal("strong", importance[0].Parameter);
        Assert.True(importance[0].Share > 2 * importance[1].Share, string.Join(" ", importance));
        Assert.Equal(1, importance.Sum(i => i.Share), 1e-9);
        Assert.Empty(Importance.Compute(study.Spec.Space, [.. study.History().Take(9)]));
    }

    [Fact]
    public void PlotsAreWellFormedAndShowEveryTrial()
    {
        using var study = Worked();
        foreach (var name in Plots.Of(study.Spec))
        {
            var svg = XDocument.Parse(Plots.Draw(name, study));
            Assert.Equal("svg", svg.Root!.Name.LocalName);
            int Count(string element) => svg.Descendants().Count(e => e.Name.LocalName == element);
            switch (name)
            {
                case "history":
                    Assert.Equal(40, Count("circle"));
                    break;
                case "parallel":
                    Assert.Equal(40, Count("polyline"));
                    break;
                case "slices":
                    Assert.Equal((40 * 3) + study.Trials().Count(t => t.Parameters.ContainsKey("extra")), Count("circle"));
                    break;
                default:
                    Assert.Equal(1 + 4, Count("rect"));
                    break;
            }
        }
    }

    [Fact]
    public void PlotsOfAStudyWithoutTrialsSaySo()
    {
        using var study = Study.Create(StudyFileReader.Read(FakeTrainer.StudyText("/bin/true"), "s.yaml"), folder: _folder.File("empty"));
        foreach (var name in Plots.Of(study.Spec))
            XDocument.Parse(Plots.Draw(name, study));
        Assert.Contains("no finished trial yet", Plots.Draw("history", study), StringComparison.Ordinal);
    }

    [Fact]
    public void AskAndTellByNumberAcrossProcesses()
    {
        var spec = StudyFileReader.Read(
            FakeTrainer.StudyText("/bin/true", cap: 2, more: "early_terminate: {type: asha, eta: 2}"), "s.yaml");
        using var study = Study.Create(spec, folder: _folder.File("test-study"));
        var number = study.Ask()!.Number;
        using (var other = Study.Open(_folder.File("test-study")))
        {
            var trial = other.Asked(number);
            trial.Report(1, 5);
            Assert.False(trial.ShouldStop());
            trial.Complete(4.5);
        }

        Assert.Equal(4.5, study.Best()!.Value);
        Assert.Equal(ErrorKind.Usage, Assert.Throws<FastDqnException>(() => study.Asked(number)).Kind);
        var second = study.Ask()!;
        second.Report(1, 50);
        Assert.True(second.ShouldStop());
        second.Prune();
        Assert.Equal(TrialState.Pruned, study.Trials()[1].State);
        Assert.Null(study.Ask());
    }
}
