using System.Text.Json;
using FastDqn.Core;
using FastDqn.Tests;
using FastDqn.Training.Configuration;
using FastDqn.Training.Runs;

namespace FastDqn.Training.Tests;

public sealed class RunFilesTests
{
    [Fact]
    public void CrcIsTheMaskedCastagnoliOne()
    {
        // RFC 3720, B.4: 32 bytes of zeros have CRC-32C 0x8A9136AA; masking rotates right by 15 and adds 0xA282EAD8.
        var crc = 0x8A9136AAu;
        var masked = ((crc >> 15) | (crc << 17)) + 0xA282EAD8u;
        Assert.Equal(masked, TensorBoardWriter.MaskedCrc32C(new byte[32]));
    }

    [Fact]
    public void EventFilesAreFramedAndCarryTheScalars()
    {
        using var folder = new TempFolder();
        using (var writer = new TensorBoardWriter(folder.Path))
            writer.Scalars(300, [new("losses/td_loss", 0.5), new("charts/epsilon", 0.25)]);
        var bytes = File.ReadAllBytes(Directory.GetFiles(folder.Path, "events.out.tfevents.*").Single());
        var records = EventFile.Records(bytes).ToList();
        Assert.Equal(2, records.Count);
        Assert.Contains("brain.Event:2", System.Text.Encoding.ASCII.GetString(records[0]), StringComparison.Ordinal);
        // wall_time (field 1, 9 bytes), step (field 2: 300 = AC 02),
        // summary (field 5) { value { tag "losses/td_loss" simple_value 0.5 } ... }
        Assert.Equal([0x10, 0xAC, 0x02, 0x2A], records[1].AsSpan(9, 4).ToArray());
        byte[] value = [0x0A, 14, .. "losses/td_loss"u8, 0x15, 0, 0, 0, 0x3F];
        Assert.True(records[1].AsSpan().IndexOf(value) > 0);
    }

    [Fact]
    public void AContinuedRunsEventsReplaceThoseOfItsStepAndLaterEvenWhereTheClockWentBack()
    {
        using var folder = new TempFolder();
        var clock = new BackwardClock();
        foreach (var from in new long?[] { null, 200, 300, 0 })
        {
            using var writer = new TensorBoardWriter(folder.Path, from, clock);
            for (var step = from ?? 0; step <= 400; step += 100)
                writer.Scalars(step, [new("a", step), new("b", 1)]);
        }

        Assert.Equal(4, Directory.GetFiles(folder.Path).Length);
        var expected = Enumerable.Range(0, 5).SelectMany(i => new[] { ("a", i * 100L), ("b", i * 100L) });
        Assert.Equal(expected, EventFile.Shown(folder.Path));
    }

    [Fact]
    public void TheLastRowsOfAStepAreFoundAgain()
    {
        using var folder = new TempFolder();
        var path = folder.File("metrics.jsonl");
        long position;
        using (var writer = new MetricsWriter(path))
        {
            writer.Write("train", 100, 4, [new("a", 1)]);
            writer.Write("train", 200, 4, [new("a", 2), new("n", double.NaN)], [new("perf/SPS", 3)]);
            writer.Write("eval", 200, 4, [new("mean_return", 5)]);
            position = writer.Position;
            writer.Write("train", 200, 4, [new("a", 9)]);
        }

        var rows = MetricsWriter.LastRows(path, position, 200);
        Assert.Equal(["train", "eval"], rows.Select(r => r.Kind));
        Assert.Equal([new("a", 2), new("perf/SPS", 3)], rows[0].Values);
        Assert.Empty(MetricsWriter.LastRows(path, position, 150));
        Assert.Empty(MetricsWriter.LastRows(path, 0, 200));
    }

    [Fact]
    public void MetricsContinueAtAPositionAndDropWhatIsBeyond()
    {
        using var folder = new TempFolder();
        var path = folder.File("metrics.jsonl");
        long position;
        using (var writer = new MetricsWriter(path))
        {
            writer.Write("train", 1, 4, [new("a", 1)]);
            position = writer.Position;
            writer.Write("train", 2, 8, [new("a", double.NaN)], [new("seconds", 3)]);
        }

        Assert.Contains("\"a\":null", File.ReadAllText(path), StringComparison.Ordinal);
        using (var writer = new MetricsWriter(path, position))
            writer.Write("train", 2, 8, [new("a", 2)]);
        var lines = File.ReadAllLines(path);
        Assert.Equal(2, lines.Length);
        Assert.Equal(2, JsonDocument.Parse(lines[1]).RootElement.GetProperty("metrics").GetProperty("a").GetInt32());
        Assert.Throws<FastDqnException>(() => new MetricsWriter(path, 1_000_000));
    }

