using FastDqn.Core;
using FastDqn.Environments;
using FastDqn.Environments.Atari;
using FastDqn.Tests;
using FastDqn.Training.Acting;

namespace FastDqn.Training.Tests;

/// <summary>What a lost life is to the learner changes nothing about what a game is to people.</summary>
public sealed partial class TrainingRunTests
{
    private static readonly string[] Bricks =
    [
        "env.name=bricks", "env.count=2", "env.threads=1", "env.max_frames=0", "log.films=true", "log.tensorboard=false",
        "checkpoint.every=0", "eval.every=0", "eval.episodes=0", "log.every=1000", "train.steps=1600",
    ];

    public static TheoryData<AtariLifeLoss, string, string> Lives
    {
        get
        {
            var data = new TheoryData<AtariLifeLoss, string, string>();
            foreach (var lifeLoss in Enum.GetValues<AtariLifeLoss>())
            {
                data.Add(lifeLoss, "uniform", "on");
                data.Add(lifeLoss, "pqn", "off");
            }

            return data;
        }
    }

    [Theory]
    [MemberData(nameof(Lives))]
    public void GamesAreCountedWholeWhateverALostLifeIsToTheLearner(AtariLifeLoss lifeLoss, string kind, string overlap)
    {
        using var folder = new TempFolder();
        // Random play, so that what is learned does not matter.
        string[] random = kind == "pqn" ? ["exploration.start=1", "exploration.end=1"] : ["schedule.warm_up=3000"];
        var watcher = new GamesWatcher();
        using var signals = new Runs.StopSignals();
        var asked = $"env.life_loss={OptionRecord.NameOf(lifeLoss.ToString())}";
        var config = Config(folder.File("run"), kind, overlap, [.. Bricks, .. random, asked]);
        var result = TrainingRun.Start(config, ["train"], watcher, signals);
        Assert.Equal(RunEnd.Finished, result.End);
        Assert.Equal(result.Episodes, watcher.Games.Count);
        Assert.All(watcher.Games, game => Assert.False(game.Truncated));
        // Five lives; one where the game starts anew with each. A served ball that nobody meets is lost after 14
        // steps at the least.
        var shortest = lifeLoss == AtariLifeLoss.ResetGame ? 14 : 70;
        Assert.InRange(watcher.Games.Count, 3, 1600 / shortest);
        Assert.All(watcher.Games, game => Assert.True(game.Length >= shortest, $"a game of {game.Length} steps"));
        if (lifeLoss == AtariLifeLoss.ResetGame)
            Assert.Contains(watcher.Games, game => game.Length < 70);
        Assert.True(File.Exists(folder.File("run/videos/episode-000001.gif")));
    }

    [Theory]
    [InlineData("uniform", "on")]
    [InlineData("uniform", "off")]
    [InlineData("pqn", "on")]
    public void ALostLifeThatTheLearnerAloneSeesAsAnEndIsTheUsualWay(string kind, string overlap)
    {
        using var folder = new TempFolder();
        string[] learns = kind == "pqn" ? [] : ["schedule.warm_up=200"];
        string[] common = [.. Bricks, .. learns, "train.steps=700", "log.films=false"];
        Start(folder.File("environment"), kind, overlap, new Watcher(), extra: [.. common, "env.life_loss=terminal"]);
        Start(folder.File("learner"), kind, overlap, new Watcher(), extra: [.. common, "train.life_loss_terminal=true"]);
        Start(folder.File("neither"), kind, overlap, new Watcher(), extra: [.. common, "train.life_loss_terminal=false"]);
        Assert.Equal(Metrics(folder.File("learner")), Metrics(folder.File("environment")));
        Assert.Equal(Weights(folder.File("learner")), Weights(folder.File("environment")));
        Assert.NotEqual(Weights(folder.File("learner")), Weights(folder.File("neither")));
    }

    private sealed class GamesWatcher : ITrainObserver
    {
        public List<Episode> Games { get; } = [];

        public void Started(string runDirectory, long length, IReadOnlyList<string> facts) { }

        public void Progress(in TrainProgress progress) { }

        public void EpisodeEnded(in Episode episode, in TrainProgress progress) => Games.Add(episode);

        public void Evaluated(long step, Evaluation.EvalResult result, bool random) { }

        public void Message(string text) { }

        public void Warning(string text) { }
    }
}
