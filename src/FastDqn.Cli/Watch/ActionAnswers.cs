using System.Globalization;
using System.Text;
using FastDqn.Cli.Play;
using FastDqn.Core;
using FastDqn.Environments;

namespace FastDqn.Cli.Watch;

/// <summary>A person's answers to the question for an action, line by line from stdin, or prepared ones.</summary>
internal sealed class ActionAnswers
{
    private readonly TextReader _lines;
    private readonly string? _prepared;
    private readonly string _source = "--answers";

    /// <param name="prepared">
    /// Names or numbers of actions separated by commas or lines, or a file of them (what has a '/' or a '.' in it is a
    /// file); null: stdin.
    /// </param>
    /// <exception cref="FastDqnException"><see cref="ErrorKind.BadData"/>: the file is missing or cannot be
    /// read.</exception>
    public ActionAnswers(string? prepared)
    {
        if (prepared is not null)
            (_source, _prepared) = ActionWords.Read(prepared, _source, "list of answers");
        _lines = _prepared is null ? Console.In : new StringReader(_prepared);
    }

    /// <summary>Nobody answers any more.</summary>
    public bool Ended { get; private set; }

    /// <summary>Refuses prepared answers of which one is no action.</summary>
    /// <exception cref="FastDqnException"><see cref="ErrorKind.Usage"/>: names the word.</exception>
    public void Check(IReadOnlyList<string> actions)
    {
        _ = ActionWords.FindAll(_source, actions, ActionWords.Split(_prepared ?? "").TakeWhile(word => word != "q"));
    }

    /// <summary>
    /// Asks until the answer is an action; enter takes <paramref name="usual"/>, q or the end of the answers gives
    /// null.
    /// </summary>
    public int? Read(IReadOnlyList<string> actions, int usual)
    {
        while (!Ended)
        {
            Console.Error.Write($"your action [{string.Join("/", actions)}; enter: {actions[usual]}; q: ask no more] ");
            var answer = _lines.ReadLine()?.Trim();
            // What a person types the terminal shows by itself.
            if (_prepared is not null || answer is null)
                Console.Error.WriteLine(answer);
            if (answer is null or "q")
            {
                Ended = true;
                return null;
            }

            if (answer.Length == 0)
                return usual;
            if (ActionWords.Find(actions, answer) is >= 0 and var action)
                return action;
            Console.Error.WriteLine($"'{answer}' is no action");
        }

        return null;
    }

    /// <summary>Draws the state in question where stderr is a terminal.</summary>
    public static void Show(IRenderable picture)
    {
        if (Console.IsErrorRedirected || RawTerminal.TooSmall(RawTerminal.Size()))
            return;
        var (width, height) = picture.RenderSize(0);
        var rgb = new byte[width * height * 3];
        picture.RenderRgb(0, rgb);
        var (columns, rows) = RawTerminal.Size();
        var text = new StringBuilder("\e[2J");
        new HalfBlockScreen(columns, rows - 4, width, height, RawTerminal.TrueColour).Draw(rgb, 1, text);
        Console.Error.Write(text.Append(CultureInfo.InvariantCulture, $"\e[{rows - 2};1H"));
    }
}
