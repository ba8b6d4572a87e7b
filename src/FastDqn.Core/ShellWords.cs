namespace FastDqn.Core;

/// <summary>Commands as text that a POSIX shell reads back.</summary>
public static class ShellWords
{
    /// <summary>Words, quoted where the shell would take them for something else.</summary>
    public static string Quote(IEnumerable<string> words) => string.Join(" ", words.Select(w =>
        w.Length > 0 && w.All(c => char.IsAsciiLetterOrDigit(c) || "-_./=:,+@%".Contains(c, StringComparison.Ordinal))
            ? w
            : "'" + w.Replace("'", "'\\''", StringComparison.Ordinal) + "'"));
}
