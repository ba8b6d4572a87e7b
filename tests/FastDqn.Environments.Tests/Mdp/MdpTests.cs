using FastDqn.Core;
using FastDqn.Environments.Mdp;

namespace FastDqn.Environments.Tests;

public sealed class MdpTests
{
    private const double Impossible = double.NaN;
    private const string Loop = "states: [a]\nactions: [x]\ntransitions: [{state: a, action: x, next: {a: 1}}]\n";

    /// <summary>The optimal values of the tutorial's process, to the fixed point.</summary>
    public static TheoryData<double, double[], int[]> Tables => new()
    {
        { 0.90, [18.918919, 17.027027, 13.621622, 0, Impossible, -4.879715, Impossible, 50.133650, Impossible], [0, 0, 1] },
        {
            0.99,
            [120.915979, 119.706819, 115.846259, 100.404018, Impossible, 101.418200, Impossible, 152.947677, Impossible],
            [0, 2, 1]
        },
        { 0.95, [21.899250, 20.804288, 16.867596, 1.120829, Impossible, 1.179820, Impossible, 53.873495, Impossible], [0, 2, 1] },
    };

    [Theory]
    [MemberData(nameof(Tables))]
    public void TheTutorialsProcessHasTheKnownFixedPoint(double gamma, double[] expected, int[] policy)
    {
        var process = MdpFile.Tutorial();
        var exact = MdpSolver.FixedPoint(process, gamma);
        var (iterated, sweeps, converged) = MdpSolver.ValueIteration(process, gamma);
        for (var i = 0; i < 9; i++)
        {
            Assert.Equal(double.IsNaN(expected[i]), double.IsNaN(exact[i / 3, i % 3]));
            if (double.IsNaN(expected[i]))
                continue;
            Assert.Equal(expected[i], exact[i / 3, i % 3], 1e-6);
            Assert.Equal(exact[i / 3, i % 3], iterated[i / 3, i % 3], 1e-8);
        }

        Assert.Equal(policy, MdpSolver.Greedy(process, exact));
        Assert.InRange(sweeps, 50, 5000);
        Assert.True(converged);
    }

    [Fact]
    public void TheFixedPointSatisfiesBellmansEquationOnRandomProcesses()
    {
        for (var seed = 0UL; seed < 20; seed++)
        {
            var process = RandomProcess(seed, 12, 4);
            var q = MdpSolver.FixedPoint(process, 0.97);
            for (var state = 0; state < 12; state++)
            {
                for (var action = 0; action < 4; action++)
                {
                    if (!process.IsPossible(state, action))
                        continue;
                    var sum = 0.0;
                    for (var next = 0; next < 12; next++)
                    {
                        var best = Enumerable.Range(0, 4)
                            .Where(a => process.IsPossible(next, a))
                            .Select(a => q[next, a])
                            .DefaultIfEmpty(0)
                            .Max();
                        sum += process.Probabilities(state, action)[next] * (process.Rewards(state, action)[next] + (0.97 * best));
                    }

                    Assert.Equal(sum, q[state, action], 1e-7);
                }
            }
        }
    }

    [Theory]
    [InlineData(0.90, 0.5)]
    [InlineData(0.95, 1)]
    [InlineData(0.99, 2)]
    public void QLearningAtItsDefaultsFindsTheTutorialsPolicy(double gamma, double error)
    {
        var process = MdpFile.Tutorial();
        var exact = MdpSolver.FixedPoint(process, gamma);
        var learnt = MdpSolver.QLearning(process, gamma, MdpSolver.LearningSteps, new RandomStream(1, "mdp-learn"));
        Assert.Equal(MdpSolver.Greedy(process, exact), MdpSolver.Greedy(process, learnt));
        Assert.InRange(MdpSolver.Distance(exact, learnt), 1e-6, error);
    }

    [Fact]
    public void MoreStepsAndAFittingRateReachTheFixedPoint()
    {
        // One action, so that only the noise of rewards is to be averaged: 1 / visits is the mean itself.
        var process = MdpFile.Parse("""
            states: [a, b]
            actions: [go]
            start: a
            transitions:
              - {state: a, action: go, next: {a: 0.5, b: 0.5}, reward: {a: 2}}
              - {state: b, action: go, next: {a: 1.0}, reward: {a: 1}}
            """, "test");
        var exact = MdpSolver.FixedPoint(process, 0.5);
        double[,] Learnt(long steps, double rate) =>
            MdpSolver.QLearning(process, 0.5, steps, new RandomStream(1), StepSize.Visits(rate));
        double Error(long steps, double rate) => MdpSolver.Distance(exact, Learnt(steps, rate));
        Assert.InRange(Error(3_000_000, 1), 0, 0.01);
        Assert.True(Error(3_000_000, 1) < Error(3_000, 1));
        Assert.True(Error(3_000_000, 0.77) < Error(3_000, 0.77));
        foreach (var rate in new[] { 0.5, 1.01, 0, double.NaN })
            Assert.Equal(ErrorKind.Usage, Assert.Throws<FastDqnException>(() => Learnt(10, rate)).Kind);
        Assert.Equal(double.NaN, MdpSolver.QLearning(MdpFile.Tutorial(), 0.5, 10, new RandomStream(1))[1, 1]);
    }

