using FastDqn.Core;

namespace FastDqn.Training.Acting;

/// <summary>
/// The newest observation of each environment. Before a step <see cref="Shift"/>, then the environments write to
/// <see cref="Newest"/>, then <see cref="Start"/>.
/// </summary>
public interface INewestObservations : IStateful, IDisposable
{
    /// <summary>Where environment i writes its newest frame.</summary>
    ReadOnlySpan<nint> Newest { get; }

    /// <summary>What the network is given, one environment's after another's.</summary>
    nint Observations { get; }

    /// <summary>Bytes of it for an environment.</summary>
    int EntryBytes { get; }

    /// <summary>Makes room for the next frames.</summary>
    void Shift();

    /// <summary>The frames are there; 1 where one is an episode's first.</summary>
    void Start(ReadOnlySpan<byte> episodeStart);
}
