using System.Text.Json.Nodes;
using FastDqn.Tests;

namespace FastDqn.Cli.Tests;

/// <summary>
/// <c>--libtorch</c> and FASTDQN_LIBTORCH: another libtorch than the program's own, in processes of their own.
/// </summary>
public sealed class LibTorchTests
{
    private static readonly string[] Short = ["--steps", "200", "--set", "schedule.warm_up=50", "--eval-episodes", "1", "--device", "cpu"];

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void DoctorSaysWhichLibtorchIsUsed(bool byVariable)
    {
        using var folder = new LibTorchFolder();
        using var cli = byVariable
            ? CliProcess.Run(new Dictionary<string, string> { ["FASTDQN_LIBTORCH"] = folder.Path }, "doctor")
            : CliProcess.Run("doctor", "--libtorch", folder.Path);
        Assert.Contains($"libtorch 2.10.0, yours, in {folder.Path}", cli.Output, StringComparison.Ordinal);
        Assert.Empty(cli.Errors);
        Assert.Equal(0, cli.ExitCode);
    }

    [Fact]
    public void TheProgramsOwnIsTheDefault()
    {
        using var cli = CliProcess.Run("doctor");
        Assert.Contains("libtorch 2.10.0, the program's own, in ", cli.Output, StringComparison.Ordinal);
        Assert.Equal(0, cli.ExitCode);
    }

    [Fact]
    public void ARunRemembersItsLibtorchAndABatchHandsItOn()
    {
        using var folder = new LibTorchFolder();
        using var runs = new TempFolder();
        var file = runs.Write("batch.yaml", $$"""
            envs: [gridworld]
            seeds: [1]
            root: {{runs.File("all")}}
            set: {train.steps: 200, replay.capacity: 10000, schedule.warm_up: 50, eval.episodes: 1, run.device: cpu}
            """);
        using var cli = CliProcess.Run("batch", file, "--libtorch", folder.Path);
        Assert.True(cli.ExitCode == 0, cli.Errors);
        var run = Assert.Single(Directory.GetDirectories(runs.File("all")));
        var said = JsonNode.Parse(File.ReadAllText(Path.Combine(run, "run.json")))!["libtorch"]!;
        Assert.Equal(("2.10.0", "user", folder.Path), ((string?)said["version"], (string?)said["from"], (string?)said["folder"]));
        Assert.Null(said["warning"]);
    }

    [Fact]
    public void AForeignMinorVersionIsNamedOnceWithWhatItRisks()
    {
        using var folder = new LibTorchFolder();
        using var runs = new TempFolder();
        var version = folder.BecomeForeign();
        var says = $"libtorch {version.ToString(2)}.0 in {folder.Path}: TorchSharp was built for 2.10; "
            + "an operation that is missing there fails when it is first used";
        using var cli = CliProcess.Run(["train", "gridworld-juliani", .. Short, "--run-dir", runs.File("run"), "--libtorch", folder.Path]);
        Assert.True(cli.ExitCode == 0, cli.Errors);
        Assert.Equal(2, cli.Errors.Split(says).Length);
        Assert.Equal(2, File.ReadAllText(runs.File("run/log.txt")).Split(says).Length);
        var info = JsonNode.Parse(File.ReadAllText(runs.File("run/run.json")))!["libtorch"]!;
        Assert.Equal(says, (string?)info["warning"]);
        using var eval = CliProcess.Run("eval", runs.File("run"), "--episodes", "1", "--libtorch", folder.Path);
        Assert.True(eval.ExitCode == 0, eval.Errors);
        Assert.Equal(2, eval.Errors.Split(says).Length);
        using var doctor = CliProcess.Run("doctor", "--libtorch", folder.Path);
        Assert.Contains(says, doctor.Output, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("text")]
    [InlineData("start")]
    [InlineData("empty")]
    public void ADamagedLibtorchGetsOneLine(string how)
    {
        using var folder = new LibTorchFolder();
        using var runs = new TempFolder();
        folder.Damage(how switch
        {
            "text" => "this is no library, whatever its name says"u8.ToArray(),
            "start" => Start(Path.Combine(LibTorchFolder.Original, LibTorchFolder.Main), 1 << 20),
            _ => [],
        });
        using var cli = CliProcess.Run(["train", "gridworld-juliani", .. Short, "--run-dir", runs.File("run"), "--libtorch", folder.Path]);
        Assert.Equal(4, cli.ExitCode);
        var line = Assert.Single(cli.Errors.TrimEnd().Split('\n'));
        Assert.StartsWith($"fastdqn: {LibTorchFolder.Main} does not load: ", line, StringComparison.Ordinal);
        Assert.False(Directory.Exists(runs.File("run")));
        using var doctor = CliProcess.Run("doctor", "--libtorch", folder.Path);
        Assert.Equal(4, doctor.ExitCode);
        Assert.Matches($"(?m)^MISSING +libtorch +{LibTorchFolder.Main} does not load: ", doctor.Output);
    }

    [Theory]
    [InlineData("train", "--env", "gridworld", "--set", "replay.capacity=1000", "--run-dir", "{tmp}/run")]
    [InlineData("batch", "{tmp}/batch.yaml")]
    [InlineData("sweep", "run", "{tmp}/study.yaml", "--folder", "{tmp}/run")]
    public void AFolderWithoutLibtorchEndsBeforeAnythingIsMade(params string[] arguments)
    {
        using var folder = new TempFolder();
        Directory.CreateDirectory(folder.File("empty"));
        folder.Write("batch.yaml", $"envs: [gridworld]\nseeds: [1]\nroot: {folder.File("run")}\n");
        folder.Write("study.yaml", """
            name: none
            method: random
            metric: { name: charts/mean_return, goal: maximize }
            run_cap: 1
            base: { env: { name: gridworld } }
            parameters:
              optimizer.learning_rate: { distribution: log_uniform, min: 1.0e-4, max: 1.0e-2 }
            """);
        using var cli = CliProcess.Run(
            new Dictionary<string, string> { ["FASTDQN_LIBTORCH"] = folder.File("empty") },
            [.. arguments.Select(a => a.Replace("{tmp}", folder.Path, StringComparison.Ordinal))]);
        Assert.Equal(4, cli.ExitCode);
        var line = Assert.Single(cli.Errors.TrimEnd().Split('\n'));
        Assert.StartsWith($"fastdqn: no libtorch in {folder.File("empty")}: ", line, StringComparison.Ordinal);
        Assert.False(Directory.Exists(folder.File("run")));
    }

    private static byte[] Start(string file, int bytes)
    {
        using var stream = File.OpenRead(file);
        var start = new byte[bytes];
        stream.ReadExactly(start);
        return start;
    }
}
