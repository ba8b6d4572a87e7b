using System.Runtime.InteropServices;
using FastDqn.Core;
using FastDqn.Learning;
using FastDqn.Learning.Exploration;

namespace FastDqn.Training.Loops;

/// <summary>Gathers the observations of some environments, one after another.</summary>
public delegate void GatherObservations(ReadOnlySpan<int> environments, nint destination);

/// <summary>Expected returns of observations, count x actions.</summary>
public delegate void ComputeQ(nint observations, int count, Span<float> q);

/// <summary>
/// Explores and exploits: the network runs only for the environments whose action is not random.
/// </summary>
public sealed unsafe class ActionChooser : IDisposable
{
    private readonly Explorer _explorer;
    private readonly int _count;
    private readonly int _actions;
    private readonly nint _observations;
    private readonly IDisposable? _pin;
    private readonly float[] _compact;
    private readonly float[] _q;
    private readonly int[] _open;
    private readonly int[] _everyone;
    private bool _observed;

    /// <param name="explorer">Draws the random actions.</param>
    /// <param name="count">Environments.</param>
    /// <param name="actions">Actions an environment has.</param>
    /// <param name="observationBytes">Of one observation.</param>
    /// <param name="registrar">Page-locks the observations where they travel to a GPU; null: they do not.</param>
    public ActionChooser(Explorer explorer, int count, int actions, int observationBytes, IPinnedMemoryRegistrar? registrar = null)
    {
        (_explorer, _count, _actions) = (explorer, count, actions);
        (_compact, _q, _open) = (new float[count * actions], new float[count * actions], new int[count]);
        _everyone = [.. Enumerable.Range(0, count)];
        var bytes = (nuint)count * (nuint)observationBytes;
        _observations = (nint)NativeMemory.AlignedAlloc(bytes, 4096);
        _pin = registrar?.Register(_observations, (long)bytes);
    }

    /// <summary>
    /// Runs the network for every environment: <see cref="Choose"/> then goes by these values, once.
    /// </summary>
    public void Observe(GatherObservations gather, ComputeQ compute)
    {
        ArgumentNullException.ThrowIfNull(gather);
        ArgumentNullException.ThrowIfNull(compute);
        gather(_everyone, _observations);
        compute(_observations, _count, _q);
        _observed = true;
    }

    /// <param name="step">Agent steps taken.</param>
    /// <param name="episodes">Episodes finished.</param>
    /// <param name="chosen">Takes the actions.</param>
    /// <param name="held">Environments, where not 0, that keep the action that stands there; empty: none.</param>
    /// <param name="gather">Gives the observations.</param>
    /// <param name="compute">Gives their Q-values.</param>
    /// <param name="resampleNoise">New noise for the network; null: it has none.</param>
    /// <param name="adviser">Asked instead of the random actions; null: nobody.</param>
    public void Choose(
        long step, long episodes, Span<int> chosen, ReadOnlySpan<byte> held, GatherObservations gather, ComputeQ compute,
        Action? resampleNoise, IAdviser? adviser = null)
    {
        ArgumentNullException.ThrowIfNull(gather);
        ArgumentNullException.ThrowIfNull(compute);
        var undecided = _explorer.Begin(step, chosen, episodes, held);
        for (var i = 0; i < _count && adviser is not null; i++)
        {
            if (chosen[i] != Explorer.Undecided && (held.IsEmpty || held[i] == 0))
                chosen[i] = adviser.Advise(i, chosen[i]);
        }

        var known = _observed;
        _observed = false;
        if (undecided == 0)
            return;
        if (known)
        {
            _explorer.Complete((ReadOnlySpan<float>)_q, chosen);
            return;
        }

        var open = 0;
        for (var i = 0; i < _count; i++)
        {
            if (chosen[i] == Explorer.Undecided)
                _open[open++] = i;
        }

        gather(_open.AsSpan(0, open), _observations);
        resampleNoise?.Invoke();
        compute(_observations, open, _compact.AsSpan(0, open * _actions));
        for (var i = 0; i < open; i++)
            _compact.AsSpan(i * _actions, _actions).CopyTo(_q.AsSpan(_open[i] * _actions));
        _explorer.Complete((ReadOnlySpan<float>)_q, chosen);
    }

    public void Dispose()
    {
        _pin?.Dispose();
        NativeMemory.AlignedFree((void*)_observations);
    }
}