    [Fact]
    public void AStepSizeIsConstantOrFallsWithStepsOrWithVisits()
    {
        Assert.Equal([0.01, 0.01], [StepSize.Constant(0.01).At(0, 1), StepSize.Constant(0.01).At(1000, 500)]);
        Assert.Equal([0.5, 0.25, 0.125], [.. new[] { 0L, 10, 30 }.Select(step => StepSize.Decaying(0.5, 0.1).At(step, 1))]);
        Assert.Equal([1, 0.1], [.. new[] { 1L, 10 }.Select(visits => StepSize.Visits(1).At(99, visits))]);
        Assert.Equal("0.05/(1 + 0.1 step)", StepSize.Decaying(0.05, 0.1).ToString());
        Action[] wrong =
        [
            () => StepSize.Constant(0), () => StepSize.Constant(1.1), () => StepSize.Constant(double.NaN),
            () => StepSize.Decaying(0.1, -1), () => StepSize.Decaying(0.1, double.PositiveInfinity), () => StepSize.Visits(0.5),
        ];
        Assert.All(wrong, action => Assert.Equal(ErrorKind.Usage, Assert.Throws<FastDqnException>(action).Kind));
    }

    [Fact]
    public void QLearningMovesByTheStepSize()
    {
        // One pair that always pays 1 and stays: after n updates of size alpha the value is that of the recursion.
        var process = MdpFile.Parse("""
            states: [a]
            actions: [go]
            transitions:
              - {state: a, action: go, next: {a: 1}, reward: {a: 1}}
            """, "test");
        foreach (var size in new[] { StepSize.Constant(0.1), StepSize.Decaying(0.1, 0.5) })
        {
            var expected = 0.0;
            for (var step = 0; step < 20; step++)
                expected += size.At(step, step + 1) * (1 + (0.99 * expected) - expected);
            Assert.Equal(expected, MdpSolver.QLearning(process, 0.99, 20, new RandomStream(1), size)[0, 0], 1e-12);
        }
    }

    [Fact]
    public void QLearningApproachesTheFixedPoint()
    {
        var process = MdpFile.Tutorial();
        var exact = MdpSolver.FixedPoint(process, 0.9);
        var learnt = MdpSolver.QLearning(process, 0.9, 2_000_000, new RandomStream(1));
        for (var state = 0; state < 3; state++)
        {
            for (var action = 0; action < 3; action++)
            {
                Assert.Equal(double.IsNaN(exact[state, action]), double.IsNaN(learnt[state, action]));
                if (!double.IsNaN(exact[state, action]))
                    Assert.Equal(exact[state, action], learnt[state, action], 0.5);
            }
        }
    }

    [Theory]
    [InlineData("random", -22.1, 88.2)]
    [InlineData("safe", 22.3, 26.6)]
    [InlineData("risky", 121.1, 129.3)]
    public void PoliciesEarnWhatTheTutorialSaw(string name, double mean, double deviation)
    {
        var process = MdpFile.Tutorial();
        var returns = MdpSolver.Play(process, name == "random" ? null : process.Policies[name], 4000, 100, new RandomStream(3));
        var average = returns.Average();
        // Four thousand of our episodes and the tutorial's thousand: six standard errors of the difference.
        Assert.InRange(average, mean - (6 * deviation / Math.Sqrt(800)), mean + (6 * deviation / Math.Sqrt(800)));
        Assert.Equal(deviation, Math.Sqrt(returns.Average(r => (r - average) * (r - average))), deviation * 0.15);
    }

