using FastDqn.Core;

namespace FastDqn.Replay.Tests;

/// <summary>Draws follow the stated distribution: chi-square statistics of fixed seeds within wide bounds.</summary>
public sealed class StatisticsTests
{
    private const int Draws = 200_000;
    private const int BatchSize = 50;

    [Fact]
    public void UniformDrawsAreUniformOverWhatCanBeSampled()
    {
        var environments = new FakeEnvironments(4, 24, 11);
        using var ring = Rings.Started(Rings.Options(capacity: 160, lanes: 4), environments);
        Rings.Run(ring, environments, 300);
        var counts = Count(ring, beta: 0, out _);
        var expected = Draws / (double)counts.Count;
        Assert.InRange(counts.Count, 100, 160);
        AssertChiSquare(counts.Keys, name => counts[name], _ => expected);
    }

    [Fact]
    public void WithoutReplacementABatchHoldsNoTransitionTwiceWhileThereAreOthers()
    {
        var environments = new FakeEnvironments(4, 24, 11);
        using var ring = Rings.Started(Rings.Options(capacity: 160, lanes: 4) with { Replacement = false }, environments);
        Rings.Run(ring, environments, 300);
        using var batch = new ReplayBatch(BatchSize, ring.Options);
        for (var draw = 0; draw < 200; draw++)
        {
            ring.Sample(batch);
            Assert.Equal(BatchSize, batch.IndexSpan.ToArray().Distinct().Count());
        }

        var counts = Count(ring, beta: 0, out _);
        AssertChiSquare(counts.Keys, name => counts[name], _ => Draws / (double)counts.Count, stratified: true);

        // A batch larger than the memory holds every transition as often as the others, or once more.
        using var large = new ReplayBatch((int)(2 * ring.Transitions) + 3, ring.Options);
        ring.Sample(large);
        var often = large.IndexSpan.ToArray().CountBy(name => name).Select(c => c.Value).ToList();
        Assert.Equal((ring.Transitions, 3), (often.Count, often.Count(n => n == 3)));
        Assert.All(often, n => Assert.InRange(n, 2, 3));
    }

    [Fact]
    public void PrioritisedDrawsAreProportionalToThePrioritiesToThePowerAlpha()
    {
        var priority = new PriorityOptions { Alpha = 0.7 };
        using var ring = Prioritised(priority, out var errors);
        var masses = errors.ToDictionary(e => e.Key, e => Math.Pow(e.Value + priority.Epsilon, priority.Alpha));
        var total = masses.Values.Sum();
        var counts = Count(ring, beta: 0, out _);
        // Stratified draws vary less than independent ones: the statistic may only be smaller.
        AssertChiSquare(masses.Keys, name => counts.GetValueOrDefault(name), name => Draws * masses[name] / total, stratified: true);
    }

    [Fact]
    public void ImportanceWeightsUndoTheBiasAtBeta1()
    {
        using var ring = Prioritised(new PriorityOptions(), out var errors);
        Count(ring, beta: 1, out var weights);
        var lowest = errors.Values.Min();
        foreach (var (name, weight) in weights)
        {
            // Weights are scaled by each batch's own largest, so between two of one batch only the ratio is fixed.
            Assert.InRange(weight, 0f, 1f);
            Assert.True(weight > 0, $"transition {name} of error {errors[name]} (lowest {lowest})");
        }

        using var batch = new ReplayBatch(BatchSize, ring.Options);
        ring.Sample(batch, 1);
        Assert.Equal(1f, batch.WeightSpan.ToArray().Max());
        for (var i = 1; i < BatchSize; i++)
        {
            var ratio = Math.Pow((errors[batch.IndexSpan[0]] + 1e-6) / (errors[batch.IndexSpan[i]] + 1e-6), 0.6);
            Assert.Equal(ratio, batch.WeightSpan[i] / batch.WeightSpan[0], 1e-4 * ratio);
        }

        ring.Sample(batch, 0);
        Assert.All(batch.WeightSpan.ToArray(), weight => Assert.Equal(1f, weight));
    }

    [Fact]
    public void NewTransitionsEnterAtTheHighestPriority()
    {
        using var ring = Prioritised(new PriorityOptions { Alpha = 1 }, out var errors);
        var environments = new FakeEnvironments(2, 24, 77, end: 0);
        // The lanes were ended by the start below; every transition after it is new and weighs the most.
        FakeEnvironments.Deliver(ring, environments.Reset());
        ring.CommitStart();
        var first = ring.Steps - 1;
        Rings.Run(ring, environments, 10);
        var counts = Count(ring, beta: 0, out _);
        var newOnes = counts.Where(c => c.Key / 2 >= first).ToList();
        Assert.Equal(2 * (10 - ring.Options.NStep + 1), newOnes.Count);
        var highest = counts.Where(c => errors.GetValueOrDefault(c.Key) == errors.Values.Max()).Average(c => c.Value);
        Assert.All(newOnes, c => Assert.InRange(c.Value, 0.8 * highest, 1.2 * highest));
    }

    [Fact]
    public void ADivergedErrorIsRefusedAsAPriority()
    {
        using var ring = Prioritised(new PriorityOptions(), out var errors);
        var error = Assert.Throws<FastDqnException>(() => ring.UpdatePriorities([errors.Keys.First()], [float.NaN]));
        Assert.Contains("diverged", error.Message, StringComparison.Ordinal);
    }

    private static ReplayRing Prioritised(PriorityOptions priority, out Dictionary<long, double> errors)
    {
        var environments = new FakeEnvironments(2, 24, 13);
        var ring = Rings.Started(Rings.Options(capacity: 80, lanes: 2, priority), environments);
        Rings.Run(ring, environments, 100);
        errors = [];
        foreach (var name in Count(ring, 0, out _).Keys)
        {
            errors[name] = (name % 7) + 1;
            ring.UpdatePriorities([name], [(float)(errors[name] * (name % 2 == 0 ? 1 : -1))]);
        }

        return ring;
    }

    private static Dictionary<long, int> Count(ReplayRing ring, double beta, out Dictionary<long, float> weights)
    {
        var counts = new Dictionary<long, int>();
        weights = [];
        using var batch = new ReplayBatch(BatchSize, ring.Options);
        for (var draw = 0; draw < Draws / BatchSize; draw++)
        {
            ring.Sample(batch, beta);
            for (var i = 0; i < BatchSize; i++)
            {
                counts[batch.IndexSpan[i]] = counts.GetValueOrDefault(batch.IndexSpan[i]) + 1;
                weights[batch.IndexSpan[i]] = batch.WeightSpan[i];
            }
        }

        return counts;
    }

    private static void AssertChiSquare(
        IReadOnlyCollection<long> names, Func<long, int> count, Func<long, double> expected, bool stratified = false)
    {
        var statistic = names.Sum(name => Math.Pow(count(name) - expected(name), 2) / expected(name));
        var freedom = names.Count - 1;
        // Mean k, variance 2k: five standard deviations either way.
        var spread = 5 * Math.Sqrt(2.0 * freedom);
        Assert.InRange(statistic, stratified ? 0 : freedom - spread, freedom + spread);
    }
}
