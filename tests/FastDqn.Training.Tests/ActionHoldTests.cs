using FastDqn.Core;
using FastDqn.Environments;
using FastDqn.Environments.CartPole;
using FastDqn.Training.Acting;
using FastDqn.Training.Configuration;
using FastDqn.Training.Evaluation;
using FastDqn.Training.Loops;

namespace FastDqn.Training.Tests;

/// <summary>Actions that are kept for several steps, in training and in evaluation.</summary>
public sealed class ActionHoldTests
{
    [Fact]
    public void AnActionIsKeptForItsStepsOrToTheEpisodesEnd()
    {
        var (step, hold) = (new StepResult(2), new ActionHold(new int[2], 6, 3));
        var held = new List<string>();
        for (var t = 0; t < 8; t++)
        {
            held.Add(string.Concat(hold.Held.ToArray().Select(h => h == 0 ? '.' : 'k')));
            step.Terminated[1] = (byte)(t == 1 ? 1 : 0);
            step.EpisodeStart[1] = (byte)(t == 2 ? 1 : 0);
            hold.Stepped(step);
        }

        Assert.Equal(["..", "kk", "k.", "..", "kk", "kk", "..", "kk"], held);
        hold.Release();
        Assert.Equal([0, 0], hold.Held.ToArray());
    }

    [Fact]
    public void WhatIsKeptSavesAndRestoresItself()
    {
        var (actions, step) = (new[] { 4, 5 }, new StepResult(2));
        var hold = new ActionHold(actions, 6, 3);
        hold.Stepped(step);
        using var stream = new MemoryStream();
        hold.Save(new StateWriter(stream));
        var restored = new int[2];
        var copy = new ActionHold(restored, 6, 3);
        stream.Position = 0;
        copy.Load(new StateReader(stream));
        Assert.Equal(actions, restored);
        Assert.Equal([2, 2], copy.Held.ToArray());
        foreach (var (choices, repeat) in new[] { (6, 2), (5, 3) })
        {
            stream.Position = 0;
            var other = new ActionHold(new int[2], choices, repeat);
            Assert.Equal(ErrorKind.BadData, Assert.Throws<FastDqnException>(() => other.Load(new StateReader(stream))).Kind);
        }
    }

    [Fact]
    public void AnEvaluatedPolicyKeepsItsActionsToo()
    {
        var watched = new Watched();
        using var environments = CartPoleEnvironment.V1(1);
        // A policy that changes its mind with every step.
        var turn = 0;
        Evaluator.Run(new Spy(environments, watched) { Repeat = 3 }, new Fickle(() => turn++ % 2), 3, 0, 5, repeat: 3);
        Assert.True(watched.Runs.Count > 6);
        Assert.All(watched.Runs, run => Assert.Equal(3, run));
    }

    [Theory]
    [InlineData(100_000)]
    [InlineData(20)]
    public void ATrainingStoresEveryStepOfAKeptAction(int warmUp)
    {
        var config = SmallRuns.Config(
            "dqn", "train.action_repeat=4", "env.count=1", $"schedule.warm_up={warmUp}", "train.overlap=false", "exploration.end=1");
        var watched = new Watched();
        using var environments = CartPoleEnvironment.V1(1);
        var counters = new RunCounters();
        var context = new LoopContext(
            Algorithms.ToSpec(config), EnvironmentBinding.InputOf(environments.Observation), "cpu", counters, new EpisodeTracker(1),
            new StageTimes(false), _ => { });
        using var loop = new DqnLoop(config, new Spy(environments, watched), context);
        loop.Begin();
        while (counters.Steps < 300)
            loop.Advance();
        Assert.Equal(300, loop.ReplayFill);
        Assert.All(watched.Runs, run => Assert.Equal(4, run));
        // One in two choices is another action than before.
        Assert.InRange(watched.Changes, 8, 60);
    }

    /// <summary>How long each action was kept, episodes' last ones aside.</summary>
    private sealed class Watched
    {
        private readonly List<int> _actions = [];

        public List<int> Runs { get; } = [];

        public int Changes { get; private set; }

        public void Acted(int action, bool over, int repeat)
        {
            _actions.Add(action);
            if (!over)
                return;
            for (var i = 0; i + repeat <= _actions.Count; i += repeat)
            {
                Runs.Add(_actions.Skip(i).Take(repeat).TakeWhile(a => a == _actions[i]).Count());
                Changes += i > 0 && _actions[i] != _actions[i - 1] ? 1 : 0;
            }

            _actions.Clear();
        }
    }

    private sealed class Fickle(Func<int> next) : IPolicy
    {
        public void Act(nint observations, int count, Span<int> actions, Span<float> values) => actions[0] = next();
    }

    private sealed class Spy(IVectorEnvironment inside, Watched watched) : IVectorEnvironment
    {
        public string Name => inside.Name;

        public int Count => inside.Count;

        public ObservationSpec Observation => inside.Observation;

        public IReadOnlyList<string> ActionNames => inside.ActionNames;

        public double FramesPerStep => inside.FramesPerStep;

        public int Repeat { get; init; } = 4;

        public void Reset(ulong seed, ReadOnlySpan<nint> frames, StepResult result) => inside.Reset(seed, frames, result);

        public void Step(ReadOnlySpan<int> actions, ReadOnlySpan<nint> frames, StepResult result)
        {
            inside.Step(actions, frames, result);
            if (result.EpisodeStart[0] == 0)
                watched.Acted(actions[0], (result.Terminated[0] | result.Truncated[0]) != 0, Repeat);
        }

        public void Save(StateWriter writer) => inside.Save(writer);

        public void Load(StateReader reader) => inside.Load(reader);

        public void Dispose()
        {
        }
    }
}
