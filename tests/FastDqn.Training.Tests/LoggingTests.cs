using System.Text.Json.Nodes;
using FastDqn.Tests;
using FastDqn.Training.Acting;
using FastDqn.Training.Logging;
using Microsoft.Extensions.Logging;

namespace FastDqn.Training.Tests;

public sealed class LoggingTests
{
    private static readonly TrainProgress Progress = new(
        100, 2400, 400, 7, 3, double.NaN, 0.5, 0.25, 1, 90, 1000, 250, 62.5, TrainPhase.Explore)
    {
        RemainingSeconds = 9.2,
    };
    private static readonly Episode Ended = new(0, 8, 21.5, 300, 1200, false);

    [Fact]
    public void TheFactoryOfMicrosoftExtensionsLoggingTakesTheProvider()
    {
        using var output = new StringWriter();
        using (var factory = LoggerFactory.Create(builder => builder.AddProvider(new LineLoggerProvider(output, LineForm.Plain))))
        {
            var observer = new LoggingObserver(factory.CreateLogger("test"));
            observer.Started("/runs/x", 2400, ["fact one", "fact two"]);
            observer.Progress(Progress);
            observer.Progress(Progress with { Frames = 100 });
            observer.EpisodeEnded(Ended, Progress);
            observer.Warning("something; do that");
        }

        Assert.Equal(
            [
                "run folder /runs/x", "fact one", "fact two",
                "step 100/2400  frames 400  explore  1000 frames/s  62.5 updates/s  eta 00:00:09  return -  epsilon 0.5  loss 0.25",
                "step 100/2400  explore  250 steps/s  62.5 updates/s  eta 00:00:09  return -  epsilon 0.5  loss 0.25",
                "warning: something; do that",
            ],
            output.ToString().Split('\n', StringSplitOptions.RemoveEmptyEntries));
    }

    [Fact]
    public void JsonLinesCarryTheValues()
    {
        using var output = new StringWriter();
        using var provider = new LineLoggerProvider(output, LineForm.Json, LogLevel.Debug, new BackwardClock());
        var observer = new LoggingObserver(provider.CreateLogger("test"));
        observer.Started("/runs/x", 2400, ["fact one", "fact two"]);
        observer.Progress(Progress);
        observer.EpisodeEnded(Ended, Progress);
        observer.Warning("two\nlines");
        var rows = output.ToString().Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(line => JsonNode.Parse(line)!).ToList();
        Assert.Equal(["started", "progress", "episode", "message"], rows.Select(r => (string?)r["event"]));
        Assert.Equal(["info", "info", "debug", "warning"], rows.Select(r => (string?)r["level"]));
        Assert.Equal("fact two", (string?)rows[0]["data"]!["facts"]![1]);
        Assert.Equal(100, (long)rows[1]["data"]!["step"]!);
        Assert.Null(rows[1]["data"]!["mean_return"]);
        Assert.Equal(62.5, (double)rows[1]["data"]!["updates_per_second"]!);
        Assert.Equal(21.5, (double)rows[2]["data"]!["score"]!);
        Assert.Equal("two\nlines", (string?)rows[3]["data"]!["text"]);
        Assert.All(rows, r => Assert.EndsWith("Z", (string?)r["time"], StringComparison.Ordinal));
    }

    [Fact]
    public void DatedLinesAreOneLineEach()
    {
        using var output = new StringWriter();
        using var provider = new LineLoggerProvider(output, LineForm.Dated);
        LogEntry.Write(provider.CreateLogger("test"), LogLevel.Warning, "message", "two\nlines");
        Assert.Matches(@"\A\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z warning: two lines\n\z", output.ToString());
    }

    [Fact]
    public void WhatNobodyListensToAllocatesNothing()
    {
        using var output = new StringWriter();
        using var provider = new LineLoggerProvider(output, LineForm.Plain, LogLevel.Warning);
        var observer = new LoggingObserver(provider.CreateLogger("test"));
        observer.EpisodeEnded(Ended, Progress);
        observer.Progress(Progress);
        Assert.Equal(0, Allocations.Of(_ =>
        {
            for (var i = 0; i < 1000; i++)
            {
                observer.EpisodeEnded(Ended, Progress);
                observer.Progress(Progress);
            }
        }));
        Assert.Empty(output.ToString());
    }
}

/// <summary>A system clock that jumps back an hour whenever it is read.</summary>
internal sealed class BackwardClock : TimeProvider
{
    private long _reads;

    public override DateTimeOffset GetUtcNow() =>
        new DateTimeOffset(2026, 5, 1, 12, 0, 0, TimeSpan.Zero).AddHours(-Interlocked.Increment(ref _reads));
}
