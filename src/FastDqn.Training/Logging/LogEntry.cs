using System.Collections;
using Microsoft.Extensions.Logging;

namespace FastDqn.Training.Logging;

/// <summary>One thing told: a line for people, named values for programs.</summary>
public sealed class LogEntry(string text, params KeyValuePair<string, object?>[] values) : IReadOnlyList<KeyValuePair<string, object?>>
{
    public int Count => values.Length;

    public KeyValuePair<string, object?> this[int index] => values[index];

    /// <summary>Tells a logger; callers with much to put together ask <see cref="ILogger.IsEnabled"/> first.</summary>
    public static void Write(ILogger logger, LogLevel level, string name, string text, params KeyValuePair<string, object?>[] values)
    {
        ArgumentNullException.ThrowIfNull(logger);
        if (logger.IsEnabled(level))
            logger.Log(level, new EventId(0, name), new LogEntry(text, values), null, static (entry, _) => entry.ToString());
    }

    public override string ToString() => text;

    public IEnumerator<KeyValuePair<string, object?>> GetEnumerator() =>
        ((IEnumerable<KeyValuePair<string, object?>>)values).GetEnumerator();

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();
}
