using System.Buffers;
using System.Globalization;
using System.Text;
using System.Text.Json;
using Microsoft.Extensions.Logging;

namespace FastDqn.Training.Logging;

/// <summary>How a line looks.</summary>
public enum LineForm
{
    /// <summary>The text alone; "warning: " before a warning's.</summary>
    Plain,

    /// <summary>The time, then the text.</summary>
    Dated,

    /// <summary>One JSON object: time, level, event and its values.</summary>
    Json,
}

/// <summary>
/// Writes log entries to a text writer, each in one piece: the terminal's stderr, a run's <c>log.txt</c>. An entry is
/// one line, but for the plain form, where a text may have several.
/// </summary>
/// <param name="output">Flushed after each line; owned by the caller unless <paramref name="owns"/>.</param>
/// <param name="form">How a line looks.</param>
/// <param name="least">Lower levels are left out.</param>
/// <param name="clock">Where times come from; null: the system's.</param>
/// <param name="owns">Close the writer with the provider.</param>
public sealed class LineLoggerProvider(
    TextWriter output, LineForm form, LogLevel least = LogLevel.Information, TimeProvider? clock = null, bool owns = false)
    : ILoggerProvider
{
    private readonly TimeProvider _clock = clock ?? TimeProvider.System;
    private readonly object _gate = new();

    public ILogger CreateLogger(string categoryName) => new LineLogger(this);

    public void Dispose()
    {
        if (owns)
            output.Dispose();
    }

    /// <summary>UTC with milliseconds, as all of a run's files have it.</summary>
    internal static string Time(TimeProvider clock) =>
        clock.GetUtcNow().UtcDateTime.ToString("yyyy-MM-ddTHH:mm:ss.fffZ", CultureInfo.InvariantCulture);

    private void Write(LogLevel level, EventId id, string text, IReadOnlyList<KeyValuePair<string, object?>>? values)
    {
        var line = form switch
        {
            LineForm.Plain when level >= LogLevel.Warning => "warning: " + text,
            LineForm.Plain => text,
            LineForm.Dated => $"{Time(_clock)} {(level == LogLevel.Warning ? "warning: " : "")}{text.ReplaceLineEndings(" ")}",
            _ => JsonLine(level, id, text, values),
        };
        lock (_gate)
        {
            output.WriteLine(line);
            output.Flush();
        }
    }

    private string JsonLine(LogLevel level, EventId id, string text, IReadOnlyList<KeyValuePair<string, object?>>? values)
    {
        var buffer = new ArrayBufferWriter<byte>(256);
        using (var json = new Utf8JsonWriter(buffer))
        {
            json.WriteStartObject();
            json.WriteString("time", _clock.GetUtcNow().UtcDateTime.ToString("O", CultureInfo.InvariantCulture));
            json.WriteString("level", level switch { LogLevel.Information => "info", _ => level.ToString().ToLowerInvariant() });
            json.WriteString("event", id.Name ?? "message");
            json.WriteStartObject("data");
            if (values is not { Count: > 0 })
                json.WriteString("text", text);
            foreach (var (name, value) in values ?? [])
            {
                json.WritePropertyName(name);
                WriteValue(json, value);
            }

            json.WriteEndObject();
            json.WriteEndObject();
        }

        return Encoding.UTF8.GetString(buffer.WrittenSpan);
    }

    private static void WriteValue(Utf8JsonWriter json, object? value)
    {
        switch (value)
        {
            case double number when double.IsFinite(number):
                json.WriteNumberValue(number);
                break;
            case null or double:
                json.WriteNullValue();
                break;
            case long number:
                json.WriteNumberValue(number);
                break;
            case int number:
                json.WriteNumberValue(number);
                break;
            case IEnumerable<string> texts:
                json.WriteStartArray();
                foreach (var text in texts)
                    json.WriteStringValue(text);
                json.WriteEndArray();
                break;
            default:
                json.WriteStringValue(Convert.ToString(value, CultureInfo.InvariantCulture));
                break;
        }
    }

    private sealed class LineLogger(LineLoggerProvider owner) : ILogger
    {
        public bool IsEnabled(LogLevel logLevel) => logLevel >= owner.Least && logLevel != LogLevel.None;

        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public void Log<TState>(
            LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
        {
            ArgumentNullException.ThrowIfNull(formatter);
            if (IsEnabled(logLevel))
                owner.Write(logLevel, eventId, formatter(state, exception), state as IReadOnlyList<KeyValuePair<string, object?>>);
        }
    }

    private LogLevel Least => least;
}
