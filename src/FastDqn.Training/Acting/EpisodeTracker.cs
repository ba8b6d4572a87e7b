using FastDqn.Core;
using FastDqn.Environments;

namespace FastDqn.Training.Acting;

/// <summary>A finished episode of training or evaluation: raw, unclipped return of a whole game.</summary>
/// <param name="Environment">Which environment played it.</param>
/// <param name="Number">Episodes finished before it, plus one.</param>
/// <param name="Return">Sum of raw rewards.</param>
/// <param name="Length">Agent steps.</param>
/// <param name="Frames">Emulated frames.</param>
/// <param name="Truncated">A limit cut it.</param>
public readonly record struct Episode(int Environment, long Number, double Return, long Length, long Frames, bool Truncated);

/// <summary>
/// Sums rewards and lengths of the games under way and remembers the last returns; a lost life ends no game,
/// whatever it is to the learner.
/// </summary>
public sealed class EpisodeTracker(int count, int window = 100) : IStateful
{
    private readonly double[] _returns = new double[count];
    private readonly long[] _lengths = new long[count];
    private readonly long[] _frames = new long[count];
    private readonly double[] _recent = new double[window];

    /// <summary>Episodes finished.</summary>
    public long Finished { get; private set; }

    /// <summary>Mean return of the last episodes (at most the window); NaN before the first.</summary>
    public double RecentMean
    {
        get
        {
            var known = (int)Math.Min(Finished, _recent.Length);
            if (known == 0)
                return double.NaN;
            var sum = 0.0;
            for (var i = 0; i < known; i++)
                sum += _recent[i];
            return sum / known;
        }
    }

    /// <summary>True once a whole window of episodes is known.</summary>
    public bool WindowFull => Finished >= _recent.Length;

    /// <summary>Adds a vector step; calls <paramref name="ended"/> for each episode that it ended.</summary>
    public void Add(StepResult step, Action<Episode>? ended)
    {
        ArgumentNullException.ThrowIfNull(step);
        for (var i = 0; i < count; i++)
        {
            if (step.EpisodeStart[i] != 0)
            {
                // The game of a life that ended may have ended with it, or before the next one began.
                if (step.EpisodeStart[i] == 1 && _lengths[i] > 0)
                    End(i, truncated: false, ended);
                continue;
            }

            _returns[i] += step.Rewards[i];
            _lengths[i]++;
            _frames[i] += step.Frames[i];
            if ((step.Terminated[i] | step.Truncated[i]) != 0 && !step.LifeEnded(i))
                End(i, step.Terminated[i] == 0, ended);
        }
    }

    private void End(int i, bool truncated, Action<Episode>? ended)
    {
        _recent[Finished++ % _recent.Length] = _returns[i];
        ended?.Invoke(new Episode(i, Finished, _returns[i], _lengths[i], _frames[i], truncated));
        (_returns[i], _lengths[i], _frames[i]) = (0, 0, 0);
    }

    /// <summary>Forgets the episodes under way, which are not counted: their environments were reset.</summary>
    public void Abandon()
    {
        Array.Clear(_returns);
        Array.Clear(_lengths);
        Array.Clear(_frames);
    }

    public void Save(StateWriter writer)
    {
        writer.Section("episodes", 1);
        writer.WriteInt64(Finished);
        writer.WriteSpan<double>(_returns);
        writer.WriteSpan<long>(_lengths);
        writer.WriteSpan<long>(_frames);
        writer.WriteSpan<double>(_recent);
    }

    public void Load(StateReader reader)
    {
        reader.Section("episodes", 1);
        Finished = reader.ReadInt64();
        if (Finished < 0)
            throw new FastDqnException(ErrorKind.BadData, "bad state: a negative number of episodes");
        reader.ReadSpan<double>(_returns);
        reader.ReadSpan<long>(_lengths);
        reader.ReadSpan<long>(_frames);
        reader.ReadSpan<double>(_recent);
    }
}
