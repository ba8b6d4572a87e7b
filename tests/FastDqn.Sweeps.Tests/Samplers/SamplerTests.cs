using FastDqn.Core;
using FastDqn.Sweeps.Samplers;
using FastDqn.Sweeps.Space;

namespace FastDqn.Sweeps.Tests.Samplers;

public sealed class SamplerTests(ITestOutputHelper output)
{
    private const int Seeds = 20;

    [Theory]
    [InlineData("Branin", 0.3979)]
    [InlineData("Hartmann6", -3.3224)]
    [InlineData("Rosenbrock", 0)]
    public void TestFunctionsHaveTheirPublishedMinimum(string name, double minimum)
    {
        var at = name switch
        {
            "Branin" => [Math.PI, 2.275],
            "Hartmann6" => [0.20169, 0.150011, 0.476874, 0.275332, 0.311652, 0.6573],
            _ => new double[] { 1, 1, 1, 1 },
        };
        Assert.Equal(minimum, TestFunctions.All.Single(f => f.Name == name).Value(at), 3);
    }

    [Theory]
    [InlineData("Branin")]
    [InlineData("Hartmann6")]
    [InlineData("Rosenbrock")]
    public void TpeAndCmaesBeatRandomSearchInTheMedianOf20Seeds(string name)
    {
        var function = TestFunctions.All.Single(f => f.Name == name);
        var medians = new Dictionary<SamplerKind, double>();
        foreach (var kind in new[] { SamplerKind.Random, SamplerKind.Tpe, SamplerKind.CmaEs })
        {
            var found = Enumerable.Range(1, Seeds)
                .Select(seed => TestFunctions.BestOf(function, new SamplerOptions { Kind = kind, Seed = (ulong)seed }, 100)
                    - function.Minimum)
                .ToList();
            medians[kind] = TestFunctions.Median(found);
            output.WriteLine(FormattableString.Invariant(
                $"{name} {kind}: median regret {medians[kind]:G4}, best {found.Min():G4}, worst {found.Max():G4}"));
        }

        Assert.True(medians[SamplerKind.Tpe] < medians[SamplerKind.Random]);
        Assert.True(medians[SamplerKind.CmaEs] < medians[SamplerKind.Random]);
    }

    [Theory]
    [InlineData(SamplerKind.Random)]
    [InlineData(SamplerKind.Tpe)]
    [InlineData(SamplerKind.CmaEs)]
    public void ASeedGivesTheSameTrialsAgainAndAnotherSeedOthers(SamplerKind kind)
    {
        double Best(ulong seed) => TestFunctions.BestOf(TestFunctions.Branin, new SamplerOptions { Kind = kind, Seed = seed }, 40);
        Assert.Equal(Best(3), Best(3));
        Assert.NotEqual(Best(3), Best(4));
    }

    [Fact]
    public void AGridIsExhaustiveWithoutRepeatsAndKnowsConditions()
    {
        var space = MixedSpace(continuous: false);
        var grid = new SamplerOptions { Kind = SamplerKind.Grid }.Create(space);
        var seen = new HashSet<Assignment>();
        for (var n = 0; grid.Suggest(n, []) is { } suggestion; n++)
        {
            Assert.True(seen.Add(suggestion.Parameters), suggestion.Parameters.ToString());
            Assert.Equal(suggestion.Parameters["optimizer"].Text == "rmsprop", suggestion.Parameters.ContainsKey("alpha"));
        }

        // adam: 4 layers; rmsprop: 4 layers x 3 alphas.
        Assert.Equal(16, seen.Count);
        Assert.Equal(16, space.Size);
    }

    [Theory]
    [InlineData(SamplerKind.Random)]
    [InlineData(SamplerKind.Tpe)]
    [InlineData(SamplerKind.CmaEs)]
    public void ProposalsStayInTheDomainAndRespectConditions(SamplerKind kind)
    {
        var space = MixedSpace(continuous: true);
        var sampler = new SamplerOptions { Kind = kind, Seed = 5 }.Create(space);
        var history = new List<Observation>();
        for (var n = 0; n < 80; n++)
        {
            var suggestion = sampler.Suggest(n, history)!;
            foreach (var (name, value) in suggestion.Parameters)
                Assert.True(space.Parameters.Single(p => p.Name == name).Domain.Contains(value), $"{name} = {value}");
            Assert.Equal(suggestion.Parameters["optimizer"].Text == "rmsprop", suggestion.Parameters.ContainsKey("alpha"));
            var loss = Math.Abs(Math.Log10(suggestion.Parameters["lr"].Number) + 3) + suggestion.Parameters["layers"].Number
                + (suggestion.Parameters.ContainsKey("alpha") ? 0 : 1);
            var state = n % 7 == 3 ? TrialState.Pruned
                : n % 11 == 5 ? TrialState.Failed
                : n % 13 == 6 ? TrialState.Running
                : TrialState.Complete;
            history.Add(new Observation(
                n,
                suggestion.Parameters,
                state,
                state is TrialState.Running or TrialState.Failed ? double.NaN : loss,
                n,
                state == TrialState.Running ? 0 : n + 1,
                suggestion.Attributes));
        }

        if (kind == SamplerKind.Random)
            return;
        var late = history.Skip(60).ToList();
        Assert.True(late.Average(t => t.Parameters["layers"].Number) < 2.0, "the model should have moved to few layers");
    }

