using FastDqn.Core;

namespace FastDqn.Replay;

public sealed unsafe partial class ReplayRing
{
    private float[] _priorityValues = [];
    private long[] _priorityLeaves = [];
    private readonly HashSet<long> _drawn = [];  // of a batch without replacement

    /// <summary>Whether at least one transition, or sequence, can be drawn.</summary>
    public bool CanSample => _sequences is { } sequences ? sequences.Count > 0 : _tree is null ? _transitions > 0 : _tree.Total > 0;

    /// <summary>Called with a step before which no drawn batch may still be waiting for its copy.</summary>
    internal Action<long>? WaitForCopies { get; set; }

    /// <summary>
    /// Called with the newest step once its frames are complete and before the next slots are given out.
    /// </summary>
    internal Action<long>? Committed { get; set; }

    /// <summary>
    /// Draws a minibatch and copies it: uniformly over all transitions with a known n-step outcome and a whole stack,
    /// or by priority, one from each of B equal shares of the total (Schaul et al. 2016, appendix B.2.1). A batch of
    /// sequences is drawn in the same ways.
    /// </summary>
    /// <param name="batch">Takes it.</param>
    /// <param name="beta">Exponent of the importance weights, 0..1; without effect on a uniform ring.</param>
    public void Sample(ReplayBatch batch, double beta = 0)
    {
        Draw(batch, beta);
        Copy(batch);
    }

    /// <summary>Draws differently from here on, and differently for each <paramref name="branch"/>.</summary>
    public void Branch(int branch) => _random.Branch(branch);

    /// <summary>Takes the errors that the update of a drawn batch wrote as its transitions' priorities.</summary>
    public void UpdatePriorities(ReplayBatch batch)
    {
        ArgumentNullException.ThrowIfNull(batch);
        UpdatePriorities(batch.IndexSpan, batch.ErrorSpan);
    }

    /// <summary>
    /// Sets the priorities of drawn transitions to (|TD error| + epsilon)^alpha. Transitions that have left the ring
    /// meanwhile are passed over. Without effect on a uniform ring.
    /// </summary>
    /// <param name="indices">(B): <see cref="ReplayBatch.IndexSpan"/>.</param>
    /// <param name="errors">(B): TD errors of either sign.</param>
    public void UpdatePriorities(ReadOnlySpan<long> indices, ReadOnlySpan<float> errors)
    {
        if (indices.Length != errors.Length)
            throw new ArgumentException($"{indices.Length} indices with {errors.Length} errors", nameof(errors));
        if (Options.Priority is not { } priority)
            return;
        if (_priorityLeaves.Length < indices.Length)
        {
            _priorityLeaves = new long[indices.Length];
            _priorityValues = new float[indices.Length];
        }

        var (first, period) = (FirstSampleable, Options.Sequence?.Period ?? 1);
        var count = 0;
        for (var i = 0; i < indices.Length; i++)
        {
            var (time, lane) = Math.DivRem(indices[i], Options.Lanes);
            var value = (float)Math.Pow(Math.Abs((double)errors[i]) + priority.Epsilon, priority.Alpha);
            if (!float.IsFinite(value))
                throw new FastDqnException($"replay: a TD error of {errors[i]} cannot be a priority: the loss has diverged");
            _highest = Math.Max(_highest, value);
            if (time * period < first || (_sequences is null && time >= _resolved[lane]))
                continue;
            _priorityLeaves[count] = _sequences is null ? Place((int)lane, time) : _sequences.Leaf((int)lane, time);
            _priorityValues[count++] = value;
        }

        (_tree ?? _sequences!.Tree!).Set(_priorityLeaves.AsSpan(0, count), _priorityValues.AsSpan(0, count));
    }

    /// <summary>Decides what the batch holds: everything but the observations themselves.</summary>
    internal void Draw(ReplayBatch batch, double beta)
    {
        Mirror(_newest);
        (batch.Horizon, batch.Drawn) = (_newest, true);
        if (batch.Sequence is not null)
            DrawSequences(batch, beta);
        else if (_tree is null)
            DrawUniform(batch);
        else
            DrawByPriority(batch, beta);
    }

    /// <summary>
    /// Copies the observations of a drawn batch to its own memory; may run on another thread within the prefetch slack.
    /// </summary>
    public void Copy(ReplayBatch batch)
    {
        ArgumentNullException.ThrowIfNull(batch);
        _arrivals?.Wait();
        fixed (ReplayLibrary.ReplayFrames* view = &_view)
        fixed (StackPlace* first = batch.Stacks, second = batch.NextStacks, following = batch.FollowingStacks)
        {
            if (batch.Sequence is not null)
            {
                ReplayLibrary.fdq_replay_gather(view, first, batch.Rows, (byte*)batch.Observations);
                return;
            }

            ReplayLibrary.fdq_replay_gather_pairs(
                view, first, second, batch.Size, (byte*)batch.Observations, (byte*)batch.NextObservations);
            if (batch.Ahead > 0)
                ReplayLibrary.fdq_replay_gather(view, following, batch.FollowingRows, (byte*)batch.Following);
        }
    }

