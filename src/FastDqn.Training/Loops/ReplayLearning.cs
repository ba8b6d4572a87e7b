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
    private readonly Action<long, UpdateStats>? _updated;

    // What was learned from, and what came of it; update u's are at u % length.
    private readonly ReplayBatch[] _batches;
    private readonly UpdateStats[] _stats;
    private long _submitted;
    private long _collected; // of which figures and errors are here
    private long _settled;   // of which those are a part of the state

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
        // A round's and those that the round before left.
        _batches = new ReplayBatch[schedule.UpdateLimit + learner.Lag];
        _stats = new UpdateStats[_batches.Length];
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
    /// updates late as the learner can be ahead of them; so what comes of them is the same whether a device works
    /// beside the host or not.
    /// </summary>
    /// <param name="count">How many.</param>
    /// <param name="leave">The last ones' figures are left for the next round, or for <see cref="Collect()"/>, and the
    /// device has work meanwhile; false: all are read before this ends.</param>
    /// <exception cref="DivergedException">A loss is not finite or beyond the limit.</exception>
    public void Update(int count, bool leave = false)
    {
        try
        {
            Learn(count, leave);
        }
        catch (Exception e)
        {
            // The actor may be waiting for batches that nobody will use.
            _sampler.Fail(e);
            throw;
        }
    }

    /// <summary>Waits for updates whose figures were left, on the thread that the learner lives on.</summary>
    /// <exception cref="DivergedException">A loss is not finite or beyond the limit.</exception>
    public void Collect()
    {
        while (_learner.Pending > 0)
            CollectOne();
    }

    /// <summary>Updates whose figures were left.</summary>
    public bool Pending => _learner.Pending > 0;

    /// <summary>
    /// Counts <paramref name="count"/> updates and takes the figures and errors that are here into the state.
    /// </summary>
    public void Settle(int count)
    {
        _counters.CountUpdates(count);
        for (; _settled < _collected; _settled++)
        {
            var at = _settled % _batches.Length;
            var number = _counters.Updates - (_submitted - _settled) + 1;
            _counters.AddFigures(_stats[at], number);
            _updated?.Invoke(number, _stats[at]);
            if (_batches[at].Prioritized)
                _ring.UpdatePriorities(_batches[at]);
        }

        _learner.SetProgress(_schedule.Progress);
    }

    private void Learn(int count, bool leave)
    {
        var now = StageTimes.Now;
        for (var i = 0; i < count; i++)
        {
            using var span = TrainingTraces.Start(TrainingTraces.Update);
            var batch = _batches[_submitted % _batches.Length] = _sampler.Take();
            _learner.Submit(batch);
            _submitted++;
            var ahead = leave || i + 1 < count ? _learner.Lag : 0;
            while (_learner.Pending > ahead)
                CollectOne();
            now = _times.Add(Stage.Update, now);
        }
    }

    /// <summary>Takes the figures of the oldest update; its errors are in the batch by now.</summary>
    private void CollectOne()
    {
        var at = _collected % _batches.Length;
        var update = _learner.ParametersVersion - _learner.Pending + 1;
        var stats = _stats[at] = _learner.Collect();
        _collected++;
        if (!stats.Finite || !(Math.Abs(stats.Loss) <= _maxLoss))
        {
            if (_batches[at].Places.Length > 0)
                _ring.Copy(_batches[at]);
            throw new DivergedException(
                FormattableString.Invariant($"update {update}: the loss is {stats.Loss}"), BatchDump.Describe(_batches[at], stats));
        }

        if (_onDevice)
            _sampler.Used();
    }
}
