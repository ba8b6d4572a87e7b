using FastDqn.Learning;
using FastDqn.Replay;
using FastDqn.Training.Telemetry;

namespace FastDqn.Training.Loops;

/// <summary>
/// The learner's half of <see cref="DqnLoop"/>, in three steps: <see cref="Draw"/> decides what the minibatches hold,
/// <see cref="Update"/> learns from them, <see cref="Settle"/> takes what the updates found into the counters and the
/// ring.
/// </summary>
internal sealed class ReplayLearning
{
    private readonly DqnLearner _learner;
    private readonly ReplayRing _ring;
    private readonly ReplaySampler _sampler;
    private readonly UpdateSchedule _schedule;
    private readonly RunCounters _counters;
    private readonly StageTimes _times;
    private readonly double _maxLoss;
    private readonly bool _onDevice;
    private readonly Action<UpdateStats>? _updated;

    // Of the round: what was learned from, and what came of it.
    private readonly ReplayBatch[] _batches;
    private readonly UpdateStats[] _stats;

    /// <param name="learner">Owned by the caller, as are the ring and the sampler.</param>
    /// <param name="ring">Takes the priorities.</param>
    /// <param name="sampler">Gives the minibatches.</param>
    /// <param name="schedule">Gives the importance weights' exponent and how far the run is.</param>
    /// <param name="context">What the loop was given.</param>
    /// <param name="maxLoss">A loss beyond it has diverged.</param>
    public ReplayLearning(
        DqnLearner learner, ReplayRing ring, ReplaySampler sampler, UpdateSchedule schedule, LoopContext context, double maxLoss)
    {
        (_learner, _ring, _sampler, _schedule) = (learner, ring, sampler, schedule);
        (_counters, _times, _maxLoss, _onDevice) = (context.Counters, context.Times, maxLoss, context.Gather is not null);
        _updated = context.Updated;
        _batches = new ReplayBatch[schedule.UpdateLimit];
        _stats = new UpdateStats[schedule.UpdateLimit];
    }

    /// <summary>Draws the next <paramref name="count"/> minibatches from the ring as it is now.</summary>
    public void Draw(int count)
    {
        var start = StageTimes.Now;
        for (var i = 0; i < count; i++)
            _sampler.Enqueue(_schedule.Beta);
        _learner.FollowFrames();
        _times.Add(Stage.Sample, start);
    }

    /// <summary>
    /// Makes <paramref name="count"/> updates, on the thread that the learner lives on. Figures are read as many
    /// updates late as the learner can be ahead of them, and all before this ends; so what comes of them is the same
    /// whether a device works beside the host or not.
    /// </summary>
    /// <exception cref="DivergedException">A loss is not finite or beyond the limit.</exception>
    public void Update(int count)
    {
        try
        {
            Learn(count);
        }
        catch (Exception e)
        {
            // The actor may be waiting for batches that nobody will use.
            _sampler.Fail(e);
            throw;
        }
    }

    /// <summary>Takes the figures and errors of the last <paramref name="count"/> updates into the state.</summary>
    public void Settle(int count)
    {
        for (var i = 0; i < count; i++)
        {
            _counters.AddUpdates(_stats[i]);
            _updated?.Invoke(_stats[i]);
            if (_batches[i].Prioritized)
                _ring.UpdatePriorities(_batches[i]);
        }

        _learner.SetProgress(_schedule.Progress);
    }

    private void Learn(int count)
    {
        var now = StageTimes.Now;
        var collected = 0;
        for (var i = 0; i < count; i++)
        {
            using var span = TrainingTraces.Start(TrainingTraces.Update);
            _batches[i] = _sampler.Take();
            _learner.Submit(_batches[i]);
            var ahead = i + 1 < count ? _learner.Lag : 0;
            while (_learner.Pending > ahead)
                Collect(collected++);
            now = _times.Add(Stage.Update, now);
        }
    }

    /// <summary>
    /// Takes the figures of the round's <paramref name="use"/>-th update; its errors are in the batch by now.
    /// </summary>
    private void Collect(int use)
    {
        var update = _learner.ParametersVersion - _learner.Pending + 1;
        var stats = _stats[use] = _learner.Collect();
        if (!stats.Finite || !(Math.Abs(stats.Loss) <= _maxLoss))
        {
            if (_batches[use].Places.Length > 0)
                _ring.Copy(_batches[use]);
            throw new DivergedException(
                FormattableString.Invariant($"update {update}: the loss is {stats.Loss}"), BatchDump.Describe(_batches[use], stats));
        }

        if (_onDevice)
            _sampler.Used();
    }
}
