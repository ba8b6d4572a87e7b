using FsCheck;
using FsCheck.Fluent;

namespace FastDqn.Replay.Tests;

/// <summary>The ring against the list of transitions, over random shapes, episodes, wraps and ends.</summary>
public sealed class ModelPropertyTests
{
    [Fact]
    public void EverySampledTransitionIsTheModelsAndEveryOneOfTheModelsIsSampled() =>
        Check(prioritised: false);

    [Fact]
    public void TheSameHoldsWithPriorities() => Check(prioritised: true);

    [Fact]
    public void TheNewestStacksAreTheModels()
    {
        Prop.ForAll(Cases(prioritised: false), c =>
        {
            var (environments, ring, model) = Make(c);
            using (ring)
            {
                for (var i = 0; i < c.Steps; i++)
                {
                    var step = environments.Next();
                    FakeEnvironments.Append(ring, step);
                    model.Step(step);
                    AssertNewestStacks(ring, model);
                }
            }
        }).QuickCheckThrowOnFailure();
    }

    private static void Check(bool prioritised)
    {
        Prop.ForAll(Cases(prioritised), c =>
        {
            var (environments, ring, model) = Make(c);
            using (ring)
            using (var batch = new ReplayBatch(7, ring.Options))
            {
                for (var i = 0; i < c.Steps; i++)
                {
                    if (i > 0 && i == c.ResetAt)
                    {
                        var frames = environments.Reset();
                        FakeEnvironments.Deliver(ring, frames);
                        ring.CommitStart();
                        model.Start(frames);
                    }

                    var step = environments.Next();
                    FakeEnvironments.Append(ring, step);
                    model.Step(step);
                    if (i % 17 == 0 || i == c.Steps - 1)
                        AssertSamples(ring, batch, model.Transitions(), exhaustive: i == c.Steps - 1);
                }
            }
        }).QuickCheckThrowOnFailure();
    }

    private static void AssertSamples(
        ReplayRing ring, ReplayBatch batch, Dictionary<long, ModelTransition> expected, bool exhaustive)
    {
        Assert.Equal(expected.Count, ring.Transitions);
        Assert.Equal(expected.Count > 0, ring.CanSample);
        if (expected.Count == 0)
            return;
        var seen = new HashSet<long>();
        // Enough draws to miss one of N equally likely transitions with a chance below e^-20.
        var draws = exhaustive ? 20 + (expected.Count * (int)(20 + Math.Log(expected.Count)) / batch.Size) : 3;
        for (var draw = 0; draw < draws; draw++)
        {
            ring.Sample(batch, 0.5);
            for (var i = 0; i < batch.Size; i++)
            {
                var name = batch.IndexSpan[i];
                Assert.True(expected.TryGetValue(name, out var transition), $"transition {name} is not the model's");
                seen.Add(name);
                var size = (int)batch.ObservationBytes;
                Assert.Equal(transition!.Observation, batch.ObservationSpan.Slice(i * size, size));
                Assert.Equal(transition.NextObservation, batch.NextObservationSpan.Slice(i * size, size));
                Assert.Equal(transition.Action, batch.ActionSpan[i]);
                Assert.Equal(transition.Return, batch.ReturnSpan[i]);
                Assert.Equal(transition.Discount, batch.DiscountSpan[i]);
            }
        }

        if (exhaustive)
            Assert.Equal(expected.Keys.Order(), seen.Order());
    }

    private static unsafe void AssertNewestStacks(ReplayRing ring, ReplayModel model)
    {
        var size = ring.Options.StackDepth * ring.Options.FrameBytes;
        var stacks = new byte[ring.Options.Lanes * size];
        fixed (byte* pointer = stacks)
            ring.GatherStacks((nint)pointer);
        for (var lane = 0; lane < ring.Options.Lanes; lane++)
            Assert.Equal(model.NewestStack(lane), stacks[(lane * size)..((lane + 1) * size)]);
        fixed (byte* pointer = stacks)
            ring.GatherStacks([ring.Options.Lanes - 1], (nint)pointer);
        Assert.Equal(model.NewestStack(ring.Options.Lanes - 1), stacks[..size]);
    }

    private static (FakeEnvironments Environments, ReplayRing Ring, ReplayModel Model) Make(Case c)
    {
        var environments = new FakeEnvironments(c.Options.Lanes, c.Options.FrameBytes, (ulong)c.Seed, c.End);
        var ring = new ReplayRing(c.Options);
        var model = new ReplayModel(c.Options);
        var frames = environments.Reset();
        FakeEnvironments.Deliver(ring, frames);
        ring.CommitStart();
        model.Start(frames);
        return (environments, ring, model);
    }

    private static Arbitrary<Case> Cases(bool prioritised)
    {
        var gen =
            from lanes in Gen.Choose(1, 4)
            from share in Gen.Choose(1, 30)
            from stack in Gen.Choose(1, 5)
            from n in Gen.Choose(1, 5)
            from slack in Gen.Choose(0, 3)
            from repeat in Gen.Elements(true, false)
            from gamma in Gen.Elements(0.99, 0.5, 1.0)
            from clip in Gen.Elements<float?>(null, 1f)
            from end in Gen.Elements(0.02, 0.1, 0.4)
            from steps in Gen.Choose(1, 150)
            from resetAt in Gen.Choose(0, 150)
            from seed in Gen.Choose(0, int.MaxValue)
            from uneven in Gen.Choose(0, 3)
            from hold in Gen.Elements(true, false)
            from replacement in Gen.Elements(true, false)
            let capacity = Math.Max(lanes, (lanes * share) - uneven)
            select new Case(
                new ReplayRingOptions
                {
                    Capacity = capacity,
                    Lanes = lanes,
                    FrameBytes = 12,
                    StackDepth = stack,
                    NStep = n,
                    PrefetchSlack = slack,
                    Padding = repeat ? FramePadding.RepeatFirst : FramePadding.Zero,
                    Gamma = gamma,
                    RewardClip = clip,
                    Priority = prioritised ? new PriorityOptions() : null,
                    HoldAfterTerminal = hold,
                    Replacement = replacement,
                    Seed = (ulong)seed,
                },
                steps,
                resetAt,
                end,
                seed);
        return gen.ToArbitrary();
    }

    private sealed record Case(ReplayRingOptions Options, int Steps, int ResetAt, double End, int Seed);
}
