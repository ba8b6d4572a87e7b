namespace FastDqn.Core;

/// <summary>What went wrong, in the terms of the program's documented exit codes.</summary>
public enum ErrorKind
{
    /// <summary>The run itself failed (exit code 1).</summary>
    Failure = 1,

    /// <summary>A wrong option, key, value or name (exit code 2).</summary>
    Usage = 2,

    /// <summary>A bad ROM, data file or checkpoint, or a file that is missing (exit code 3).</summary>
    BadData = 3,

    /// <summary>A device, package or native part is not available (exit code 4).</summary>
    Unavailable = 4,
}

/// <summary>
/// The one exception FastDqn throws for what a user can act on. The message is one line that says what is
/// wrong, where, and what to do.
/// </summary>
public sealed class FastDqnException : Exception
{
    public FastDqnException(ErrorKind kind, string message, Exception? inner = null)
        : base(message, inner) => Kind = kind;

    public FastDqnException()
        : this(ErrorKind.Failure, "unspecified failure") { }

    public FastDqnException(string message)
        : this(ErrorKind.Failure, message) { }

    public FastDqnException(string message, Exception innerException)
        : this(ErrorKind.Failure, message, innerException) { }

    public ErrorKind Kind { get; }

    /// <summary>The process exit code that this error ends with.</summary>
    public int ExitCode => (int)Kind;
}
