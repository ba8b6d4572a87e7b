using FastDqn.Core;
using FastDqn.Environments;
using FastDqn.Learning;
using FastDqn.Learning.Specs;
using FastDqn.Training.Acting;
using FastDqn.Training.Configuration;
using FastDqn.Training.Loops;

namespace FastDqn.Training.Tests;

public sealed class UpdateScheduleTests
{
    private readonly RunCounters _counters = new();
    private readonly EpisodeTracker _tracker = new(1);

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
        // Due at 10, 12, ..., 24: those in flight and as many again.
        Assert.True(schedule.Acted(inFlight: 7, 0));
        Assert.False(schedule.Acted(inFlight: 8, 0));
        Act(1000);
        Assert.True(schedule.Acted(inFlight: 1000, 0));
        Assert.Equal(ErrorKind.Usage, Assert.Throws<FastDqnException>(() => Schedule(environments: 130, stepsPerUpdate: 2)).Kind);
    }

    /// <summary>More updates than steps: the replay ratio of sample-efficient algorithms.</summary>
    [Fact]
    public void ARoundOfUpdatesMayFollowEveryStep()
    {
        var schedule = Schedule(1, new ScheduleSpec { WarmUp = 10, StepsPerUpdate = 2, UpdatesPerRound = 8 }, episodes: 0);
        Assert.Equal(8, schedule.UpdateLimit);
        var due = new List<(long, int)>();
        while (_counters.Steps < 15)
        {
            if (schedule.DueUpdates(canSample: true) is > 0 and var count)
            {
                due.Add((_counters.Steps, count));
                Assert.False(schedule.Acted(inFlight: count, 0));
                _counters.AddUpdates(default, count);
            }

            Act(1);
        }

        Assert.Equal([(10, 8), (12, 8), (14, 8)], due);
        var rounds = new ScheduleSpec { StepsPerUpdate = 1, UpdatesPerRound = 65 };
        var error = Assert.Throws<FastDqnException>(() => Schedule(1, rounds, episodes: 0));
        Assert.Equal(ErrorKind.Usage, error.Kind);
        Assert.Contains(
            "schedule.updates_per_round 65 asks for 65 updates a vector step; at most 64", error.Message, StringComparison.Ordinal);
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
        Assert.True(schedule.Acted(inFlight: 0, 0));
        Act(10);
        Assert.Equal(1, schedule.DueUpdates(canSample: true));
        Act(3);
        Assert.False(schedule.Acted(inFlight: 1, 0));
        Act(1);
        Assert.True(schedule.Acted(inFlight: 1, 0));
    }

    [Fact]
    public void AWarmUpMayFollowThePolicy()
    {
        var schedule = Schedule(1, new ScheduleSpec { WarmUp = 10, WarmUpRandom = false }, episodes: 0);
        Assert.Equal((true, false, 0), (schedule.Filling, schedule.ActsAtRandom, schedule.DueUpdates(canSample: true)));
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

    /// <summary>A hundred random episodes, then twenty updates after every fifth one.</summary>
    [Fact]
    public void RoundsOfUpdatesFollowEpisodes()
    {
        var schedule = Schedule(1, new ScheduleSpec { WarmUpEpisodes = 100, EpisodesPerRound = 5, UpdatesPerRound = 20 }, episodes: 120);
        Assert.Equal(20, schedule.UpdateLimit);
        var due = new List<(long, int)>();
        while (!schedule.Acted(0, 0) || _tracker.Finished < 120)
        {
            Assert.Equal(_tracker.Finished < 100, schedule.ActsAtRandom);
            if (schedule.DueUpdates(canSample: true) is > 0 and var count)
            {
                Assert.True(schedule.Waits(0));
                due.Add((_tracker.Finished, count));
                _counters.AddUpdates(default, count);
            }

            Assert.False(schedule.Waits(0));
            Act(7);
            End(1);
            schedule.Note();
        }

        Assert.Equal([(105, 20), (110, 20), (115, 20)], due);
        Assert.Equal(1, schedule.Progress);
    }

    [Fact]
    public void EpisodesThatEndTogetherAskForAllTheirUpdatesAtMostALimitAtATime()
    {
        var schedule = Schedule(8, new ScheduleSpec { WarmUpEpisodes = 2, EpisodesPerRound = 2, UpdatesPerRound = 50 }, episodes: 100);
        End(2);
        schedule.Note();
        Assert.Equal(0, schedule.DueUpdates(canSample: true));
        Assert.False(schedule.Acted(inFlight: 1, finished: 2));
        End(5);
        Assert.Equal(50, schedule.DueUpdates(canSample: true));
        Assert.True(schedule.Waits(inFlight: 50));
        Assert.False(schedule.Waits(inFlight: 100));
        // With updates in flight acting goes on to the end of the next episode.
        Assert.False(schedule.Acted(inFlight: 100, finished: 7));
        Assert.True(schedule.Acted(inFlight: 100, finished: 6));
        Assert.True(schedule.Acted(inFlight: 0, finished: 7));
    }

    [Fact]
    public void WhatIsCountedInTheOtherUnitBeginsWhereTheWarmUpEnded()
    {
        var steps = Schedule(1, new ScheduleSpec { WarmUpEpisodes = 2, StepsPerUpdate = 4 }, episodes: 100);
        Act(7);
        End(1);
        steps.Note();
        Assert.True(steps.Filling);
        Act(6);
        End(1);
        steps.Note();
        Assert.Equal((13, 2), (_counters.LearningSteps, _counters.LearningEpisodes));
        Assert.Equal(1, steps.DueUpdates(canSample: true));
        Act(4);
        steps.Note();
        _counters.AddUpdates(default);
        Assert.Equal(1, steps.DueUpdates(canSample: true));

        // A memory that fills anew is waited for as long again.
        _counters.BeginFill(_tracker.Finished);
        var rounds = Schedule(1, new ScheduleSpec { WarmUp = 10, EpisodesPerRound = 3, UpdatesPerRound = 2 }, episodes: 100);
        End(4);
        Assert.True(rounds.Filling);
        Act(10);
        rounds.Note();
        Assert.Equal(6, _counters.LearningEpisodes);
        End(2);
        Assert.Equal(0, rounds.DueUpdates(canSample: true));
        End(1);
        Assert.Equal(2, rounds.DueUpdates(canSample: true));
    }

    private UpdateSchedule Schedule(int environments, int stepsPerUpdate) =>
        Schedule(environments, new ScheduleSpec { WarmUp = 10, StepsPerUpdate = stepsPerUpdate }, episodes: 0);

    private UpdateSchedule Schedule(int environments, ScheduleSpec schedule, long episodes)
    {
        var length = new RunLength(new TrainOptions { Steps = 100, Episodes = episodes }, _counters, _tracker);
        return new UpdateSchedule(new AlgorithmSpec { Schedule = schedule }, environments, _counters, _tracker, length);
    }

    private void End(int episodes)
    {
        var step = new StepResult(1);
        step.Terminated[0] = 1;
        for (var i = 0; i < episodes; i++)
            _tracker.Add(step, null);
    }

    private void Act(int steps) => _counters.AddSteps(new StepResult(steps));
}
