using FastDqn.Core;
using FastDqn.Environments;
using FastDqn.Environments.Atari;
using FastDqn.Environments.CartPole;
using FastDqn.Training.Evaluation;

namespace FastDqn.Training.Tests;

public sealed class EvaluationTests
{
    // Worked by hand from the definitions (trimmed mean, median, mean) that rliable builds on.
    private static readonly double[][] Scores =
    [
        [0.1, 0.5, 0.9, 1.3],
        [2.0, 2.5, 0.0, 1.0],
        [-0.2, 0.3, 0.4, 0.6],
    ];

    [Fact]
    public void AggregatesAreThoseOfRliable()
    {
        // sorted: -.2 0 .1 .3 .4 .5 .6 .9 1 1.3 2 2.5; the middle six sum to 3.7
        Assert.Equal(3.7 / 6, Aggregates.Iqm(Scores), 12);
        // game means: 0.7, 1.375, 0.275
        Assert.Equal(0.7, Aggregates.Median(Scores), 12);
        Assert.Equal((0.7 + 1.375 + 0.275) / 3, Aggregates.Mean(Scores), 12);
        // scores cut at 1: 0.1+0.5+0.9+1 + 1+1+0+1 - 0.2+0.3+0.4+0.6 = 6.6
        Assert.Equal(1 - (6.6 / 12), Aggregates.OptimalityGap(Scores), 12);
    }

    [Fact]
    public void IntervalsHoldTheFigureAndShrinkToItWithoutSpread()
    {
        var report = Aggregates.Compute(Scores, 500);
        Assert.InRange(report.Iqm.Value, report.Iqm.Low, report.Iqm.High);
        Assert.True(report.Iqm.High - report.Iqm.Low > 0.1);
        var still = Aggregates.Compute([[0.5, 0.5], [0.5, 0.5]], 100);
        Assert.Equal(new Interval(0.5, 0.5, 0.5), still.Iqm);
        Assert.Equal(report, Aggregates.Compute(Scores, 500));
    }

    [Fact]
    public void ResamplingIsStratifiedByGame()
    {
        // Without spread inside a game, resampling games apart leaves the mean where it is; resampling all runs
        // together would not.
        var report = Aggregates.Compute([[0, 0, 0], [10, 10, 10]], 200);
        Assert.Equal(new Interval(5, 5, 5), report.Mean);
    }

    [Fact]
    public void HumanScoresNormaliseTheirOwnEndsToZeroAndOne()
    {
        Assert.Equal(57, HumanScores.All.Count);
        foreach (var (game, (random, human)) in HumanScores.All)
        {
            Assert.Equal(0, HumanScores.Normalize(game, random)!.Value, 12);
            Assert.Equal(1, HumanScores.Normalize(game, human)!.Value, 12);
        }

        Assert.Equal((30.5 - 1.7) / 28.8, HumanScores.Normalize("breakout", 30.5)!.Value, 9);
        Assert.Null(HumanScores.Normalize("cartpole", 1));
    }

    [Theory]
    [InlineData(10, 8)]
    [InlineData(3, 8)]
    [InlineData(16, 8)]
    public void EpisodesAreSharedOutBeforehand(int episodes, int environments) =>
        Assert.Equal(episodes, Enumerable.Range(0, environments).Sum(i => Evaluator.Share(i, environments, episodes)));

    [Fact]
    public void RandomPlayOnCartPoleIsRepeatableAndLasts22Steps()
    {
        EvalResult Play(ulong seed)
        {
            using var environments = CartPoleEnvironment.V1(8);
            return Evaluator.Run(environments, null, 200, 1, seed);
        }

        var first = Play(5);
        Assert.Equal(200, first.Episodes);
        Assert.Equal(first.Returns, Play(5).Returns);
        Assert.NotEqual(first.Returns, Play(6).Returns);
        // Gymnasium's random agent: 22.2 steps on average, deviation 11.8.
        Assert.InRange(first.MeanReturn, 19.5, 25);
        Assert.Equal(first.MeanReturn, first.MeanLength, 9);
    }

    [Fact]
    public void StepBudgetsAreMet()
    {
        using var environments = CartPoleEnvironment.V1(1);
        var told = new List<EvalProgress>();
        var result = Evaluator.Run(environments, null, 1, 1, 5, minSteps: 1000, progress: told.Add);
        Assert.InRange(result.Lengths.Sum(), 1000, 1499);
        Assert.True(result.Lengths.SkipLast(1).Sum() < 1000);
        Assert.Equal(new EvalProgress(0, 1, double.NaN), told[0]);
        Assert.Equal(new EvalProgress(result.Episodes, result.Lengths.Sum(), result.MeanReturn), told[^1]);
    }

    [Fact]
    public void ProtocolsFixWhatTheyName()
    {
        var env = new EnvironmentOptions { Atari = new AtariOptions { Sticky = 0.1, NoopMax = 7 } };
        var dopamine = EvalProtocol.Of(new Configuration.EvalOptions { Protocol = "dopamine", Epsilon = 0.5 });
        Assert.Equal((0.001, 125_000), (dopamine.Epsilon!.Value, dopamine.Steps));
        Assert.Equal((0.25, 0), (dopamine.Apply(env).Atari.Sticky, dopamine.Apply(env).Atari.NoopMax));
        var nature = EvalProtocol.Of(new Configuration.EvalOptions { Protocol = "nature" });
        Assert.Equal((0.05, 30, 18_000L), (nature.Epsilon!.Value, nature.Apply(env).Atari.NoopMax, nature.Apply(env).Atari.MaxFrames));
        var custom = EvalProtocol.Of(new Configuration.EvalOptions { Epsilon = 0.2, MaxFrames = 500 });
        Assert.Equal((0.2, 7, 500L), (custom.Epsilon!.Value, custom.Apply(env).Atari.NoopMax, custom.Apply(env).Atari.MaxFrames));
    }
}
