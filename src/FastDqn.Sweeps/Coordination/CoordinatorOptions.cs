namespace FastDqn.Sweeps.Coordination;

/// <summary>The rhythm of a coordinator.</summary>
public sealed record CoordinatorOptions
{
    /// <summary>Between signs of life in the database.</summary>
    public TimeSpan Heartbeat { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>Silence after which a worker counts as dead.</summary>
    public TimeSpan Silence { get; init; } = TimeSpan.FromSeconds(60);

    /// <summary>Between looks at the runs.</summary>
    public TimeSpan Poll { get; init; } = TimeSpan.FromMilliseconds(500);

    /// <summary>Wait before the second attempt of a run that failed; doubled for each further one.</summary>
    public TimeSpan RetryDelay { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>How long a run may take to checkpoint and end before it is killed.</summary>
    public TimeSpan StopPatience { get; init; } = TimeSpan.FromSeconds(60);

    /// <summary>Trainings of this machine in one process at most; 1: each in a process of its own.</summary>
    public int InProcess { get; init; } = 1;
}

/// <summary>How a coordinator's work ended.</summary>
public enum CoordinatorEnd
{
    /// <summary>The study has all its trials, each finished.</summary>
    Finished,

    /// <summary>It was asked to stop; what was running waits to be continued.</summary>
    Stopped,
}

/// <summary>What a coordinator tells about while it works.</summary>
public interface ICoordinatorObserver
{
    /// <summary>Called at every look at the runs.</summary>
    void Looked(Study study);

    /// <summary>One line for people.</summary>
    void Said(string message);
}
