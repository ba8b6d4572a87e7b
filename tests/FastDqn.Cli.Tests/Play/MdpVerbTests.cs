using System.Text.Json;
using System.Xml.Linq;
using FastDqn.Tests;

namespace FastDqn.Cli.Tests.Play;

public sealed class MdpVerbTests
{
    [Theory]
    [InlineData(0.9, new[] { 18.918919, 17.027027, 13.621622, 0, -4.879715, 50.133650 }, new[] { 0, 0, 1 })]
    [InlineData(0.95, new[] { 21.899250, 20.804288, 16.867596, 1.120829, 1.179820, 53.873495 }, new[] { 0, 2, 1 })]
    [InlineData(null, new[] { 120.915979, 119.706819, 115.846259, 100.404018, 101.418200, 152.947677 }, new[] { 0, 2, 1 })]
    public void TheTutorialsValuesAreTheKnownOnesWithNullWhereAnActionIsImpossible(double? gamma, double[] expected, int[] policy)
    {
        string[] discount = gamma is { } given ? ["--gamma", FormattableString.Invariant($"{given}")] : [];
        var (code, output, _) = FastDqnProgram.Run(["mdp", "--steps", "1000", "--json", .. discount]);
        Assert.Equal(0, code);
        var result = JsonDocument.Parse(output).RootElement;
        Assert.Equal(gamma ?? 0.99, result.GetProperty("gamma").GetDouble());
        foreach (var table in new[] { "q", "value_iteration" })
        {
            var values = result.GetProperty(table).EnumerateArray().SelectMany(row => row.EnumerateArray()).ToArray();
            Assert.Equal([4, 6, 8], Enumerable.Range(0, 9).Where(i => values[i].ValueKind == JsonValueKind.Null));
            foreach (var (value, found) in expected.Zip(values.Where(v => v.ValueKind != JsonValueKind.Null)))
                Assert.Equal(value, found.GetDouble(), 1e-6);
        }

        Assert.Equal(policy, result.GetProperty("optimal_policy").EnumerateArray().Select(a => a.GetInt32()));
        // A thousand steps are too few, which is said.
        Assert.InRange(result.GetProperty("q_learning_error").GetDouble(), 1, 150);
        Assert.Equal(0.3, result.GetProperty("transition_probabilities")[0][0][1].GetDouble());
        Assert.Equal(-50, result.GetProperty("rewards")[1][2][2].GetDouble());
        Assert.Equal(JsonValueKind.Null, result.GetProperty("rewards")[2][0].ValueKind);
    }

    [Fact]
    public void EveryPolicyIsPlayedAndTheLearntOneToo()
    {
        var (code, output, _) = FastDqnProgram.Run("mdp", "--steps", "1000000", "--alpha", "0.01", "--json");
        Assert.Equal(0, code);
        var result = JsonDocument.Parse(output).RootElement;
        var played = result.GetProperty("policies");
        Assert.Equal(["random", "safe", "risky", "learnt", "optimal"], played.EnumerateObject().Select(p => p.Name));
        // What the tutorial saw, six of its standard errors (of a thousand episodes) around it.
        foreach (var (name, mean, deviation) in new[] { ("random", -22.1, 88.2), ("safe", 22.3, 26.6), ("risky", 121.1, 129.3) })
        {
            var bound = 6 * deviation / Math.Sqrt(1000);
            Assert.InRange(played.GetProperty(name).GetProperty("mean").GetDouble(), mean - bound, mean + bound);
            Assert.InRange(played.GetProperty(name).GetProperty("std").GetDouble(), 0.85 * deviation, 1.15 * deviation);
            Assert.True(played.GetProperty(name).GetProperty("min").GetDouble() < mean);
            Assert.True(played.GetProperty(name).GetProperty("max").GetDouble() > mean);
        }

        // A million steps of the tutorial's size find the risky policy.
        Assert.Equal([0, 2, 1], result.GetProperty("q_learning_policy").EnumerateArray().Select(a => a.GetInt32()));
        Assert.Equal("0.01", result.GetProperty("q_learning_step_size").GetString());
        Assert.Equal(played.GetProperty("risky").ToString(), played.GetProperty("learnt").ToString());
        var alone = FastDqnProgram.Run("mdp", "--policy", "risky", "--steps", "20", "--json");
        Assert.Equal(
            played.GetProperty("risky").GetProperty("mean").GetDouble(),
            JsonDocument.Parse(alone.Output).RootElement.GetProperty("mean_return").GetDouble());
    }

