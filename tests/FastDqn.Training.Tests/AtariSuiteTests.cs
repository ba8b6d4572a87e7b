using FastDqn.Core;
using FastDqn.Environments.Atari;
using FastDqn.Learning.Specs;
using FastDqn.Training.Evaluation;

namespace FastDqn.Training.Tests;

/// <summary>The published sets of Atari games, and the estimate that Atari-5 and Atari-10 are for.</summary>
public sealed class AtariSuiteTests
{
    /// <summary>
    /// Scores on Atari-5's games after no-op starts, and the median over all 57 in the same table.
    /// </summary>
    public static TheoryData<string, double[], double, double> Published => new()
    {
        // Hessel et al. 2018, table 5: Rainbow's median is 223 %; the estimate is what the authors' data set gives.
        { "Rainbow", [62010, -0.3, 13136, 108528.6, 33817.5], 2.251, 2.23 },
        { "Distributional DQN", [41145, -3.8, 12983.6, 34775, 16956], 1.535, 1.64 },
        // Dabney et al. 2018: IQN's is 218 %.
        { "IQN", [42244, 5.6, 22682, 56599, 25750], 2.159, 2.18 },
    };

    [Theory]
    [InlineData("atari-5", 5, 200_000_000)]
    [InlineData("atari-10", 10, 200_000_000)]
    [InlineData("atari-57", 57, 200_000_000)]
    [InlineData("atari-100k", 26, 400_000)]
    public void EveryGameIsKnownAndHasAHumanScore(string name, int games, long frames)
    {
        var suite = AtariSuite.Get(name);
        Assert.Equal((games, frames), (suite.Games.Count, suite.Frames));
        Assert.Equal(games, suite.Games.Distinct().Count());
        Assert.All(suite.Games, game => Assert.True(HumanScores.All.ContainsKey(game) && AtariGames.Find(game)?.Name == game, game));
        Assert.Contains(suite.Coefficients.Count, new[] { 0, games });
        Assert.All(suite.Algorithms, algorithm => AlgorithmPresets.Get(algorithm).Validate());
    }

    [Fact]
    public void Atari5IsPartOfAtari10() => Assert.Empty(AtariSuite.Get("atari-5").Games.Except(AtariSuite.Get("atari-10").Games));

    [Theory]
    [MemberData(nameof(Published))]
    public void MediansOfPublishedAgentsAreEstimatedAsByTheAuthors(string agent, double[] returns, double estimate, double published)
    {
        var suite = AtariSuite.Get("atari-5");
        var scores = suite.Games.Zip(returns, (game, r) => new[] { HumanScores.Normalize(game, r)!.Value }).ToList();
        var found = suite.MedianOf57(scores);
        // The authors' scores of random play have a second decimal: on Double Dunk -18.55, not -18.6.
        Assert.True(Math.Abs(found - estimate) < 0.003 * estimate, $"{agent}: {found}");
        Assert.InRange(found / published, 1 - suite.RelativeError, 1 + suite.RelativeError);
    }

    [Fact]
    public void RandomPlayAndWorseIsZeroAndRunsAreAveragedBeforeTheLogarithm()
    {
        var suite = AtariSuite.Get("atari-10");
        Assert.Equal(0, suite.MedianOf57([.. suite.Games.Select(_ => new[] { 0.0, -0.5 })]), 12);
        var human = suite.MedianOf57([.. suite.Games.Select(_ => new[] { 0.25, 1.75 })]);
        Assert.Equal((Math.Pow(101, suite.Coefficients.Sum()) - 1) / 100, human, 12);
        Assert.Throws<ArgumentException>(() => suite.MedianOf57([[1]]));
    }

    [Fact]
    public void AnUnknownSuiteIsAnsweredWithTheNearest()
    {
        var e = Assert.Throws<FastDqnException>(() => AtariSuite.Get("atari5"));
        Assert.Equal(ErrorKind.Usage, e.Kind);
        Assert.Contains("did you mean 'atari-5'?", e.Message, StringComparison.Ordinal);
    }
}
