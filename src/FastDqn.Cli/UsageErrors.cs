using System.CommandLine;
using System.CommandLine.Help;
using System.CommandLine.Parsing;
using System.Globalization;
using FastDqn.Cli.Verbs;
using FastDqn.Core;

namespace FastDqn.Cli;

/// <summary>
/// What is wrong with a command line, in one line: which word, what was probably meant, where to look.
/// </summary>
internal static class UsageErrors
{
    /// <summary>The first thing wrong, or null.</summary>
    public static string? Of(ParseResult parsed)
    {
        ArgumentNullException.ThrowIfNull(parsed);
        if (parsed.Action is HelpAction)
            return null;
        var command = parsed.CommandResult.Command;
        var verb = VerbOf(parsed.CommandResult);
        var seeHelp = $"(fastdqn {verb}{(verb.Length > 0 ? " " : "")}--help shows them)";
        var words = parsed.UnmatchedTokens;
        // A mistyped option is taken for an argument first: the error would be about the word after it.
        var given = parsed.CommandResult.Children.OfType<ArgumentResult>().SelectMany(a => a.Tokens).Select(t => t.Value);
        if (!parsed.Tokens.Any(t => t.Type == TokenType.DoubleDash) && words.Concat(given).FirstOrDefault(IsOption) is { } option)
        {
            var name = option.Split('=')[0];
            var known = command.Options
                .Concat(parsed.RootCommandResult.Command.Options.Where(o => o.Recursive))
                .SelectMany(o => o.Aliases.Append(o.Name));
            return $"unknown option '{name}'{NearestMatch.Hint(name, known)} {seeHelp}";
        }

        if (command.Subcommands.Count > 0 && command.Action is null)
        {
            var verbs = command.Subcommands.Select(c => c.Name).ToList();
            if (words.Count > 0)
                return $"unknown verb '{(verb.Length > 0 ? verb + " " : "")}{words[0]}'{NearestMatch.Hint(words[0], verbs)} {seeHelp}";
            if (parsed.Errors.Count > 0)
                return $"{verb} needs a verb: {string.Join(", ", verbs)}";
        }

        if (words.Count > 0)
            return $"'{words[0]}' is one word too many for {verb} (fastdqn {verb} --help)";
        if (parsed.Errors.Count > 0)
            return $"{Explain(parsed.Errors[0], verb)} (fastdqn {verb} --help)";
        return Empty(parsed) is { } empty ? $"{verb}: {empty} is empty (fastdqn {verb} --help)" : null;
    }

    /// <summary>What was given as an empty text, of which no file, folder or name consists; null: nothing.</summary>
    private static string? Empty(ParseResult parsed)
    {
        var results = parsed.CommandResult.Children.Concat(parsed.RootCommandResult.Children)
            .Where(result => result.Tokens.Any(token => token.Value.Length == 0));
        return results.Select(result => result switch
        {
            OptionResult o when !ConfigArguments.IsNamed(o.Option.Name) => o.Option.Name,
            ArgumentResult a => $"<{a.Argument.HelpName ?? a.Argument.Name}>",
            _ => null,
        }).FirstOrDefault(name => name is not null);
    }

    private static string Explain(ParseError error, string verb)
    {
        var (name, type, value) = error.SymbolResult switch
        {
            OptionResult o => (o.Option.Name, o.Option.ValueType, o.Tokens.Count > 0 ? o.Tokens[^1].Value : null),
            // The argument that an option's value is stands for the option.
            ArgumentResult { Parent: OptionResult o } a =>
                (o.Option.Name, o.Option.ValueType, a.Tokens.Count > 0 ? a.Tokens[^1].Value : null),
            ArgumentResult a => ($"<{a.Argument.Name}>", a.Argument.ValueType, a.Tokens.Count > 0 ? a.Tokens[^1].Value : null),
            CommandResult c when c.Command.Arguments.FirstOrDefault(a => a.Arity.MinimumNumberOfValues > 0) is { } missing =>
                ($"<{missing.Name}>", missing.ValueType, null),
            _ => ("", typeof(string), null),
        };
        if (name.Length == 0)
            return error.Message.ReplaceLineEndings(" ");
        if (value is null)
            return name[0] == '<' ? $"{verb} needs {name}" : IsGiven(error) ? $"{name} needs a value" : $"{verb} needs {name}";
        if (NumberKind(type) is { } kind && !double.TryParse(value, CultureInfo.InvariantCulture, out _))
            return $"{name}: '{value}' is not {kind}";
        if (NumberKind(type) is not null && error.Message.StartsWith("Cannot parse", StringComparison.Ordinal))
            return $"{name}: '{value}' {NotWhole(value, type)}";
        var lines = error.Message.Split('\n', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries);
        return lines.Length > 1 ? $"{name}: '{value}' is none of {string.Join(", ", lines[1..].Select(l => l.Trim('\'')))}" : error.Message;
    }

    /// <summary>Why a number is none of a whole type's.</summary>
    private static string NotWhole(string text, Type type)
    {
        type = Nullable.GetUnderlyingType(type) ?? type;
        var (least, most) = Type.GetTypeCode(type) switch
        {
            TypeCode.Int32 => ((decimal)int.MinValue, (decimal)int.MaxValue),
            TypeCode.UInt32 => (0, uint.MaxValue),
            TypeCode.UInt64 => (0, ulong.MaxValue),
            _ => (long.MinValue, long.MaxValue),
        };
        var value = double.Parse(text, CultureInfo.InvariantCulture);
        if (!value.Equals(Math.Floor(value)))
            return $"is not {NumberKind(type)}";
        // What a decimal cannot hold lies beyond all of them.
        if (!decimal.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out var exact) || exact > most || exact < least)
            return string.Create(CultureInfo.InvariantCulture, $"is out of range ({least} to {most})");
        return $"is not {NumberKind(type)} in digits";
    }

    private static bool IsGiven(ParseError error) => error.SymbolResult
        is ArgumentResult { Parent: OptionResult { IdentifierToken: not null } }
        or OptionResult { IdentifierToken: not null };

    private static string? NumberKind(Type type)
    {
        type = Nullable.GetUnderlyingType(type) ?? type;
        if (type == typeof(int) || type == typeof(long))
            return "a whole number";
        if (type == typeof(uint) || type == typeof(ulong))
            return "a whole number from 0 on";
        return type == typeof(double) || type == typeof(float) ? "a number" : null;
    }

    /// <summary>A word that starts as an option does and is no negative number.</summary>
    private static bool IsOption(string word) =>
        word.Length > 1 && word[0] == '-' && !double.TryParse(word, CultureInfo.InvariantCulture, out _);

    /// <summary>The verb with those it is under: "sweep trials"; empty for the program itself.</summary>
    private static string VerbOf(CommandResult result)
    {
        var names = new List<string>();
        for (var at = result; at is { Command: not RootCommand }; at = at.Parent as CommandResult)
            names.Insert(0, at.Command.Name);
        return string.Join(' ', names);
    }
}
