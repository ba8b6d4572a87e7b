using System.Text.Json.Nodes;
using FastDqn.Core;
using FastDqn.Learning.Interop;
using FastDqn.Tests;
using FastDqn.Training.Acting;
using FastDqn.Training.Configuration;
using FastDqn.Training.Evaluation;
using FastDqn.Training.Loops;
using FastDqn.Training.Runs;
using TorchSharp;

namespace FastDqn.Training.Tests;

/// <summary>A training that libtorch ends: one line wherever it is written, from whichever thread.</summary>
public sealed class LibTorchErrorTests
{
    private const string Line = "libtorch: shape '[2]' is invalid for input of size 3";

    [Theory]
    [InlineData("on")]
    [InlineData("off")]
    public void TheRunSaysItInOneLine(string overlap)
    {
        using var folder = new TempFolder();
        var config = new ConfigLayers()
            .AddOption("env.name", "gridworld", "test").AddOption("train.steps", "200", "test").AddOption("schedule.warm_up", "20", "test")
            .AddOption("replay.capacity", "1000", "test").AddOption("eval.episodes", "0", "test").AddOption("exploration.end", "1", "test")
            .AddOption("train.overlap", overlap, "test").AddOption("run.device", "cpu", "test")
            .AddOption("run.dir", folder.File("run"), "test").Resolve();
        using var signals = new StopSignals();
        var thrown = Assert.Throws<FastDqnException>(() =>
            TrainingRun.Start(config, [], new Silent(), signals, new RunTools(Ask: _ => new BadAdviser())));
        Assert.Equal((ErrorKind.Failure, Line), (thrown.Kind, thrown.Message));
        var info = JsonNode.Parse(File.ReadAllText(folder.File("run/run.json")))!;
        Assert.Equal(("failed", Line), ((string?)info["status"], (string?)info["reason"]));
        Assert.EndsWith($"failed: {Line}", File.ReadAllLines(folder.File("run/log.txt"))[^1], StringComparison.Ordinal);
    }

    [Fact]
    public void TheLearnersThreadHandsItOn()
    {
        using var thread = new LearnerThread();
        var thrown = Assert.ThrowsAny<Exception>(() => thread.Run(BadShape));
        Assert.Equal(Line, Learning.Interop.LibTorchError.Explain(thrown)!.Message);
    }

    private static void BadShape()
    {
        using var three = torch.ones(3);
        three.view(2).Dispose();
    }

    /// <summary>Asked on the thread that acts, once learning has begun.</summary>
    private sealed class BadAdviser : IAdviser
    {
        public int Advise(int index, int drawn)
        {
            BadShape();
            return drawn;
        }
    }

    private sealed class Silent : ITrainObserver
    {
        public void Started(string runDirectory, long length, IReadOnlyList<string> facts) { }

        public void Progress(in TrainProgress progress) { }

        public void EpisodeEnded(in Episode episode, in TrainProgress progress) { }

        public void Evaluated(long step, EvalResult result, bool random) { }

        public void Message(string text) { }

        public void Warning(string text) { }
    }
}
