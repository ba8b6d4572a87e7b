using System.Text;
using FastDqn.Core;
using FastDqn.Training.Checkpoints;

namespace FastDqn.Training.Tests;

public sealed class CheckpointTests
{
    [Fact]
    public void TheNewestIsFoundAndReadsBack()
    {
        using var folder = new TempFolder();
        var store = new CheckpointStore(folder.Path);
        Write(store, 100, "one");
        Write(store, 200, "two");
        var newest = store.OpenNewest(Fail, withReplay: true);
        Assert.Equal(200, newest.Manifest.Step);
        var text = "";
        newest.Load("part.bin", reader => text = reader.ReadString());
        Assert.Equal("two", text);
    }

    [Theory]
    [InlineData("part.bin", "flip")]
    [InlineData("part.bin", "truncate")]
    [InlineData("part.bin", "delete")]
    [InlineData("part.bin", "extend")]
    [InlineData("manifest.json", "flip")]
    [InlineData("manifest.json", "truncate")]
    [InlineData("manifest.json", "delete")]
    public void ADamagedOneIsRefusedAndTheOneBeforeIsTaken(string file, string damage)
    {
        using var folder = new TempFolder();
        var store = new CheckpointStore(folder.Path);
        Write(store, 100, "one");
        var newest = Write(store, 200, "two");
        Damage(Path.Combine(newest, file), damage);
        var warnings = new List<string>();
        var found = store.OpenNewest(warnings.Add, withReplay: true);
        Assert.Equal(100, found.Manifest.Step);
        Assert.Single(warnings);
        Assert.DoesNotContain('\n', warnings[0]);
    }

    [Fact]
    public void EveryFlippedBitOfAManifestIsRefusedOrChangesNothingThatCounts()
    {
        using var folder = new TempFolder();
        var path = Path.Combine(Write(new CheckpointStore(folder.Path), 100, "one"), CheckpointManifest.FileName);
        var good = File.ReadAllBytes(path);
        var reference = CheckpointManifest.Parse(good, path);
        for (var i = 0; i < good.Length * 8; i++)
        {
            var bad = (byte[])good.Clone();
            bad[i / 8] ^= (byte)(1 << (i % 8));
            try
            {
                var parsed = CheckpointManifest.Parse(bad, path);
                // A hash, size or name that changed is found when the files are checked.
                Assert.All(parsed.Files, f => Assert.DoesNotContain('/', f.Name));
                Assert.Equal(reference.Files.Count, parsed.Files.Count);
            }
            catch (FastDqnException e)
            {
                Assert.Equal(ErrorKind.BadData, e.Kind);
            }
        }
    }

    [Theory]
    [InlineData("../part.bin")]
    [InlineData("/etc/passwd")]
    [InlineData("a/b")]
    [InlineData(".hidden")]
    [InlineData("")]
    public void NamesThatLeaveTheFolderAreRefused(string name)
    {
        var manifest = new CheckpointManifest
        {
            Format = 1,
            ProgramVersion = "1",
            Step = 1,
            Frames = 1,
            Updates = 1,
            Config = "c",
            Files = [new CheckpointFile(name, 1, new string('0', 64))],
        };
        Assert.Equal(ErrorKind.BadData, Assert.Throws<FastDqnException>(() => CheckpointManifest.Parse(manifest.ToBytes(), "m")).Kind);
    }

    [Fact]
    public void AnotherFormatIsRefusedInSoManyWords()
    {
        var error = Assert.Throws<FastDqnException>(() => CheckpointManifest.Parse("{\"format\": 2, \"new\": {}}"u8, "m"));
        Assert.Contains("format 2; this program reads format 1", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void WhatACrashLeavesIsNoCheckpointAndIsCleared()
    {
        using var folder = new TempFolder();
        var store = new CheckpointStore(folder.Path);
        Write(store, 100, "one");
        Directory.CreateDirectory(folder.File(".tmp-000000000200"));
        File.WriteAllText(folder.File(".tmp-000000000200/part.bin"), "half");
        Assert.Equal(100, store.OpenNewest(Fail, withReplay: true).Manifest.Step);
        store.Prune(2);
        Assert.False(Directory.Exists(folder.File(".tmp-000000000200")));
    }

    [Fact]
    public void TheNewestAndTheBestAreKept()
    {
        using var folder = new TempFolder();
        var store = new CheckpointStore(folder.Path);
        for (var step = 1; step <= 6; step++)
            Write(store, step * 100, "x", score: step == 2 ? 50 : step);
        store.Prune(2);
        Assert.Equal([600, 500, 200], store.List().Select(f => store.Open(f, true).Manifest.Step));
        Assert.Equal(200, store.OpenBest(Fail).Manifest.Step);
    }

    [Fact]
    public void NoneAtAllIsBadData()
    {
        using var folder = new TempFolder();
        var store = new CheckpointStore(folder.File("absent"));
        Assert.Equal(ErrorKind.BadData, Assert.Throws<FastDqnException>(() => store.OpenNewest(Fail, true)).Kind);
    }

    [Fact]
    public void AFailedWriteLeavesTheOldOnesAndNothingElse()
    {
        using var folder = new TempFolder();
        var store = new CheckpointStore(folder.Path);
        Write(store, 100, "one");
        Assert.Throws<FastDqnException>(() => store.Write(Header(200, null), [("part.bin", _ => throw new IOException("no space left"))]));
        Assert.Single(Directory.GetFileSystemEntries(folder.Path));
        Assert.Equal(100, store.OpenNewest(Fail, true).Manifest.Step);
    }

    private static void Fail(string warning) => Assert.Fail(warning);

    private static CheckpointManifest Header(long step, double? score) => new()
    {
        Format = CheckpointManifest.CurrentFormat,
        ProgramVersion = "test",
        Step = step,
        Frames = step * 4,
        Updates = 1,
        Config = "c",
        Score = score,
        Files = [],
    };

    private static string Write(CheckpointStore store, long step, string text, double? score = null) =>
        store.Write(Header(step, score), [("part.bin", stream => new StateWriter(stream).WriteString(text)), ("other.bin", stream => stream.Write(Encoding.ASCII.GetBytes("other")))]);

    private static void Damage(string path, string how)
    {
        var bytes = File.ReadAllBytes(path);
        switch (how)
        {
            case "flip":
                bytes[bytes.Length / 2] ^= 0x80;
                File.WriteAllBytes(path, bytes);
                break;
            case "truncate":
                File.WriteAllBytes(path, bytes[..^1]);
                break;
            case "extend":
                File.WriteAllBytes(path, [.. bytes, 0]);
                break;
            default:
                File.Delete(path);
                break;
        }
    }
}
