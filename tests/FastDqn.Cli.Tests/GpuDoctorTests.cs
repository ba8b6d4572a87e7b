using System.Text.Json.Nodes;
using FastDqn.Cli.Diagnostics;
using FastDqn.Pixels.Cuda;
using FastDqn.Tests;
using FastDqn.Training.Diagnostics.Gpu;

namespace FastDqn.Cli.Tests;

/// <summary><c>fastdqn doctor --gpu</c> as far as a machine without a card goes.</summary>
[Collection("console")]
public sealed class GpuDoctorTests
{
    [Fact]
    public void EveryCheckPassesInARehearsalOnTheCpu()
    {
        using var folder = new TempFolder();
        using var cli = CliProcess.Run("doctor", "--gpu", "--rehearse", "--json", folder.File("gpu.json"));
        Assert.True(cli.ExitCode == 0, cli.Output + cli.Errors);
        Assert.EndsWith($"{GpuChecks.All.Count} ok, 0 failed", cli.Output.TrimEnd(), StringComparison.Ordinal);
        var document = JsonNode.Parse(File.ReadAllText(folder.File("gpu.json")))!;
        Assert.Equal(GpuChecks.All.Select(c => c.Name), document["checks"]!.AsArray().Select(c => (string)c!["name"]!));
        foreach (var check in document["checks"]!.AsArray())
        {
            Assert.True((bool)check!["passed"]!);
            Assert.NotEmpty(check["figures"]!.AsArray());
        }
    }

    [Fact]
    public void WithoutACardThereIsOneLine()
    {
        Assert.SkipWhen(CudaDriver.Installed, "an NVIDIA driver is installed here");
        using var cli = CliProcess.Run("doctor", "--gpu");
        Assert.Equal(4, cli.ExitCode);
        Assert.Equal("", cli.Output);
        Assert.StartsWith("fastdqn: no NVIDIA driver", Assert.Single(cli.Errors.TrimEnd().Split('\n')), StringComparison.Ordinal);
    }

    [Fact]
    public void WhatFailsIsToldInALineAndTheOthersGoOn()
    {
        var scripts = new Dictionary<string, string>
        {
            ["throws"] = """echo '{"what":"before","value":1,"unit":"s"}'; echo 'fastdqn: it broke' >&2; exit 1""",
            ["crashes"] = "echo 'fastdqn: symbol lookup error: libx.so: undefined symbol: y' >&2; echo more >&2; kill -9 $$",
            ["hangs"] = """echo '{"what":"before","value":1,"unit":"s"}'; sleep 60""",
            ["silent"] = "exit 0",
            ["babbles"] = "echo words; exit 1",
            ["exceeds"] = """echo '{"what":"error","value":2,"unit":"","bound":1}'""",
            ["passes"] = """echo '{"what":"error","value":1,"unit":"","bound":1}'""",
        };
        using var folder = new TempFolder();
        var checks = scripts.Keys.Select(name => new GpuCheck(name, name, name == "hangs" ? 2 : 30, (_, _) => { })).ToList();
        var (exit, output) = Run(new GpuReport(name => ["/bin/sh", "-c", scripts[name]], folder.File("gpu.json")), checks);
        Assert.Equal(1, exit);
        Assert.EndsWith("1 ok, 6 failed", output.TrimEnd(), StringComparison.Ordinal);
        var written = JsonNode.Parse(File.ReadAllText(folder.File("gpu.json")))!["checks"]!.AsArray();
        var found = written.ToDictionary(c => (string)c!["name"]!, c => c!);
        Assert.Equal("fastdqn: it broke", (string?)found["throws"]["problem"]);
        Assert.Single(found["throws"]["figures"]!.AsArray());
        Assert.Equal("fastdqn: symbol lookup error: libx.so: undefined symbol: y", (string?)found["crashes"]["problem"]);
        Assert.Equal("did not end within 2 s", (string?)found["hangs"]["problem"]);
        Assert.Single(found["hangs"]["figures"]!.AsArray());
        Assert.Equal("said what is no figure: words", (string?)found["babbles"]["problem"]);
        Assert.Equal(["passes"], found.Values.Where(c => (bool)c["passed"]!).Select(c => (string)c["name"]!));
    }

    [Fact]
    public void ChecksAreNotBegunWhenTheTimeIsOver()
    {
        var checks = new[] { "a", "b" }.Select(name => new GpuCheck(name, name, 30, (_, _) => { })).ToList();
        var (exit, output) = Run(new GpuReport(_ => ["/bin/sleep", "30"], null, seconds: 2), checks);
        Assert.Equal(1, exit);
        Assert.Contains("not begun: the time for all checks is over", output, StringComparison.Ordinal);
    }

    private static (int Exit, string Output) Run(GpuReport report, IReadOnlyList<GpuCheck> checks)
    {
        var (output, errors) = (Console.Out, Console.Error);
        using var text = new StringWriter();
        Console.SetOut(text);
        Console.SetError(TextWriter.Null);
        try
        {
            return (report.Run(checks), text.ToString());
        }
        finally
        {
            Console.SetOut(output);
            Console.SetError(errors);
        }
    }
}
