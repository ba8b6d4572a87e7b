using System.Diagnostics;
using FastDqn.Core;
using FastDqn.Learning;
using FastDqn.Learning.Interop;

namespace FastDqn.Cli;

/// <summary>What an exception is to a user: an exit code and one line.</summary>
internal static class Failures
{
    /// <summary>The environment variable that adds where an internal error came from.</summary>
    public const string TraceVariable = "FASTDQN_TRACE";

    public static (int Code, string Line) Of(Exception e)
    {
        if ((Find<FastDqnException>(e) ?? LibTorchError.Explain(e)) is { } told)
        {
            var also = told.Message.Contains("ulimit", StringComparison.Ordinal) ? null : ProcessLimits.Explain(told.InnerException);
            return (told.ExitCode, also is null ? told.Message : $"{told.Message} ({also})");
        }

        if (Find<OperationCanceledException>(e) is not null)
            return (130, "");
        if (ProcessLimits.Explain(e) is { } limit)
            return ((int)ErrorKind.Failure, limit);
        if (Find<EntryPointNotFoundException>(e) is { } older)
            return ((int)ErrorKind.Unavailable, $"a native library is older than the program ({FirstLine(older)}): {Installation.Remedy}");
        if (Find<DllNotFoundException>(e) is { } missing)
        {
            var line = $"a native library is missing ({FirstLine(missing)}): {Installation.Remedy}; fastdqn doctor looks for it";
            return ((int)ErrorKind.Unavailable, line);
        }

        if (Find<OutOfMemoryException>(e) is not null)
            return ((int)ErrorKind.Failure, "out of memory: ask for less at once (in a training: replay.capacity, env.count)");
        if (e is IOException or UnauthorizedAccessException)
            return ((int)ErrorKind.Failure, e.Message);
        return ((int)ErrorKind.Failure, Internal(e));
    }

    private static string Internal(Exception e)
    {
        var cause = e.GetBaseException();
        var where = new StackTrace(cause).GetFrames().Select(f => f.GetMethod())
            .FirstOrDefault(m => m?.DeclaringType?.FullName?.StartsWith("FastDqn", StringComparison.Ordinal) == true);
        var place = where is null ? "" : $" in {where.DeclaringType!.FullName}.{where.Name}";
        return $"internal error: {cause.GetType().Name}: {FirstLine(cause)}{place} ({TraceVariable}=1 shows where it came from)";
    }

    private static string FirstLine(Exception e) => e.Message.Split('\n')[0].TrimEnd();

    // What a type's initializer, a call through reflection or a task threw lies inside.
    private static T? Find<T>(Exception? e) where T : Exception
    {
        for (; e is not null; e = e.InnerException)
        {
            if (e is T found)
                return found;
            if (e is not (AggregateException or TypeInitializationException or System.Reflection.TargetInvocationException))
                return null;
        }

        return null;
    }
}
