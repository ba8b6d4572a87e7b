using FastDqn.Core;
using FastDqn.Environments;
using FastDqn.Learning;
using FastDqn.Learning.Specs;
using FastDqn.Training.Loops;

namespace FastDqn.Training.Tests;

public sealed class UpdateScheduleTests
{
    private readonly RunCounters _counters = new();

    [Fact]
    public void UpdatesFollowTheWarmUpAtTheirRhythm()
    {
        var schedule = Schedule(environments: 1, stepsPerUpdate: 4);
        var due = new List<long>();
        while (_counters.Steps < 24)
        {
            Assert.Equal(_counters.Steps < 10, schedule.Filling);
            Assert.Equal(schedule.Filling, schedule.ActsAtRandom);
            if (schedule.DueUpdates(canSample: true) > 0)
            {
                due.Add(_counters.Steps);
                _counters.AddUpdates(default);
            }

            Act(1);
        }

        Assert.Equal([10, 14, 18, 22], due);
    }

    [Fact]
    public void WhatIsDueAtOnceIsOneRoundsAtMost()
    {
        var schedule = Schedule(environments: 8, stepsPerUpdate: 2);
        Assert.Equal(4, schedule.UpdateLimit);
        Act(24);
        Assert.Equal(4, schedule.DueUpdates(canSample: true));
        Assert.Equal(0, schedule.DueUpdates(canSample: false));
        Assert.Equal(10 + (2 * 4), schedule.NextDue(inFlight: 4));
        Act(1000);
        Assert.Equal(100, schedule.NextDue(inFlight: 1000));
        Assert.Equal(ErrorKind.Usage, Assert.Throws<FastDqnException>(() => Schedule(environments: 130, stepsPerUpdate: 2)).Kind);
    }

    [Fact]
    public void AMemoryThatFillsAnewIsWaitedForAndFilledByThePolicy()
    {
        var schedule = Schedule(environments: 1, stepsPerUpdate: 4);
        Act(14);
        _counters.AddUpdates(default, 2);
        _counters.BeginFill();
        Assert.True(schedule.Filling);
        Assert.False(schedule.ActsAtRandom);
        Assert.Equal(0, schedule.DueUpdates(canSample: true));
        Assert.Equal(0, schedule.NextDue(inFlight: 0));
        Act(10);
        Assert.Equal(1, schedule.DueUpdates(canSample: true));
        Assert.Equal(28, schedule.NextDue(inFlight: 1));
    }

    [Fact]
    public void BetaGoesFromItsStartToItsEndOverTheRun()
    {
        var schedule = Schedule(environments: 1, stepsPerUpdate: 4);
        Assert.Equal(0.4, schedule.Beta);
        Act(50);
        Assert.Equal(0.7, schedule.Beta, 12);
        Act(80);
        Assert.Equal(1, schedule.Beta, 12);
    }

    private UpdateSchedule Schedule(int environments, int stepsPerUpdate)
    {
        var spec = new AlgorithmSpec { Schedule = new ScheduleSpec { WarmUp = 10, StepsPerUpdate = stepsPerUpdate } };
        return new UpdateSchedule(spec, environments, _counters, totalSteps: 100);
    }

    private void Act(int steps) => _counters.AddSteps(new StepResult(steps));
}
