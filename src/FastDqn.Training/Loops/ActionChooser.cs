using System.Runtime.InteropServices;
using FastDqn.Learning;

namespace FastDqn.Training.Loops;

/// <summary>Gathers the observations of some environments, one after another.</summary>
public delegate void GatherObservations(ReadOnlySpan<int> environments, nint destination);

/// <summary>Expected returns of observations, count x actions.</summary>
public delegate void ComputeQ(nint observations, int count, Span<float> q);

/// <summary>
/// Explores and exploits: the network runs only for the environments whose action is not random.
/// </summary>
public sealed unsafe class ActionChooser(Explorer explorer, int count, int actions, int observationBytes) : IDisposable
{
    private readonly nint _observations = (nint)NativeMemory.AlignedAlloc((nuint)count * (nuint)observationBytes, 4096);
    private readonly float[] _compact = new float[count * actions];
    private readonly float[] _q = new float[count * actions];
    private readonly int[] _open = new int[count];

    /// <param name="adviser">Asked instead of the random actions; null: nobody.</param>
    public void Choose(long step, Span<int> chosen, GatherObservations gather, ComputeQ compute, Action? resampleNoise, IAdviser? adviser = null)
    {
        ArgumentNullException.ThrowIfNull(gather);
        ArgumentNullException.ThrowIfNull(compute);
        var undecided = explorer.Begin(step, chosen);
        for (var i = 0; i < count && adviser is not null; i++)
        {
            if (chosen[i] != Explorer.Undecided)
                chosen[i] = adviser.Advise(i, chosen[i]);
        }

        if (undecided == 0)
            return;
        var open = 0;
        for (var i = 0; i < count; i++)
        {
            if (chosen[i] == Explorer.Undecided)
                _open[open++] = i;
        }

        gather(_open.AsSpan(0, open), _observations);
        resampleNoise?.Invoke();
        compute(_observations, open, _compact.AsSpan(0, open * actions));
        for (var i = 0; i < open; i++)
            _compact.AsSpan(i * actions, actions).CopyTo(_q.AsSpan(_open[i] * actions));
        explorer.Complete((ReadOnlySpan<float>)_q, chosen);
    }

    public void Dispose() => NativeMemory.AlignedFree((void*)_observations);
}
