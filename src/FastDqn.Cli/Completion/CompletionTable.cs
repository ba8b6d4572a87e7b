using System.CommandLine;
using System.CommandLine.Completions;

namespace FastDqn.Cli.Completion;

/// <summary>An option as a shell completes it.</summary>
/// <param name="Names">All its names, the first one first.</param>
/// <param name="Description">A line.</param>
/// <param name="TakesValue">A word follows it.</param>
/// <param name="Values">Words that it may be; empty: a file's name, or anything.</param>
internal sealed record OptionWords(IReadOnlyList<string> Names, string Description, bool TakesValue, IReadOnlyList<string> Values);

/// <summary>A verb as a shell completes it.</summary>
/// <param name="Path">The words that lead to it: "sweep run"; empty for the program itself.</param>
/// <param name="Description">A line.</param>
/// <param name="Verbs">The verbs under it.</param>
/// <param name="Arguments">Words that its arguments may be; empty: files.</param>
/// <param name="Options">Its options.</param>
internal sealed record VerbWords(
    string Path, string Description, IReadOnlyList<string> Verbs, IReadOnlyList<string> Arguments, IReadOnlyList<OptionWords> Options);

/// <summary>The command line as the words that can follow one another, read off the parser's own tree.</summary>
internal static class CompletionTable
{
    /// <summary>Every verb, the program itself first.</summary>
    public static IReadOnlyList<VerbWords> Of(RootCommand root) => [.. Walk(root, "", [])];

    private static IEnumerable<VerbWords> Walk(Command command, string path, IReadOnlyList<Option> inherited)
    {
        var options = command.Options.Where(o => !o.Hidden).Concat(inherited).DistinctBy(o => o.Name).ToList();
        var verbs = command.Subcommands.Where(c => !c.Hidden).ToList();
        yield return new VerbWords(
            path,
            Line(command.Description),
            [.. verbs.Select(v => v.Name)],
            [.. command.Arguments.SelectMany(Words)],
            [.. options.Select(Words)]);
        List<Option> down = [.. options.Where(o => o.Recursive)];
        foreach (var words in verbs.SelectMany(verb => Walk(verb, path.Length == 0 ? verb.Name : $"{path} {verb.Name}", down)))
            yield return words;
    }

    private static OptionWords Words(Option option)
    {
        // The parser also knows help by /h and -?, which no shell would complete.
        var names = option.Aliases.Prepend(option.Name).Distinct().Where(name => name.Length > 1 && name[0] == '-' && name[1] != '?');
        var takesValue = option.Arity.MaximumNumberOfValues > 0 && option.ValueType != typeof(bool);
        return new OptionWords([.. names], Line(option.Description), takesValue, takesValue ? Words((Symbol)option) : []);
    }

    private static string[] Words(Symbol symbol) => [.. symbol.GetCompletions(CompletionContext.Empty).Select(c => c.Label).Distinct()];

    private static string Line(string? text) => (text ?? "").ReplaceLineEndings(" ");
}
