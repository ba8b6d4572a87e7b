using System.Text.Json.Nodes;
using FastDqn.Environments;
using FastDqn.Environments.Atari;
using FastDqn.Tests;
using FastDqn.Training.Checkpoints;
using FastDqn.Training.Runs;
using static FastDqn.Cli.Tests.CommandRunner;

namespace FastDqn.Cli.Tests;

/// <summary>Runs and their ROMs move; a run goes on with its own ROM wherever that is, and with no other.</summary>
[Collection("console")]
public sealed class MovedRunTests : IDisposable
{
    private readonly TempFolder _folder = new();

    public MovedRunTests() => Environment.SetEnvironmentVariable(RomLibrary.Variable, null);

    public void Dispose()
    {
        Environment.SetEnvironmentVariable(RomLibrary.Variable, null);
        _folder.Dispose();
    }

    [Theory]
    [InlineData("--roms")]
    [InlineData("--rom")]
    public void ARunGoesOnWithItsRomWhereverThatLiesNow(string how)
    {
        var (here, there) = (_folder.File("here"), _folder.File("there"));
        var md5 = Put(here, 100);
        // As a user in the folder beside would write it.
        var given = Path.GetRelativePath(Directory.GetCurrentDirectory(), how == "--rom" ? Path.Combine(here, "pong.bin") : here);
        var run = Train("--env", "pong", how, given);

        var rom = JsonNode.Parse(File.ReadAllText(Path.Combine(run, "run.json")))!["rom"]!;
        Assert.Equal(("pong", md5), ((string?)rom["game"], (string?)rom["md5"]));
        Assert.DoesNotContain("..", File.ReadAllText(Path.Combine(run, "config.yaml")), StringComparison.Ordinal);
        var noted = new CheckpointStore(RunDirectory.CheckpointsOf(run)).OpenNewest(Assert.Fail, withReplay: true).Manifest.Options!;
        Assert.Equal(("pong", md5), (noted["env.name"], noted["env.rom_md5"]));

        Directory.Move(here, there);
        File.Move(Path.Combine(there, "pong.bin"), Path.Combine(there, "renamed.bin"));
        foreach (var verb in Verbs(run))
            Refused(verb, "pong", md5, "--roms DIR");
        foreach (var verb in Verbs(run))
            Works([.. verb, how, how == "--rom" ? Path.Combine(there, "renamed.bin") : there]);

        // A place that was said to resume stays; without it the usual places count.
        Directory.Move(there, here);
        File.Move(Path.Combine(here, "renamed.bin"), Path.Combine(here, "again.bin"));
        Environment.SetEnvironmentVariable(RomLibrary.Variable, here);
        Works(["eval", run, "--no-random"]);
        Works(["resume", run, "--steps", "90", "--quiet"]);
    }

    [Theory]
    [InlineData("--roms")]
    [InlineData("--rom")]
    public void AnotherRomIsRefusedByNameAndMd5(string how)
    {
        var roms = _folder.File("roms");
        var md5 = Put(roms, 100);
        var run = Train("--env", "pong", how, how == "--rom" ? Path.Combine(roms, "pong.bin") : roms);
        var other = Put(roms, 200);
        foreach (var verb in Verbs(run))
            Refused(verb, "pong", md5, other);
        // Both at hand: the right one is taken.
        File.Move(Path.Combine(roms, "pong.bin"), Path.Combine(roms, "other.bin"));
        Put(roms, 100);
        foreach (var verb in Verbs(run))
            Works(verb);
    }

    [Fact]
    public void AStudyNamesItsRomsByTheirWholePath()
    {
        Put(_folder.File("roms"), 100);
        var roms = Path.GetRelativePath(Directory.GetCurrentDirectory(), _folder.File("roms"));
        var file = _folder.Write("s.yaml", $"""
            name: s
            method: random
            metric: {"{"} name: charts/mean_return, goal: maximize {"}"}
            run_cap: 1
            base: {"{"} env.name: pong, env.rom_dir: "{roms}" {"}"}
            parameters:
              optimizer.learning_rate: {"{"} min: 1e-5, max: 1e-3 {"}"}
            """);
        using (var study = Sweeps.Study.Create(Sweeps.StudyFile.StudyFileReader.ReadFile(file), folder: _folder.File("study")))
            Assert.Contains($"\"{_folder.File("roms")}\"", File.ReadAllText(_folder.File("study/base.yaml")), StringComparison.Ordinal);
    }

    /// <summary>
    /// A game that is not the bundled one: its image with one byte changed, under another game's name.
    /// </summary>
    private static string Put(string folder, int at)
    {
        Directory.CreateDirectory(folder);
        var image = BundledGame.Image.ToArray();
        image[at] ^= 1;
        File.WriteAllBytes(Path.Combine(folder, "pong.bin"), image);
        return AtariCartridge.Md5Of(image);
    }

    private static string[][] Verbs(string run) =>
    [
        ["eval", run, "--no-random"], ["watch", run, "-o", Path.Combine(run, "film.gif"), "--steps", "3"],
        ["team", run, "--answers", "0", "--steps", "3"], ["resume", run, "--steps", "80", "--quiet"],
    ];

    private static void Works(string[] arguments)
    {
        var (exit, _, errors) = Invoke(arguments);
        Assert.True(exit == 0, $"{string.Join(' ', arguments)}: {errors}");
    }

    private static void Refused(string[] arguments, params string[] says)
    {
        var (exit, output, errors) = Invoke(arguments);
        Assert.True(exit == 3, $"{string.Join(' ', arguments)}: {exit} {errors}");
        Assert.Equal("", output);
        Assert.All(says, words => Assert.Contains(words, errors, StringComparison.Ordinal));
    }

    /// <summary>A small run of 60 agent steps.</summary>
    private string Train(params string[] more)
    {
        var run = _folder.File("run");
        Works(
        [
            "train", "--algorithm", "dqn-nature", "--envs", "1", "--steps", "60", "--set", "body.kind=mlp", "--set", "body.widths=8",
            "--set", "schedule.warm_up=40", "--set", "replay.capacity=200", "--set", "eval.episodes=1", "--set", "eval.every=0",
            "--set", "eval.max_frames=100", "--set", "eval.random=false", "--set", "eval.video=false", "--set", "log.films=false",
            "--run-dir", run, "--quiet", .. more,
        ]);
        return run;
    }
}
