namespace FastDqn.Environments.CartPole;

/// <summary>Memory for the four numbers of each pole, for environments that give pictures instead.</summary>
internal sealed class UnseenVectors
{
    // Pinned: the places are addresses in it.
    private readonly float[] _numbers;
    private readonly nint[] _at;

    public unsafe UnseenVectors(int count)
    {
        _numbers = GC.AllocateArray<float>(4 * count, pinned: true);
        _at = new nint[count];
        fixed (float* first = _numbers)
        {
            for (var i = 0; i < count; i++)
                _at[i] = (nint)(first + (4 * i));
        }
    }

    /// <summary>Where each pole's lie.</summary>
    public ReadOnlySpan<nint> At => _at;
}
