using System.Security.Cryptography;
using System.Text;
using FastDqn.Core;
using FastDqn.Replay;
using FastDqn.Tests;
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
    public void AManifestThatNamesAFileTwiceIsRefused()
    {
        using var folder = new TempFolder();
        var path = Path.Combine(Write(new CheckpointStore(folder.Path), 100, "one"), CheckpointManifest.FileName);
        var manifest = CheckpointManifest.Parse(File.ReadAllBytes(path), path);
        var twice = manifest with { Files = [.. manifest.Files, manifest.Files[0]] };
        var error = Assert.Throws<FastDqnException>(() => CheckpointManifest.Parse(twice.ToBytes(), path));
        Assert.Contains("names a file twice", error.Message, StringComparison.Ordinal);
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
            Format = CheckpointManifest.CurrentFormat,
            ProgramVersion = "1",
            Step = 1,
            Frames = 1,
            Updates = 1,
            Files = [new CheckpointFile(name, 1, new string('0', 64))],
        };
        Assert.Equal(ErrorKind.BadData, Assert.Throws<FastDqnException>(() => CheckpointManifest.Parse(manifest.ToBytes(), "m")).Kind);
    }

    [Fact]
    public void AnotherFormatIsRefusedInSoManyWords()
    {
        var error = Assert.Throws<FastDqnException>(() => CheckpointManifest.Parse("{\"format\": 99, \"new\": {}}"u8, "m"));
        Assert.Contains("format 99; this program reads format 2", error.Message, StringComparison.Ordinal);
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
    public void TheBestOneIsKeptWhereverItsEvaluationWas()
    {
        using var folder = new TempFolder();
        var store = new CheckpointStore(folder.Path);
        Assert.Equal(double.NegativeInfinity, store.BestScore);
        Write(store, 100, "x");
        store.WriteBest(Header(50, -3), Weights("fifty"));
        store.WriteBest(Header(120, 7), Weights("hundred and twenty"));
        Assert.False(Directory.Exists(store.BestFolder(50)));
        Write(store, 200, "x", score: 5);
        Write(store, 300, "x");
        store.Prune(1);
        Assert.Equal([300L], store.List().Select(f => store.Open(f, true).Manifest.Step));
        Assert.Equal(7, store.BestScore);
        Assert.Equal((120, "hundred and twenty"), (store.OpenBest(Fail).Manifest.Step, ReadWeights(store.OpenBest(Fail))));
        Assert.Equal(300, store.OpenNewest(Fail, withReplay: true).Manifest.Step);

        // As good, but later; then better: a checkpoint of its own makes the other superfluous.
        Write(store, 400, "x", score: 7);
        Assert.Equal(120, store.OpenBest(Fail).Manifest.Step);
        Write(store, 500, "x", score: 8);
        store.Prune(1);
        Assert.Equal(500, store.OpenBest(Fail).Manifest.Step);
        Assert.False(Directory.Exists(store.BestFolder(120)));
    }

    [Fact]
    public void WithoutAnEvaluationTheBestIsTheNewestAndThatIsSaid()
    {
        using var folder = new TempFolder();
        var store = new CheckpointStore(folder.Path);
        Write(store, 100, "x");
        Write(store, 200, "x");
        var warnings = new List<string>();
        Assert.Equal(200, store.OpenBest(warnings.Add).Manifest.Step);
        Assert.Contains("no evaluation", Assert.Single(warnings), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void AReaderOfALiveRunFindsACheckpointWhateverIsPruned(bool best)
    {
        using var folder = new TempFolder();
        var store = new CheckpointStore(folder.Path);
        void Put(int step)
        {
            if (best)
                store.WriteBest(Header(step, step), Weights($"{step}"));
            else
                store.Write(Header(step, null), Weights($"{step}"));
            store.Prune(1);
        }

        Put(1);
        var writing = new Thread(() =>
        {
            for (var step = 2; step <= 60; step++)
                Put(step);
        });
        writing.Start();
        long last;
        do
        {
            var live = new CheckpointStore(folder.Path);
            Checkpoint Open() => best ? live.OpenBest(Fail) : live.OpenNewest(Fail, withReplay: true);
            var (step, text) = CheckpointStore.Read(Open, checkpoint => (checkpoint.Manifest.Step, ReadWeights(checkpoint)));
            Assert.Equal($"{step}", text);
            last = step;
        }
        while (last < 60);
        writing.Join();
    }

    [Fact]
    public void OneThatIsPrunedWhileItIsReadGivesWayToTheNextNewest()
    {
        using var folder = new TempFolder();
        var store = new CheckpointStore(folder.Path);
        Write(store, 100, "one");
        var tries = new List<long>();
        var read = CheckpointStore.Read(() => store.OpenNewest(Fail, withReplay: false), checkpoint =>
        {
            tries.Add(checkpoint.Manifest.Step);
            if (tries.Count == 1)
            {
                Write(store, 200, "two");
                store.Prune(1);
            }

            var text = "";
            checkpoint.Load("part.bin", reader => text = reader.ReadString());
            return text;
        });
        Assert.Equal("two", read);
        Assert.Equal([100L, 200L], tries);

        // What is damaged and still there is told, not tried for ever.
        Assert.Throws<FastDqnException>(() => CheckpointStore.Read<int>(
            () => store.OpenNewest(Fail, withReplay: false), _ => throw new FastDqnException(ErrorKind.BadData, "not weights")));
    }

    [Fact]
    public void RefusedOnesAreSetAsideAndNoLongerCounted()
    {
        using var folder = new TempFolder();
        var store = new CheckpointStore(folder.Path);
        for (var step = 1; step <= 4; step++)
            Write(store, step * 100, "x");
        foreach (var step in new[] { 200, 300, 400 })
            Damage(Path.Combine(store.Folder(step), "part.bin"), "flip");
        var warnings = new List<string>();
        Assert.Equal(100, store.OpenNewest(warnings.Add, withReplay: true, out var damaged).Manifest.Step);
        Assert.Equal([store.Folder(400), store.Folder(300), store.Folder(200)], damaged);
        Assert.Equal(3, warnings.Count);

        store.SetAside(damaged);
        Assert.Equal([store.Folder(100)], store.List());
        Assert.True(File.Exists(folder.File("damaged-step-000000000300/part.bin")));
        store.Prune(1);
        Assert.Equal(100, store.OpenNewest(Fail, withReplay: true, out damaged).Manifest.Step);
        Assert.Empty(damaged);

        // The same step, damaged again: what was set aside before gives way.
        Damage(Path.Combine(Write(store, 300, "y"), "part.bin"), "truncate");
        store.OpenNewest(_ => { }, withReplay: true, out damaged);
        store.SetAside(damaged);
        Assert.Equal([store.Folder(100)], store.List());
    }

    [Fact]
    public void DamagedReplayFramesRefuseTheCheckpointsThatNeedThem()
    {
        using var folder = new TempFolder();
        var store = new CheckpointStore(folder.Path);
        Directory.CreateDirectory(store.ReplayFolder);
        Write(store, 100, "one", replay: [Segment(store, "frames-00000000.fdqr", 0)]);
        Write(store, 200, "two", replay: [Segment(store, "frames-00000000.fdqr", 0), Segment(store, "frames-00000001.fdqr", 10)]);
        Assert.Equal(200, store.OpenNewest(Fail, withReplay: true).Manifest.Step);
        Damage(Path.Combine(store.ReplayFolder, "frames-00000001.fdqr"), "flip");
        Assert.Equal(100, store.OpenNewest(_ => { }, withReplay: true).Manifest.Step);
        Assert.Equal(200, store.OpenNewest(Fail, withReplay: false).Manifest.Step);
        Damage(Path.Combine(store.ReplayFolder, "frames-00000000.fdqr"), "truncate");
        Assert.Contains(
            "none of 2",
            Assert.Throws<FastDqnException>(() => store.OpenNewest(_ => { }, withReplay: true)).Message,
            StringComparison.Ordinal);
    }

    [Fact]
    public void FramesGoWithTheLastCheckpointThatNeedsThem()
    {
        using var folder = new TempFolder();
        var store = new CheckpointStore(folder.Path);
        Directory.CreateDirectory(store.ReplayFolder);
        for (var i = 0; i < 5; i++)
        {
            Write(
                store, (i + 1) * 100, "x", score: i == 0 ? 9 : 1,
                replay: [.. Enumerable.Range(i, 2).Select(n => Segment(store, $"frames-{n:D8}.fdqr", n * 10))]);
        }

        File.WriteAllText(Path.Combine(store.ReplayFolder, "frames-00000009.fdqr"), "being written");
        store.Prune(2);
        // The best one, the first, is kept for evaluation, without its frames.
        Assert.Equal([500, 400, 100], store.List().Select(f => store.Open(f, withReplay: false).Manifest.Step));
        Assert.Equal(["frames-00000003.fdqr", "frames-00000004.fdqr", "frames-00000005.fdqr", "frames-00000009.fdqr"], Names(store));
        store.DropLaterFrames();
        Assert.Equal(["frames-00000003.fdqr", "frames-00000004.fdqr", "frames-00000005.fdqr"], Names(store));
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

    private static IEnumerable<string?> Names(CheckpointStore store) =>
        Directory.GetFiles(store.ReplayFolder).Select(Path.GetFileName).Order(StringComparer.Ordinal);

    private static FrameSegment Segment(CheckpointStore store, string name, long first)
    {
        var bytes = Encoding.ASCII.GetBytes($"frames from {first} on");
        File.WriteAllBytes(Path.Combine(store.ReplayFolder, name), bytes);
        return new FrameSegment(name, first, first + 9, bytes.Length, Convert.ToHexStringLower(SHA256.HashData(bytes)));
    }

    private static CheckpointManifest Header(long step, double? score, IReadOnlyList<FrameSegment>? replay = null) => new()
    {
        Format = CheckpointManifest.CurrentFormat,
        ProgramVersion = "test",
        Step = step,
        Frames = step * 4,
        Updates = 1,
        Score = score,
        Files = [],
        Replay = replay,
    };

    private static string Write(
        CheckpointStore store, long step, string text, double? score = null, IReadOnlyList<FrameSegment>? replay = null) =>
        store.Write(
            Header(step, score, replay),
            [
                ("part.bin", stream => new StateWriter(stream).WriteString(text)),
                ("other.bin", stream => stream.Write(Encoding.ASCII.GetBytes("other"))),
            ]);

    private static (string, Action<Stream>)[] Weights(string text) =>
        [("weights.bin", stream => new StateWriter(stream).WriteString(text))];

    private static string ReadWeights(Checkpoint checkpoint)
    {
        var text = "";
        checkpoint.Load("weights.bin", reader => text = reader.ReadString());
        return text;
    }

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
