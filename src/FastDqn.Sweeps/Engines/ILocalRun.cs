namespace FastDqn.Sweeps.Engines;

/// <summary>A run that works on this machine: a process of its own, or one of several trainings in a process.</summary>
public interface ILocalRun : IDisposable
{
    /// <summary>The share of the machine that it has.</summary>
    Slot Slot { get; }

    /// <summary>The exit code, or null while it runs; 128 + the signal when one ended it.</summary>
    int? ExitCode { get; }

    /// <summary>It did not end by itself: the process that it shares with others died.</summary>
    bool HostDied { get; }

    /// <summary>Asks it to checkpoint and end.</summary>
    void Stop();

    /// <summary>Ends it at once, and with it whatever shares its process.</summary>
    void Kill();

    /// <summary>Its last words, for error messages.</summary>
    string LastLine();
}