    [Fact]
    public void ASecondProcessOnARunIsRefused()
    {
        using var folder = new TempFolder();
        var config = Config(folder);
        using (var run = RunDirectory.Create(config, ["train"]))
        {
            var error = Assert.Throws<FastDqnException>(() => RunDirectory.Open(run.Root));
            Assert.Equal(ErrorKind.Failure, error.Kind);
            Assert.Contains("another process", error.Message, StringComparison.Ordinal);
        }

        using var again = RunDirectory.Open(config.Run.Dir);
        Assert.Equal(RunStatus.Running, again.Info.Status);
    }

    [Fact]
    public void ARunWithoutItsProcessIsGoneAndAskingDisturbsNobody()
    {
        using var folder = new TempFolder();
        using (var run = RunDirectory.Create(Config(folder), []))
            Assert.Equal(RunStatus.Running, RunInfo.Open(run.Root).Status);
        Assert.Equal(RunStatus.Gone, RunInfo.Open(folder.File("run")).Status);
        using (var again = RunDirectory.Open(folder.File("run")))
            again.Info.SetStatus(RunStatus.Interrupted);
        Assert.Equal(RunStatus.Interrupted, RunInfo.Open(folder.File("run")).Status);

        var asking = true;
        var asker = new Thread(() =>
        {
            while (Volatile.Read(ref asking))
                RunDirectory.IsHeld(folder.File("run"));
        });
        asker.Start();
        for (var i = 0; i < 300; i++)
            RunDirectory.Open(folder.File("run")).Dispose();
        Volatile.Write(ref asking, false);
        asker.Join();
    }

    [Theory]
    [InlineData(129, true)]
    [InlineData(143, true)]
    [InlineData(140, true)]
    [InlineData(138, false)]
    [InlineData(137, false)]
    [InlineData(139, false)]
    [InlineData(1, false)]
    public void ExitCodesOfAStopAreThoseOfSignalsThatCheckpointFirst(int code, bool stop) =>
        Assert.Equal(stop, EndingSignals.IsExitCode(code));

    [Fact]
    public void WritersOfOneFileDoNotMeetAndLeaveNothingBehind()
    {
        using var folder = new TempFolder();
        var path = folder.File("shared.yaml");
        var failures = 0;
        var writers = Enumerable.Range(0, 4).Select(n => new Thread(() =>
        {
            for (var i = 0; i < 40; i++)
            {
                try
                {
                    AtomicFile.Write(path, new string((char)('a' + n), 5000));
                }
                catch (IOException)
                {
                    Interlocked.Increment(ref failures);
                }
            }
        })).ToList();
        writers.ForEach(w => w.Start());
        writers.ForEach(w => w.Join());
        Assert.Equal(0, failures);
        Assert.Single(File.ReadAllText(path).Distinct());
        Assert.Equal([path], Directory.GetFiles(folder.Path));

        // Where it cannot be written nothing is left either.
        Directory.CreateDirectory(folder.File("taken"));
        Assert.ThrowsAny<Exception>(() => AtomicFile.Write(folder.File("taken"), "x"));
        Assert.Equal([path], Directory.GetFiles(folder.Path));
    }

    [Fact]
    public void WhatAKilledWriterLeftGoesWhenTheRunGoesOn()
    {
        using var folder = new TempFolder();
        RunDirectory.Create(Config(folder), []).Dispose();
        File.WriteAllText(folder.File("run/run.json.0123.tmp"), "half");
        RunDirectory.Open(folder.File("run")).Dispose();
        Assert.Empty(Directory.GetFiles(folder.File("run"), "*.tmp"));
    }

    [Fact]
    public void AFolderThatHoldsARunIsNotTakenForANewOne()
    {
        using var folder = new TempFolder();
        RunDirectory.Create(Config(folder), []).Dispose();
        var error = Assert.Throws<FastDqnException>(() => RunDirectory.Create(Config(folder), []));
        Assert.Equal(ErrorKind.Usage, error.Kind);
        Assert.Contains("fastdqn resume", error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("")]
    [InlineData("{")]
    [InlineData("[]")]
    [InlineData("{\"status\": 7}")]
    [InlineData("{\"status\": \"dancing\"}")]
    public void ATornRunDocumentIsBadData(string json)
    {
        using var folder = new TempFolder();
        File.WriteAllText(folder.File("run.json"), json);
        Assert.Equal(ErrorKind.BadData, Assert.Throws<FastDqnException>(() => RunInfo.Open(folder.Path)).Kind);
    }

    [Fact]
    public void ARunNameCannotLeaveItsRoot()
    {
        using var folder = new TempFolder();
        var config = new TrainConfig { Run = new RunOptions { Root = folder.Path, Name = "../../etc/x" } };
        using var run = RunDirectory.Create(config, []);
        Assert.Equal(folder.Path, Path.GetDirectoryName(run.Root));
    }

    private static TrainConfig Config(TempFolder folder) => new() { Run = new RunOptions { Dir = folder.File("run") } };
}
