using System.Text.Json.Nodes;
using FastDqn.Sweeps.Tests.Support;
using FastDqn.Tests;

namespace FastDqn.Sweeps.Tests;

/// <summary>
/// The verbs as people and scripts meet them: the built program, its exit codes and its one-line errors.
/// </summary>
public sealed class SweepVerbTests : IDisposable
{
    private readonly TempFolder _folder = new();
    private readonly string _fastdqn = Fastdqn.Require();

    public void Dispose() => _folder.Dispose();

    private (int Code, string Output, string Error) Call(params string[] arguments) => Fastdqn.Call(_fastdqn, arguments, _folder.Path);

    [Fact]
    public void AStudyFromFileToPlots()
    {
        var trainer = FakeTrainer.Write(_folder, steps: 2, pause: 0.01);
        _folder.Write("s.yaml", FakeTrainer.StudyText(trainer, "tpe", cap: 4));
        var run = Call("sweep", "run", "s.yaml", "--quiet", "--json", "--parallel", "2");
        Assert.True(run.Code == 0, run.Error);
        var status = JsonNode.Parse(run.Output)!;
        Assert.Equal(4, (int)status["trials"]!["complete"]!);
        var best = JsonNode.Parse(Call("sweep", "best", "test-study", "--json").Output)!;
        Assert.Equal((int)status["best"]!["trial"]!, (int)best["trial"]!);
        Assert.Equal(4, JsonNode.Parse(Call("sweep", "trials", "test-study", "--json").Output)!.AsArray().Count);
        Assert.Equal(2, Call("sweep", "trials", "test-study", "--top", "0").Code);
        Assert.StartsWith("trial,state,value", Call("sweep", "export", "test-study").Output, StringComparison.Ordinal);
        Assert.Equal(4, Call("sweep", "plot", "test-study").Output.Split('\n', StringSplitOptions.RemoveEmptyEntries).Count(File.Exists));
        var more = Call("sweep", "resume", "test-study", "--run-cap", "6", "--quiet", "--json");
        Assert.Equal(6, (int)JsonNode.Parse(more.Output)!["trials"]!["complete"]!);
    }

    [Fact]
    public void AStoppedStudyStaysStoppedUntilSomeoneResumesIt()
    {
        _folder.Write("s.yaml", FakeTrainer.StudyText(FakeTrainer.Write(_folder, steps: 1, pause: 0.01), cap: 2));
        Assert.Equal(0, Call("sweep", "run", "s.yaml", "--quiet").Code);
        Assert.Equal(0, Call("sweep", "stop", "test-study").Code);
        // As a pod that is started again by its cluster does.
        var joined = Call("sweep", "resume", "test-study", "--run-cap", "4", "--quiet", "--join");
        Assert.Equal(0, joined.Code);
        Assert.Contains("was stopped", joined.Error, StringComparison.Ordinal);
        Assert.Equal(2, JsonNode.Parse(Call("sweep", "trials", "test-study", "--json").Output)!.AsArray().Count);
        var resumed = Call("sweep", "resume", "test-study", "--quiet", "--json");
        Assert.Equal(4, (int)JsonNode.Parse(resumed.Output)!["trials"]!["complete"]!);
        Assert.Equal(0, Call("sweep", "resume", "test-study", "--quiet", "--join").Code);
    }

    [Fact]
    public void AskAndTellFromAShell()
    {
        _folder.Write("s.yaml", FakeTrainer.StudyText("/bin/true", cap: 1));
        var asked = JsonNode.Parse(Call("ask", "s.yaml", "--json").Output)!;
        Assert.Equal(0, (int)asked["trial"]!);
        Assert.InRange((double)asked["parameters"]!["x"]!, 0, 10);
        Assert.Equal("go on", Call("tell", "test-study", "0", "9", "--step", "1").Output.Trim());
        Assert.Equal(0, Call("tell", "test-study", "0", "3.5").Code);
        var none = Call("ask", "test-study");
        Assert.Equal(0, none.Code);
        Assert.StartsWith("no trial is left", none.Output, StringComparison.Ordinal);
        none = Call("ask", "test-study", "--json");
        Assert.Equal(0, none.Code);
        Assert.Null(JsonNode.Parse(none.Output)!["trial"]);
        Assert.Equal(2, Call("tell", "test-study", "0", "3.5").Code);
        Assert.Contains("= 3.5", Call("sweep", "best", "test-study").Output, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(
        2, "s.yaml:4:3: unknown option 'optimizer.lerning_rate'; did you mean 'optimizer.learning_rate'?",
        "sweep", "run", "s.yaml")]
    [InlineData(2, "--in-process is 'many': use auto, off", "sweep", "run", "good.yaml", "--in-process", "many")]
    [InlineData(2, "starts a process a run: use off", "sweep", "run", "good.yaml", "--in-process", "2")]
    [InlineData(4, "there is no program 'no-such-program' on the PATH", "sweep", "run", "absent.yaml")]
    [InlineData(4, "good.yaml is not executable", "sweep", "run", "inert.yaml")]
    [InlineData(2, "no study 'nothing'", "sweep", "status", "nothing")]
    [InlineData(3, "no such file; it should be a study file", "sweep", "run", "none.yaml")]
    [InlineData(
        4, "cannot reach the study database postgres://127.0.0.1:1/x",
        "sweep", "run", "good.yaml", "--storage", "postgres://u:secret@127.0.0.1:1/x")]
    public void WhatIsWrongIsOneLineWithItsExitCode(int code, string message, params string[] arguments)
    {
        _folder.Write(
            "s.yaml",
            "method: tpe\nmetric: {name: m, goal: minimize}\nparameters:\n  optimizer.lerning_rate: {min: 0.1, max: 1}\nrun_cap: 1\n");
        _folder.Write("good.yaml", FakeTrainer.StudyText("/bin/true", cap: 1));
        _folder.Write("absent.yaml", FakeTrainer.StudyText("no-such-program", cap: 1));
        _folder.Write("inert.yaml", FakeTrainer.StudyText("./good.yaml", cap: 1));
        var result = Call(arguments);
        Assert.Equal(code, result.Code);
        Assert.Contains(message, result.Error, StringComparison.Ordinal);
        Assert.DoesNotContain('\n', result.Error);
        Assert.DoesNotContain("secret", result.Error, StringComparison.Ordinal);
    }

    [Fact]
    public void DryRunAndPrintSpaceStartNothing()
    {
        _folder.Write("s.yaml", FakeTrainer.StudyText("/bin/true", cap: 3, more: "slurm: {time: '1:00:00'}"));
        Assert.Contains("3 trials x 1 seed(s) = 3 runs", Call("sweep", "run", "s.yaml", "--print-space").Output, StringComparison.Ordinal);
        var slurm = Call("sweep", "run", "s.yaml", "--dry-run", "--engine", "slurm").Output;
        Assert.Contains("#SBATCH --array=0-2%8", slurm, StringComparison.Ordinal);
        Assert.Contains("trial 2: x=", slurm, StringComparison.Ordinal);
        Assert.False(Directory.Exists(_folder.File("studies")));
    }
}