    private bool IsTransition(int lane, long time) =>
        time < _resolved[lane] && (_flags[Place(lane, time)] & Last) == 0;

    private void DrawUniform(ReplayBatch batch)
    {
        if (_transitions == 0)
            throw NothingToSample();
        var first = FirstSampleable;
        var candidates = (_newest - first) * Options.Lanes;
        _drawn.Clear();
        for (var i = 0; i < batch.Size;)
        {
            var (time, lane) = Math.DivRem(_random.NextInt64(candidates), Options.Lanes);
            time += first;
            if (!IsTransition((int)lane, time))
                continue;
            if (!Options.Replacement)
            {
                if (_drawn.Count == _transitions)
                    _drawn.Clear();
                if (!_drawn.Add((time * Options.Lanes) + lane))
                    continue;
            }

            batch.WeightSpan[i] = 1;
            Describe(batch, i++, (int)lane, time);
        }
    }

    private void DrawByPriority(ReplayBatch batch, double beta)
    {
        DrawLeaves(batch, _tree!, beta);
        for (var i = 0; i < batch.Size; i++)
        {
            var (lane, slot) = Math.DivRem(batch.IndexSpan[i], _slots);
            var age = (_newest % _slots) - slot;
            Describe(batch, i, (int)lane, _newest - (age < 0 ? age + _slots : age));
        }
    }

    // Leaves by priority in the place of the indices, and their weights.
    private void DrawLeaves(ReplayBatch batch, SumTree tree, double beta)
    {
        if (beta is not (>= 0 and <= 1))
            throw new FastDqnException(ErrorKind.Usage, $"replay: an importance exponent beta of {beta}; it lies within 0..1");
        var total = tree.Total;
        if (!(total > 0))
            throw NothingToSample();
        var lowest = float.PositiveInfinity;
        for (var i = 0; i < batch.Size; i++)
        {
            var leaf = tree.Find((i + _random.NextDouble()) / batch.Size * total);
            batch.IndexSpan[i] = leaf;
            batch.WeightSpan[i] = tree[leaf];
            lowest = Math.Min(lowest, tree[leaf]);
        }

        // (N P(i))^-beta over its largest: N and the total cancel.
        foreach (ref var weight in batch.WeightSpan)
            weight = (float)Math.Pow((double)lowest / weight, beta);
    }

    // Follows the transition for up to n steps: to the first one that nothing follows, or to the episode's end.
    private void Describe(ReplayBatch batch, int i, int lane, long time)
    {
        batch.Stacks[i] = ActedOn(lane, time);
        batch.NextStacks[i] = StackAt(lane, time + DescribeReturn(batch, i, lane, time));
        batch.IndexSpan[i] = (time * Options.Lanes) + lane;
        if (batch.Ahead > 0)
            DescribeFollowing(batch, i, lane, time);
    }

    // The steps after the transition's first one, up to the episode's end or the newest frames; then none is valid.
    private void DescribeFollowing(ReplayBatch batch, int i, int lane, long time)
    {
        for (var row = i; row < batch.FollowingRows; row += batch.Size)
        {
            var place = Place(lane, time);
            var valid = time < _newest && (_flags[place] & (Terminal | Last)) == 0;
            batch.FollowingValidSpan[row] = valid ? 1 : 0;
            batch.FollowingActionSpan[row] = valid ? _actions[place] : 0;
            batch.FollowingStacks[row] = StackAt(lane, valid ? ++time : time);
        }
    }

    // Action, return and discount; the result is the steps of the return.
    private int DescribeReturn(ReplayBatch batch, int i, int lane, long time)
    {
        var sum = 0.0;
        var steps = 0;
        var terminal = false;
        do
        {
            var place = Place(lane, time + steps);
            sum += _gammaPowers[steps] * _rewards[place];
            steps++;
            terminal = (_flags[place] & Terminal) != 0;
        }
        while (steps < Options.NStep && !terminal && (_flags[Place(lane, time + steps)] & Last) == 0);

        batch.ActionSpan[i] = _actions[Place(lane, time)];
        batch.ReturnSpan[i] = (float)sum;
        batch.DiscountSpan[i] = terminal ? 0 : (float)_gammaPowers[steps];
        return steps;
    }

    private FastDqnException NothingToSample() =>
        new($"replay: there is no transition to sample after {Steps} steps of {Options.Lanes} environments");
}