    [Theory]
    [InlineData(
        "states: [a]\nactions: [x]\ntransitions:\n  - {state: a, action: x, next: {a: 0.5}}",
        "file.yaml:4:5: in a, x: the probabilities sum to 0.5")]
    [InlineData("states: [a]\nactions: [x]\ntransitions: [{state: a, action: x, next: {}}]", ":3:15: in a, x: the probabilities sum to 0")]
    [InlineData("states: [b, a]\nactions: [x]\ntransitions: [{state: a, action: x, next: {a: 1}}]", ":1:1: b has no actions")]
    [InlineData("states: [a, b]\nactions: [x]\nstart: b\ntransitions: [{state: a, action: x, next: {b: 1}}]", ":3:8: b has no actions")]
    [InlineData("states: [\"a\\e[31m\"]\nactions: [x]\ntransitions: []", ":1:10: a name holds a control character")]
    [InlineData("states: [a]\nactions: ['']\ntransitions: []", ":2:11: a name is empty")]
    [InlineData(Loop + "policies:\n  Random: {a: x}", ":5:3: policy Random: every process has one of this name")]
    [InlineData(Loop + "policies:\n  go: {a: x}\n  Go: {a: x}", ":6:3: policy Go is given twice")]
    [InlineData(Loop + "policies:\n  \"g\\u009b\": {a: x}", ":5:3: a name holds a control character")]
    [InlineData("states: [a]\nactions: [x]\ntransitions:\n  - {state: b, action: x, next: {a: 1}}", ":4:13: unknown state 'b'")]
    [InlineData(
        "states: [a]\nactions: [x]\ntransitions:\n  - {state: a, action: x, next: {a: 1}, reward: {a: ten}}",
        "'a' must be a number, not 'ten'")]
    [InlineData(
        "states: [a]\nactions: [x]\ntransitions:\n  - {state: a, action: x, next: {a: 1}}\n  - {state: a, action: x, next: {a: 1}}",
        "given twice")]
    [InlineData("states: [a]\nactions: [x]\ntransition: []", "unknown key 'transition'")]
    [InlineData("states: [a, b]\nactions: [x]\ntransitions:\n  - {state: a, action: x, next: {a: 1}, reward: {b: 3}}", "cannot happen")]
    [InlineData("states: [a]\nactions: [x]\ntransitions:\n  - {state: a, action: x, next: {a: 2}}", "the probability of a is 2")]
    [InlineData(
        "states: [a]\nactions: [x]\ntransitions:\n  - {state: a, action: x, next: {a: 1}, reward: {a: 1e308}}", "not in -1E+100 to 1E+100")]
    [InlineData("states: [a", "not YAML")]
    [InlineData("", "empty")]
    [InlineData("states: [a, a]\nactions: [x]\ntransitions: []", "a name twice")]
    public void WhatIsWrongInAFileIsSaidWithItsPlace(string text, string expected)
    {
        var error = Assert.Throws<FastDqnException>(() => MdpFile.Parse(text, "file.yaml"));
        Assert.Equal(ErrorKind.BadData, error.Kind);
        Assert.Contains(expected, error.Message, StringComparison.Ordinal);
        Assert.DoesNotContain('\n', error.Message);
    }

    [Theory]
    [InlineData(1.0)]
    [InlineData(-0.1)]
    [InlineData(double.NaN)]
    public void ADiscountWithoutFiniteValuesIsRefused(double gamma) =>
        Assert.Equal(ErrorKind.Usage, Assert.Throws<FastDqnException>(() => MdpSolver.FixedPoint(MdpFile.Tutorial(), gamma)).Kind);

    [Fact]
    public void ADiscountNearOneEnds()
    {
        var process = MdpFile.Tutorial();
        var exact = MdpSolver.FixedPoint(process, 0.9999999);
        var (iterated, sweeps, converged) = MdpSolver.ValueIteration(process, 0.9999999);
        Assert.False(converged);
        Assert.InRange(sweeps, 100_000, 10_000_000);
        Assert.True(MdpSolver.Distance(iterated, exact) > 1);
        // (1 - gamma) v is the mean reward of a step, which the discount hardly changes.
        Assert.Equal(1e-6 * MdpSolver.FixedPoint(process, 0.999999)[0, 0], 1e-7 * exact[0, 0], 1e-3);
        var error = Assert.Throws<FastDqnException>(() => MdpSolver.FixedPoint(process, Math.BitDecrement(1)));
        Assert.Equal(ErrorKind.Usage, error.Kind);
    }

    private static MarkovDecisionProcess RandomProcess(ulong seed, int states, int actions)
    {
        var random = new RandomStream(seed);
        var (p, r) = (new double[states, actions, states], new double[states, actions, states]);
        for (var s = 0; s < states - 1; s++)
        {
            for (var a = 0; a < actions; a++)
            {
                if (a > 0 && random.NextInt32(4) == 0)
                    continue;
                var weights = Enumerable.Range(0, states).Select(_ => random.NextInt32(3) == 0 ? random.NextDouble() : 0).ToArray();
                weights[random.NextInt32(states)] += 0.1;
                var sum = weights.Sum();
                for (var n = 0; n < states; n++)
                {
                    p[s, a, n] = weights[n] / sum;
                    r[s, a, n] = p[s, a, n] > 0 ? random.NextGaussian() * 10 : 0;
                }
            }
        }

        return new MarkovDecisionProcess(
            [.. Enumerable.Range(0, states).Select(i => $"s{i}")],
            [.. Enumerable.Range(0, actions).Select(i => $"a{i}")],
            p, r, 0, new Dictionary<string, int[]>());
    }
}