    [Fact]
    public void QLearningTellsHowFarItIsAndWhichActionsItWouldChoose()
    {
        // The tutorial's twenty steps of size .01 hardly move from zero.
        var (code, output, _) = FastDqnProgram.Run("mdp", "--alpha", "0.01", "--steps", "20");
        Assert.Equal(0, code);
        Assert.Matches("s0 +s0 0\\.7, s1 0\\.3 +s0 1 +s0 0\\.8, s1 0\\.2 *\n", output);
        Assert.Matches("s1 +0 +- +s2 -50 *\n", output);
        Assert.Matches(
            "Q-learning: 20 random steps of size 0\\.01: at most 152\\.[0-9]+ from the exact values, and its policy is another one in s1",
            output);
        Assert.Matches("s1 +a2 +101\\.418200 +optimal +101\\.418200 ", output);
        Assert.Contains("and its policy is the optimal one", FastDqnProgram.Run("mdp").Output, StringComparison.Ordinal);
        Assert.Contains(
            "of size 0.1/(1 + 0.0001 step): ",
            FastDqnProgram.Run("mdp", "--alpha", "0.1", "--alpha-decay", "0.0001", "--steps", "10").Output, StringComparison.Ordinal);
    }

    [Fact]
    public void TheProcessIsDrawn()
    {
        using var scratch = new TempFolder();
        var drawn = FastDqnProgram.Run("mdp", "--steps", "0", "--draw", scratch.File("mdp.svg"));
        Assert.Equal(0, drawn.Code);
        Assert.EndsWith($"file  {scratch.File("mdp.svg")}\n", drawn.Output, StringComparison.Ordinal);
        var svg = XDocument.Load(scratch.File("mdp.svg")).Descendants().ToList();
        // Three states and six possible actions; an arrow for each of the ten transitions.
        Assert.Equal(9, svg.Count(e => e.Name.LocalName == "circle"));
        Assert.Equal(10, svg.Count(e => e.Name.LocalName == "polygon"));
        var texts = svg.Where(e => e.Name.LocalName == "text").Select(e => e.Value).ToHashSet();
        Assert.Superset(new HashSet<string> { "s0", "s1", "s2", "a0", "a1", "a2", "0.7 (+10)", "0.3", "1 (-50)", "0.8 (+40)" }, texts);
        var crowd = string.Join(", ", Enumerable.Range(0, 30).Select(i => $"s{i}"));
        var file = scratch.Write(
            "many.yaml", $"states: [{crowd}]\nactions: [go]\ntransitions: [{{state: s0, action: go, next: {{s1: 1}}}}]\n");
        var (code, _, errors) = FastDqnProgram.Run("mdp", file, "--draw", scratch.File("many.svg"));
        Assert.Equal(2, code);
        Assert.Contains("30 states are too many for a picture", errors, StringComparison.Ordinal);
    }

    [Fact]
    public void AProcessOfOnesOwnIsReadFromYaml()
    {
        using var scratch = new TempFolder();
        File.WriteAllText(scratch.File("mine.yaml"), """
            states: [home, out]
            actions: [stay, go]
            transitions:
              - {state: home, action: stay, next: {home: 1}, reward: {home: 1}}
              - {state: home, action: go, next: {out: 1}, reward: {out: 5}}
            """);
        var (code, output, _) = FastDqnProgram.Run("mdp", scratch.File("mine.yaml"), "--gamma", "0.5", "--steps", "0");
        Assert.Equal(0, code);
        // Staying for ever is worth 1 + 0.5 * 5 when one goes next; going ends it with 5.
        Assert.Matches("home +stay +3\\.500000", output);
        Assert.Matches("home +go +5\\.000000 .*optimal", output);
        Assert.Contains("episodes end in out: no action is possible there", output, StringComparison.Ordinal);
    }
}
