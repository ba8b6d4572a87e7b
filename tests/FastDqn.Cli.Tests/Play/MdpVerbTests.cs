using System.Text.Json;
using FastDqn.Tests;

namespace FastDqn.Cli.Tests.Play;

public sealed class MdpVerbTests
{
    [Fact]
    public void TheTutorialsValuesAreTheKnownOnesWithNullWhereAnActionIsImpossible()
    {
        var (code, output, _) = FastDqnProgram.Run("mdp", "--gamma", "0.95", "--policy", "risky", "--learn", "1000", "--json");
        Assert.Equal(0, code);
        var result = JsonDocument.Parse(output).RootElement;
        double?[][] expected =
        [
            [21.899250, 20.804288, 16.867596],
            [1.120829, null, 1.179820],
            [null, 53.873495, null],
        ];
        var q = result.GetProperty("q");
        for (var state = 0; state < 3; state++)
        {
            for (var action = 0; action < 3; action++)
            {
                if (expected[state][action] is { } value)
                    Assert.Equal(value, q[state][action].GetDouble(), 1e-6);
                else
                    Assert.Equal(JsonValueKind.Null, q[state][action].ValueKind);
            }
        }

        Assert.Equal([0, 2, 1], result.GetProperty("optimal_policy").EnumerateArray().Select(a => a.GetInt32()));
        Assert.InRange(result.GetProperty("mean_return").GetDouble(), 100, 145);
        // A thousand steps are too few, which is said.
        Assert.InRange(result.GetProperty("q_learning_error").GetDouble(), 1, 60);
    }

    [Fact]
    public void QLearningTellsHowFarItIsAndWhichActionsItWouldChoose()
    {
        var (code, output, _) = FastDqnProgram.Run("mdp", "--learn", "1000000", "--seed", "1");
        Assert.Equal(0, code);
        // The values of s1's actions lie closer together than the learnt ones are to either.
        Assert.Matches(
            "Q-learning: 1000000 random steps of size visits\\^-0.77: at most 0\\.[0-9]+ from the exact values, "
            + "and its policy is wrong in s1",
            output);
        Assert.Matches("s1 +a0 +1\\.120829 +1\\.[0-9]+ +best", output);
        Assert.Matches("s1 +a2 +1\\.179820 +optimal +1\\.[0-9]+ *\n", output);
        Assert.Contains("and its policy is the optimal one", FastDqnProgram.Run("mdp").Output, StringComparison.Ordinal);
        Assert.Equal(2, FastDqnProgram.Run("mdp", "--rate", "0.5").Code);
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
        var (code, output, _) = FastDqnProgram.Run("mdp", scratch.File("mine.yaml"), "--gamma", "0.5", "--learn", "0");
        Assert.Equal(0, code);
        // Staying for ever is worth 1 + 0.5 * 5 when one goes next; going ends it with 5.
        Assert.Matches("home +stay +3\\.500000", output);
        Assert.Matches("home +go +5\\.000000 .*optimal", output);
    }
}
