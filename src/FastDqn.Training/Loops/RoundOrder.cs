namespace FastDqn.Training.Loops;

/// <summary>
/// With overlap a round's acting and learning do not depend on each other: they may run at the same time or one after the other and
/// give the same bytes. Which is faster depends on the machine (a core to spare, what else it does), so both are timed, in blocks that
/// take turns, and the faster one is kept for a while. So overlap is never slower than its rounds in sequence but for the trials.
/// </summary>
internal sealed class RoundOrder
{
    internal const int BlockRounds = 12;
    internal const int Blocks = 6;
    internal const int HoldRounds = 3000;
    private readonly long[] _fastest = [long.MaxValue, long.MaxValue];
    private long _sum;
    private int _rounds;
    private int _block; // Blocks: no trial
    private bool _chosen = true;

    /// <summary>Whether the next round acts and learns at the same time.</summary>
    public bool AtOnce => _block < Blocks ? _block % 2 == 0 : _chosen;

    /// <summary>Takes the duration of the round that <see cref="AtOnce"/> decided, in ticks of any clock.</summary>
    public void Done(long ticks)
    {
        _rounds++;
        if (_block == Blocks)
        {
            if (_rounds == HoldRounds)
                (_block, _rounds, _fastest[0], _fastest[1]) = (0, 0, long.MaxValue, long.MaxValue);
            return;
        }

        _sum += ticks;
        if (_rounds < BlockRounds)
            return;
        ref var fastest = ref _fastest[_block % 2];
        fastest = Math.Min(fastest, _sum);
        (_sum, _rounds) = (0, 0);
        if (++_block == Blocks)
            _chosen = _fastest[0] <= _fastest[1];
    }
}
