using System.CommandLine;
using FastDqn.Core;

namespace FastDqn.Cli.Verbs;

/// <summary>
/// Options of a verb that have no effect beside others: refused where they are given, not passed over.
/// </summary>
internal static class Given
{
    /// <summary>Refuses those of <paramref name="options"/> that stand on the command line.</summary>
    /// <exception cref="FastDqnException">
    /// <see cref="ErrorKind.Usage"/> with the first of them and <paramref name="why"/>.
    /// </exception>
    public static void Refuse(ParseResult parsed, string why, params ReadOnlySpan<Option> options)
    {
        foreach (var option in options)
        {
            if (parsed.GetResult(option) is { Implicit: false })
                throw new FastDqnException(ErrorKind.Usage, $"{option.Name} has no effect: {why}");
        }
    }
}
