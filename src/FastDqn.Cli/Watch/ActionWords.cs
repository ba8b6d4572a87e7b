using System.Globalization;
using FastDqn.Core;

namespace FastDqn.Cli.Watch;

/// <summary>Actions as people write them: names or numbers, separated by commas or lines, or in a file.</summary>
internal static class ActionWords
{
    /// <summary>
    /// The words of a list. What has a '/' or a '.' in it is a file of them.
    /// </summary>
    /// <param name="text">The list, or the file.</param>
    /// <param name="option">How it was given, for messages: "--answers".</param>
    /// <param name="what">What the file should be: "list of answers".</param>
    /// <exception cref="FastDqnException"><see cref="ErrorKind.BadData"/>: the file is missing or cannot be
    /// read.</exception>
    public static (string Source, string Text) Read(string text, string option, string what)
    {
        var source = option;
        if (File.Exists(text) || text.AsSpan().ContainsAny('/', '.'))
            (source, text) = (text, InputFile.ReadText(text, what));
        return (source, text.Replace(',', '\n'));
    }

    public static string[] Split(string text) => text.Split('\n', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries);

    /// <summary>
    /// The action that a word means: its name, its number, or letters that begin one name only; -1: none.
    /// </summary>
    public static int Find(IReadOnlyList<string> names, string word)
    {
        for (var i = 0; i < names.Count; i++)
        {
            if (string.Equals(names[i], word, StringComparison.OrdinalIgnoreCase))
                return i;
        }

        if (int.TryParse(word, CultureInfo.InvariantCulture, out var number) && number >= 0 && number < names.Count)
            return number;
        var fitting = names
            .Select((name, i) => (name, i))
            .Where(n => n.name.StartsWith(word, StringComparison.OrdinalIgnoreCase))
            .ToList();
        return fitting.Count == 1 ? fitting[0].i : -1;
    }

    /// <exception cref="FastDqnException">
    /// <see cref="ErrorKind.Usage"/>: names the first word that is no action.
    /// </exception>
    public static int[] FindAll(string source, IReadOnlyList<string> names, IEnumerable<string> words) =>
        [.. words.Select(word => Find(names, word) is >= 0 and var action ? action : throw Unknown(source, names, word))];

    private static FastDqnException Unknown(string source, IReadOnlyList<string> names, string word) => new(
        ErrorKind.Usage,
        $"{source}: '{word}' is no action{NearestMatch.Hint(word, names)} (there are: {string.Join(", ", names)}; "
        + "or their numbers from 0)");
}
