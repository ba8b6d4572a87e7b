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
    [InlineData("CartPole", "cartpole")]
    [InlineData("SCHEDULE.BATCH_SIZ", "schedule.batch_size")]
    [InlineData("zebra", null)]
    public void OnlyWhatIsNearEnoughIsATypingError(string word, string? nearest) =>
        Assert.Equal(nearest, NearestMatch.Find(word, ["cartpole", "gridworld", "schedule.batch_size"]));

    [Theory]
    [InlineData("optimizer.lr", "optimizer.learning_rate")] // its words' first letters
    [InlineData("lr", "optimizer.learning_rate")]
    [InlineData("optimizer.learning_rat", "optimizer.learning_rate")]
    [InlineData("body.norm", "loss.norm")] // of another section, but the same word
    [InlineData("optimizer.foo", null)] // what stands before the point makes nothing near
    [InlineData("run.xy", null)]
    public void TheSectionOfANameIsMeant(string word, string? nearest) =>
        Assert.Equal(nearest, NearestMatch.Find(word, ["run.dir", "run.root", "optimizer.kind", "optimizer.learning_rate", "loss.norm"]));
}
