using System.Diagnostics;
using FastDqn.Environments.Atari;
using FastDqn.Tests;

namespace FastDqn.Cli.Tests;

/// <summary>
/// Limits of the shell, files that never end and outputs that are gone: each gets one line and a code, by the launcher
/// where the runtime itself would not start.
/// </summary>
[Collection("console")]
public sealed class LimitTests
{
    [Theory]
    [InlineData("-n 20", "at most 20 files may be open (ulimit -n)")]
    [InlineData("-n 40", "at most 40 files may be open (ulimit -n)")]
    [InlineData("-s 128", "a thread's stack may have 128 kB (ulimit -s)")]
    [InlineData("-v 900000", "the address space may have 900000 kB (ulimit -v)")]
    public void ALimitThatIsTooLowIsToldBeforeTheRuntimeStarts(string limit, string says)
    {
        var (exit, output, errors) = Shell($"ulimit {limit}; exec {Launcher()} train cartpole");
        Assert.Equal(4, exit);
        Assert.Equal("", output);
        Assert.StartsWith($"fastdqn: {says}", Assert.Single(Lines(errors)), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("-n 60", "at most 60 files may be open (ulimit -n)")]
    [InlineData("-s 400", "a thread's stack may have 400 kB (ulimit -s)")]
    public void TheProgramTellsAsWellWithoutTheLauncher(string limit, string says)
    {
        var (exit, _, errors) = Shell($"ulimit {limit}; exec dotnet {Program()} train cartpole");
        Assert.Equal(4, exit);
        Assert.StartsWith($"fastdqn: {says}", Assert.Single(Lines(errors)), StringComparison.Ordinal);
    }

    [Fact]
    public void AFileThatMayNotGrowEndsTheRunWithALine()
    {
        using var folder = new TempFolder();
        var run = folder.File("run");
        // 512-byte blocks: large enough for run.json, too small for a checkpoint.
        var train = $"{Launcher()} train cartpole --steps 300 -q --run-dir {run} --set log.films=false";
        var (exit, _, errors) = Shell($"ulimit -f 40; exec {train}");
        Assert.Equal(1, exit);
        var line = Lines(errors)[^1];
        Assert.StartsWith($"fastdqn: run {run}: ", line, StringComparison.Ordinal);
        Assert.EndsWith("(ulimit -f))", line, StringComparison.Ordinal);
    }

    /// <summary>A film that there is no room for leaves the one before it, and nothing of itself.</summary>
    [Fact]
    public void AFilmThatMayNotGrowLeavesTheOneBefore()
    {
        using var folder = new TempFolder();
        var film = folder.Write("film.gif", "the one before");
        var (exit, _, errors) = Shell($"ulimit -f 40; exec {Launcher()} show bricks --raw --seed 1 -o {film}");
        Assert.Equal(1, exit);
        Assert.StartsWith($"fastdqn: {film}: cannot be written: ", Assert.Single(Lines(errors)), StringComparison.Ordinal);
        Assert.Equal("the one before", File.ReadAllText(film));
        Assert.Equal([film], Directory.GetFiles(folder.Path));
    }

    [Theory]
    [InlineData(">&-", "stdout is closed")]
    [InlineData(">/dev/full", "stdout cannot be written: No space left on device")]
    public void AnOutputThatIsGoneIsCalledByItsName(string where, string says)
    {
        var (exit, _, errors) = Shell($"exec dotnet {Program()} train --list-options {where}");
        Assert.Equal(1, exit);
        Assert.StartsWith($"fastdqn: {says}", Assert.Single(Lines(errors)), StringComparison.Ordinal);
    }

    [Fact]
    public void AReaderWhoHasHadEnoughIsNoFault()
    {
        var (_, output, errors) = Shell($"{{ dotnet {Program()} train --list-options; echo $? >&2; }} | head -n 1");
        Assert.Single(Lines(output));
        Assert.Equal("0", errors.Trim());
    }

    [Fact]
    public void PipesAndLinksInCirclesEndNoSearchForRoms()
    {
        using var folder = new TempFolder();
        Directory.CreateDirectory(folder.File("roms/a"));
        File.WriteAllBytes(folder.File("roms/a/game.bin"), new byte[2048]);
        Directory.CreateSymbolicLink(folder.File("roms/a/up"), folder.File("roms"));
        File.CreateSymbolicLink(folder.File("roms/self.bin"), folder.File("roms/self.bin"));
        var (exit, _, errors) = Shell($"mkfifo {folder.File("roms/pipe.bin")}");
        Assert.True(exit == 0, errors);
        var entries = new RomLibrary([folder.File("roms")]).Entries.ToDictionary(e => Path.GetFileName(e.File), e => e);
        Assert.Equal(["game.bin", "pipe.bin", "self.bin"], entries.Keys.Order(StringComparer.Ordinal));
        Assert.Contains("is a pipe or a device", entries["pipe.bin"].Problem, StringComparison.Ordinal);
        Assert.Contains("leads nowhere", entries["self.bin"].Problem, StringComparison.Ordinal);
        var refused = Assert.Throws<Core.FastDqnException>(() => AtariCartridge.Open(folder.File("roms/pipe.bin")));
        Assert.Equal(Core.ErrorKind.BadData, refused.Kind);
    }

    [Fact]
    public void WhatNobodyForesawIsOneLineAndItsTraceIsThereForTheAsking()
    {
        var lines = new List<string>();
        Assert.Equal(1, Cli.Program.Guard(() => throw new InvalidOperationException("odd\nthing"), lines.Add));
        var line = Assert.Single(lines);
        Assert.Contains("internal error: InvalidOperationException: odd in FastDqn.Cli.Tests.LimitTests", line, StringComparison.Ordinal);
        Assert.Contains("FASTDQN_TRACE=1", line, StringComparison.Ordinal);
        // What a type's initializer or a task wrapped is told as what it was.
        lines.Clear();
        var inner = new Core.FastDqnException(Core.ErrorKind.BadData, "bad");
        Assert.Equal(3, Cli.Program.Guard(() => throw new TypeInitializationException("T", new AggregateException(inner)), lines.Add));
        Assert.Equal(["fastdqn: bad"], lines);
    }

    private static string Program() => Path.Combine(AppContext.BaseDirectory, "fastdqn.dll");

    /// <summary>The script that build.sh writes, as it would start this build.</summary>
    private static string Launcher()
    {
        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            if (File.Exists(Path.Combine(folder.FullName, "build.sh")) && File.Exists(Path.Combine(folder.FullName, "fastdqn")))
                return Path.Combine(folder.FullName, "fastdqn");
        }

        Assert.Skip("there is no launcher above the tests: ./build.sh writes it");
        return "";
    }

    private static List<string> Lines(string text) => [.. text.Split('\n', StringSplitOptions.RemoveEmptyEntries)];

    private static (int Exit, string Output, string Errors) Shell(string script)
    {
        var start = new ProcessStartInfo("sh", ["-c", script]) { RedirectStandardOutput = true, RedirectStandardError = true };
        using var process = Process.Start(start)!;
        var errors = process.StandardError.ReadToEndAsync();
        var output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        return (process.ExitCode, output, errors.GetAwaiter().GetResult());
    }
}
