using FastDqn.Core;

namespace FastDqn.Environments.Atari;

/// <summary>What can emulate the console on this machine.</summary>
public static class AtariBackends
{
    /// <summary>
    /// The version of the installed ALE that <see cref="AtariBackend.Ale"/> uses; null when there is none.
    /// </summary>
    public static string? AleVersion => FindAle().Version;

    /// <summary>Why ALE is not available and how to get it; null when it is.</summary>
    public static string? AleProblem => FindAle().Problem;

    private static unsafe (string? Version, string? Problem) FindAle()
    {
        if (Native.LoadProblem is { } missing)
            return (null, missing);
        const int capacity = 64;
        var version = stackalloc byte[capacity];
        try
        {
            Native.Check(AtariLibrary.fdq_ale_version(version, capacity));
            return (AtariGames.Text(version), null);
        }
        catch (FastDqnException e)
        {
            return (null, e.Message);
        }
    }
}