    [Fact]
    public void RandomIntegersAreUniformOverTheirWholeRange()
    {
        var domain = new NumberDomain(1, 4, Step: 1, Integer: true);
        var random = new RandomStream(9);
        var counts = new int[5];
        for (var i = 0; i < 40_000; i++)
            counts[(int)domain.Sample(random).Number]++;
        // Chi-squared with 3 degrees of freedom: 16.3 is the 0.1 % point.
        Assert.True(counts.Skip(1).Sum(c => Math.Pow(c - 10_000, 2) / 10_000.0) < 16.3);
    }

    [Fact]
    public void LogUniformDrawsAreUniformInTheLogarithm()
    {
        var domain = new NumberDomain(1e-5, 1e-1, Log: true);
        var random = new RandomStream(10);
        var counts = new int[4];
        for (var i = 0; i < 40_000; i++)
            counts[Math.Min(3, (int)(Math.Log10(domain.Sample(random).Number) + 5))]++;
        Assert.True(counts.Sum(c => Math.Pow(c - 10_000, 2) / 10_000.0) < 16.3);
    }

    [Fact]
    public void CmaesGoesOnFromTheHistoryAloneWhateverFinishesLate()
    {
        var options = new SamplerOptions { Kind = SamplerKind.CmaEs, Seed = 2 };
        var function = TestFunctions.Rosenbrock;
        var history = new List<Observation>();
        for (var n = 0; n < 40; n++)
        {
            var s = options.Create(function.Space).Suggest(n, history)!;
            history.Add(new Observation(
                n, s.Parameters, TrialState.Complete, function.Value([.. s.Parameters.Values.Select(v => v.Number)]),
                0, n + 1, s.Attributes));
        }

        var expected = options.Create(function.Space).Suggest(40, history)!.Parameters;
        // A straggler of an old generation with a wonderful value no longer changes what that generation was.
        List<Observation> late =
            [.. history, new Observation(41, history[0].Parameters, TrialState.Complete, -1e9, 0, 99, history[0].Attributes)];
        Assert.Equal(expected, options.Create(function.Space).Suggest(40, late)!.Parameters);
        Assert.Equal(expected, options.Create(function.Space).Suggest(40, [.. Enumerable.Reverse(history)])!.Parameters);
    }

    [Fact]
    public void CmaesAdaptsToAnIllConditionedRotatedQuadratic()
    {
        // Condition 1e4, rotated by 30 degrees: needs the covariance, not only the step size.
        static double Value(double[] x)
        {
            var (u, v) = (x[0] - 0.3, x[1] - 0.6);
            var (a, b) = ((0.866 * u) + (0.5 * v), (-0.5 * u) + (0.866 * v));
            return (a * a) + (1e4 * b * b);
        }

        var strategy = new CmaEs([0.5, 0.5], 0.2);
        var random = new RandomStream(11);
        for (var g = 0; g < 120; g++)
            strategy.Tell([.. Enumerable.Range(0, strategy.Population).Select(_ => strategy.Sample(random)).OrderBy(Value)]);
        Assert.True(Value(strategy.Mean) < 1e-9, $"{Value(strategy.Mean)}");
    }

    private static ParameterSpace MixedSpace(bool continuous) => new(
    [
        new Parameter("optimizer", new ChoiceDomain([ParameterValue.From("adam"), ParameterValue.From("rmsprop")])),
        .. continuous ? new[] { new Parameter("lr", new NumberDomain(1e-5, 1e-1, Log: true)) } : [],
        new Parameter("layers", new NumberDomain(1, 4, Step: 1, Integer: true)),
        new Parameter("alpha", continuous
            ? new NumberDomain(0.9, 0.999)
            : new ChoiceDomain([ParameterValue.From(0.9), ParameterValue.From(0.95), ParameterValue.From(0.99)]),
            [new Condition("optimizer", [ParameterValue.From("rmsprop")])]),
    ]);
}
