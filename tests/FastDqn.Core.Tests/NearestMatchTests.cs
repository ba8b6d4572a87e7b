namespace FastDqn.Core.Tests;

public sealed class NearestMatchTests
{
    [Theory]
    [InlineData("kitten", "sitting", 3)]
    [InlineData("ca", "abc", 3)] // the optimal string alignment form: no substring edited twice
    [InlineData("gmama", "gamma", 1)]
    [InlineData("", "abc", 3)]
    [InlineData("same", "same", 0)]
    public void DistanceCountsEditsAndSwaps(string a, string b, int expected) => Assert.Equal(expected, NearestMatch.Distance(a, b));

    [Theory]
    [InlineData("cartpol", "cartpole")]
    [InlineData("batch_size", "schedule.batch_size")]
    [InlineData("zebra", null)]
    public void OnlyWhatIsNearEnoughIsATypingError(string word, string? nearest) =>
        Assert.Equal(nearest, NearestMatch.Find(word, ["cartpole", "gridworld", "schedule.batch_size"]));
}
