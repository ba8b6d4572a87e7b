using System.Text.Json.Nodes;
using FastDqn.Environments;
using FastDqn.Tests;
using static FastDqn.Cli.Tests.CommandRunner;

namespace FastDqn.Cli.Tests;

/// <summary>What is to be said of a ROM is said wherever it is played.</summary>
[Collection("console")]
public sealed class RomNoteTests
{
    private const string Unknown = "is not a known game";
    private const string Dump = "is another dump of pong";

    [Fact]
    public void AnUnknownRomIsRefusedUnlessAskedForAndThenSaidEverywhere()
    {
        using var folder = new TempFolder();
        var rom = Put(folder, "homebrew.bin");
        var (refused, _, why) = Train(folder, "--rom", rom);
        Assert.Equal(3, refused);
        Assert.Contains(Unknown, Assert.Single(why.TrimEnd().Split('\n')), StringComparison.Ordinal);
        Assert.Contains("env.unknown_rom=true", why, StringComparison.Ordinal);
        Assert.False(Directory.Exists(folder.File("run")));

        Said(folder, Unknown, "--rom", rom, "--set", "env.unknown_rom=true");
    }

    [Fact]
    public void AnotherDumpIsSaidEverywhere()
    {
        using var folder = new TempFolder();
        Said(folder, Dump, "--rom", Put(folder, "pong.bin"));
    }

    [Fact]
    public void TheBundledGameIsPassedOverInSilence()
    {
        using var folder = new TempFolder();
        var (exit, _, errors) = Train(folder, "--rom", Put(folder, "amidar.bin", changed: false));
        Assert.Equal((0, ""), (exit, errors));
        Assert.Null(JsonNode.Parse(File.ReadAllText(folder.File("run/run.json")))!["rom"]!["note"]);
    }

    [Fact]
    public void AGameAndARomThatContradictEachOtherAreRefused()
    {
        using var folder = new TempFolder();
        var rom = Put(folder, "amidar.bin", changed: false);
        var (exit, _, errors) = Train(folder, "--env", "pong", "--rom", rom);
        Assert.Equal(2, exit);
        Assert.Contains($"--env pong and --rom {rom}: the ROM is bricks", errors, StringComparison.Ordinal);
        Assert.False(Directory.Exists(folder.File("run")));
        var file = folder.Write("c.yaml", $"env: {"{"} name: pong, rom: '{rom}' {"}"}\n");
        Assert.Equal(2, Train(folder, "--config", file).Exit);
        // Given in another place, the ROM takes the place of the game there.
        Assert.Equal(0, Train(folder, "--config", folder.Write("d.yaml", "env.name: pong\n"), "--rom", rom).Exit);
    }

    [Fact]
    public void FilesThatDoNotLoadAreNoGames()
    {
        using var folder = new TempFolder();
        File.WriteAllBytes(folder.File("amidar.bin"), new byte[3000]);
        Put(folder, "pong.bin");
        var roms = Invoke("roms", folder.Path).Output;
        var broken = roms.Split('\n').Single(l => l.Contains("3000 bytes", StringComparison.Ordinal));
        Assert.StartsWith("unreadable", broken, StringComparison.Ordinal);
        Assert.Contains("0 exact, 1 other dumps, 0 unknown, 1 unreadable", roms, StringComparison.Ordinal);
        var environments = Invoke("envs", "--roms", folder.Path).Output;
        Assert.DoesNotContain("amidar", environments, StringComparison.Ordinal);
        Assert.Contains("pong", environments, StringComparison.Ordinal);
    }

    private static void Said(TempFolder folder, string note, params string[] arguments)
    {
        var run = folder.File("run");
        var (exit, _, errors) = Train(folder, arguments);
        Assert.True(exit == 0, errors);
        Assert.Contains(note, errors, StringComparison.Ordinal);
        Assert.Contains(note, File.ReadAllText(Path.Combine(run, "log.txt")), StringComparison.Ordinal);
        var document = JsonNode.Parse(File.ReadAllText(Path.Combine(run, "run.json")))!;
        Assert.Contains(note, (string?)document["rom"]!["note"], StringComparison.Ordinal);
        foreach (var verb in new string[][]
        {
            ["eval", run, "--no-random"], ["watch", run, "-o", folder.File("film.gif"), "--steps", "3"],
            ["team", run, "--answers", "0", "--steps", "3"], ["resume", run, "--steps", "80", "--quiet"],
        })
        {
            var (code, _, told) = Invoke(verb);
            Assert.True(code == 0, told);
            Assert.Contains(note, told, StringComparison.Ordinal);
        }
    }

    private static string Put(TempFolder folder, string name, bool changed = true)
    {
        var image = BundledGame.Image.ToArray();
        if (changed)
            image[^1] ^= 1;
        File.WriteAllBytes(folder.File(name), image);
        return folder.File(name);
    }

    private static (int Exit, string Output, string Errors) Train(TempFolder folder, params string[] more) => Invoke(
    [
        "train", "--algorithm", "dqn-nature", "--envs", "1", "--steps", "60", "--set", "body.kind=mlp", "--set", "body.widths=8",
        "--set", "schedule.warm_up=40", "--set", "replay.capacity=200", "--set", "eval.episodes=1", "--set", "eval.every=0",
        "--set", "eval.max_frames=100", "--set", "eval.random=false", "--set", "eval.video=false", "--set", "log.films=false",
        "--run-dir", folder.File("run"), "--quiet", .. more,
    ]);
}
