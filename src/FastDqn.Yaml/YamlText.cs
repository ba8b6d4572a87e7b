using System.Globalization;
using FastDqn.Core;
using YamlDotNet.Core;
using YamlDotNet.RepresentationModel;

namespace FastDqn.Yaml;

/// <summary>
/// Reads YAML as data: no tags are resolved, no types are made, and size and depth are bounded before anything is
/// built.
/// </summary>
public static class YamlText
{
    /// <summary>The bound for what people write.</summary>
    public const int MaxCharacters = 1 << 20;

    private const int MaxDepth = 16;

    /// <summary>The root node of the only document, or null for an empty text.</summary>
    /// <param name="text">The whole text.</param>
    /// <param name="source">Names it in errors.</param>
    /// <param name="wrong">The kind of error of what is wrong in it.</param>
    /// <param name="maxCharacters">The longest text that is read.</param>
    /// <exception cref="FastDqnException">With source, line and column.</exception>
    public static YamlNode? Load(string text, string source, ErrorKind wrong = ErrorKind.Usage, int maxCharacters = MaxCharacters)
    {
        ArgumentNullException.ThrowIfNull(text);
        if (text.Length > maxCharacters)
            throw new FastDqnException(wrong, $"{source}: larger than {maxCharacters} characters");
        try
        {
            CheckDepth(text);
            var stream = new YamlStream();
            using var reader = new StringReader(text);
            stream.Load(reader);
            if (stream.Documents.Count > 1)
                throw At(source, stream.Documents[1].RootNode, "a second document; one file holds one", wrong);
            return stream.Documents.Count == 0 ? null : stream.Documents[0].RootNode;
        }
        catch (YamlException e)
        {
            var place = PlaceOf(e, text);
            var message = e.InnerException is InvalidOperationException or null ? e.Message : e.InnerException.Message;
            throw new FastDqnException(wrong, $"{Place(source, place)}: not YAML: {OneLine(message)}", e);
        }
        catch (Exception e) when (e is ArgumentException or InvalidOperationException or FormatException or OverflowException)
        {
            throw new FastDqnException(wrong, $"{source}: not YAML: {OneLine(e.Message)}", e);
        }
    }

    /// <summary>An error at a node's place: "source:line:column: what".</summary>
    public static FastDqnException At(string source, YamlNode node, string what, ErrorKind wrong = ErrorKind.Usage)
    {
        ArgumentNullException.ThrowIfNull(node);
        return new(wrong, $"{Place(source, node.Start)}: {what}");
    }

    private static string Place(string source, Mark mark) =>
        string.Create(CultureInfo.InvariantCulture, $"{source}:{mark.Line}:{mark.Column}");

    /// <summary>
    /// Walks the events first: the node builder recurses, and a hostile file must not exhaust the stack.
    /// </summary>
    private static void CheckDepth(string text)
    {
        using var reader = new StringReader(text);
        var parser = new Parser(reader);
        var depth = 0;
        while (Next())
        {
            depth += parser.Current!.NestingIncrease;
            if (depth > MaxDepth)
                throw new YamlException(parser.Current.Start, parser.Current.End, "nested too deeply");
        }

        // YamlDotNet's own complaint about a list or mapping without its end names no place.
        bool Next()
        {
            try
            {
                return parser.MoveNext();
            }
            catch (InvalidOperationException e)
            {
                var at = parser.Current?.End ?? Mark.Empty;
                throw new YamlException(at, at, "the list or mapping that is open here is not closed", e);
            }
        }
    }

    /// <summary>Where the trouble is: a tab is told with the place where its mapping begins.</summary>
    private static Mark PlaceOf(YamlException e, string text)
    {
        if (!e.Message.Contains("tab", StringComparison.Ordinal))
            return e.Start;
        var lines = text.Split('\n');
        for (var i = 0; i < lines.Length; i++)
        {
            var indentation = lines[i].Length - lines[i].TrimStart(' ', '\t').Length;
            if (lines[i].IndexOf('\t', 0, indentation) is >= 0 and var column)
                return new Mark(0, i + 1, column + 1);
        }

        return e.Start;
    }

    private static string OneLine(string message) => message.ReplaceLineEndings(" ");
}
