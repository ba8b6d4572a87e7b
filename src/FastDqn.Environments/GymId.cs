using System.Text.RegularExpressions;
using FastDqn.Core;
using FastDqn.Environments.Atari;

namespace FastDqn.Environments;

/// <summary>
/// What an id of Gym or Gymnasium means here: <c>ALE/Breakout-v5</c>, <c>BreakoutNoFrameskip-v4</c>,
/// <c>SpaceInvaders-v4</c>, <c>CartPole-v1</c>, or a game in their spelling, <c>MsPacman</c>. The settings are those
/// that ale-py registers; wrappers (no-ops, FIRE, pixels) are no part of an id.
/// </summary>
/// <param name="Id">As it was written.</param>
/// <param name="Name">The environment's name here.</param>
/// <param name="Settings">Options that the id fixes, by name.</param>
public sealed partial record GymId(string Id, string Name, IReadOnlyList<KeyValuePair<string, string>> Settings)
{
    /// <summary>The meaning of an id; null: the text is none, or a name of ours.</summary>
    /// <exception cref="FastDqnException"><see cref="ErrorKind.Usage"/>: an id of what is not here.</exception>
    public static GymId? Parse(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        // A name of ours, in our spelling or in another.
        if ((BuiltInEnvironments.Find(text)?.Name ?? AtariGames.Find(text)?.Name) is { } ours)
            return text == ours ? null : new GymId(text, ours, []);
        if (Form().Match(text) is not { Success: true } id)
            return AtariGames.FindByLetters(text) is { } spelt ? new GymId(text, spelt.Name, []) : null;
        var (game, version) = (id.Groups["game"].Value, id.Groups["version"].Value);
        if (id.Groups["ale"].Length == 0 && game.Equals("cartpole", StringComparison.OrdinalIgnoreCase))
            return version == "1" ? new GymId(text, "cartpole", []) : throw Unknown(text, "there are CartPole-v0 and CartPole-v1");
        if (AtariGames.FindByLetters(game) is not { } known)
        {
            if (id.Groups["ale"].Length == 0)
                return null;
            var near = NearestMatch.Find(game, AtariGames.All.Select(g => IdOf(g.Name)));
            throw Unknown(text, near is null ? "ALE has no such game" : $"did you mean 'ALE/{near}-v5'?");
        }

        if (id.Groups["ram"].Length > 0)
            throw Unknown(text, $"it shows the console's memory, and agents see pixels here: take ALE/{IdOf(known.Name)}-v5");
        return Of(text, known.Name, id.Groups["ale"].Length > 0, id.Groups["repeat"].Value, version);
    }

    /// <summary>Gymnasium's spelling of a game's name.</summary>
    private static string IdOf(string game) =>
        string.Concat(game.Split('_').Select(part => char.ToUpperInvariant(part[0]) + part[1..]));

    private static GymId Of(string text, string game, bool ale, string repeat, string version)
    {
        var id = IdOf(game);
        var skip = (ale, repeat, version) switch
        {
            (true, "", "5") => "4",
            (false, "Deterministic", "0" or "4") => game == "space_invaders" ? "3" : "4",
            // Its wrappers repeat the action, as env.frame_skip does here.
            (false, "NoFrameskip", "0" or "4") => "",
            (false, "", "0" or "4") => "2..4",
            _ => throw Unknown(
                text, $"there are ALE/{id}-v5, {id}-v4, {id}Deterministic-v4 and {id}NoFrameskip-v4, and -v0 of these three"),
        };
        List<KeyValuePair<string, string>> settings =
        [
            new("env.sticky", version is "0" or "5" ? "0.25" : "0"), new("env.full_actions", "false"), new("env.max_frames", "108000"),
        ];
        if (skip.Length > 0)
            settings.Add(new("env.frame_skip", skip));
        return new GymId(text, game, settings);
    }

    private static FastDqnException Unknown(string id, string why) => new(ErrorKind.Usage, $"environment '{id}' is not here: {why}");

    [GeneratedRegex("^(?<ale>ALE/)?(?<game>[A-Za-z][A-Za-z0-9]*?)(?<ram>-ram)?(?<repeat>Deterministic|NoFrameskip)?-v(?<version>[0-9]+)$")]
    private static partial Regex Form();
}
