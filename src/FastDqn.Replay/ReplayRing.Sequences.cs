using FastDqn.Core;

namespace FastDqn.Replay;

public sealed unsafe partial class ReplayRing
{
    /// <summary>
    /// Keeps the states of a recurrent network that acts, (lanes, state), before it has seen the newest observations,
    /// where a sequence begins there. To be called before every <see cref="Append"/>.
    /// </summary>
    public void StoreStates(ReadOnlySpan<float> states) => _sequences!.Store(_newest, states);

    private void DrawSequences(ReplayBatch batch, double beta)
    {
        var table = _sequences!;
        if (table.Count == 0)
            throw NothingToSample();
        if (table.Tree is not null)
            DrawLeaves(batch, table.Tree, beta);
        for (var i = 0; i < batch.Size; i++)
        {
            int lane;
            long sequence;
            if (table.Tree is not null)
            {
                (lane, sequence) = table.At(batch.IndexSpan[i]);
            }
            else
            {
                (var drawn, var drawnLane) = Math.DivRem(_random.NextInt64(table.Count * Options.Lanes), Options.Lanes);
                (lane, sequence) = ((int)drawnLane, table.First + drawn);
                batch.WeightSpan[i] = 1;
            }

            table.Copy(lane, sequence, batch.StateSpan, i);
            DescribeSequence(batch, i, lane, sequence * Options.Sequence!.Period);
            batch.IndexSpan[i] = (sequence * Options.Lanes) + lane;
        }
    }

    private void DescribeSequence(ReplayBatch batch, int i, int lane, long start)
    {
        var (shape, size) = (batch.Sequence!, batch.Size);
        for (var step = 0; step < shape.Steps; step++)
        {
            var (time, row) = (start + step, (step * size) + i);
            var starts = (_flags[Place(lane, time)] & Start) != 0;
            batch.Stacks[row] = ActedOn(lane, time);
            batch.StartSpan[row] = starts ? 1 : 0;
            var before = Place(lane, time - 1);
            (batch.LastActionSpan[row], batch.LastRewardSpan[row]) = starts ? (-1L, 0f) : (_actions[before], _rewards[before]);
        }

        for (var step = 0; step < shape.Length; step++)
        {
            var (time, row) = (start + shape.BurnIn + step, (step * size) + i);
            var valid = (_flags[Place(lane, time)] & Last) == 0;
            batch.ValidSpan[row] = valid ? 1 : 0;
            if (valid)
            {
                batch.BootstrapSpan[row] = row + (DescribeReturn(batch, row, lane, time) * size);
                continue;
            }

            batch.BootstrapSpan[row] = row;
            batch.ActionSpan[row] = 0;
            (batch.ReturnSpan[row], batch.DiscountSpan[row]) = (0, 0);
        }
    }
}
