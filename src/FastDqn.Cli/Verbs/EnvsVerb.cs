using System.CommandLine;
using System.Text.Json.Nodes;
using FastDqn.Cli.Hosting;
using FastDqn.Cli.Terminal;
using FastDqn.Environments;
using FastDqn.Environments.Atari;

namespace FastDqn.Cli.Verbs;

/// <summary><c>fastdqn envs</c>.</summary>
internal static class EnvsVerb
{
    public static Command Create()
    {
        var command = new Command("envs", "List the environments: built-in ones and games whose ROM is found");
        var roms = new Option<string>("--roms") { Description = "Folder of ROM images, searched before FASTDQN_ROMS and ale-py's folder" };
        var json = new Option<bool>("--json") { Description = "One JSON document on stdout" };
        command.Options.Add(roms);
        command.Options.Add(json);
        command.SetAction(parsed =>
        {
            var rows = List(RomLibrary.Open(parsed.GetValue(roms)));
            if (parsed.GetValue(json))
                Output.Json(
                    new JsonArray(
                        [.. rows.Select(r => new JsonObject { ["name"] = r.Name, ["kind"] = r.Kind, ["description"] = r.Description })]));
            else
                Output.Table([["name", "kind", "description"], .. rows.Select(r => new[] { r.Name, r.Kind, r.Description })]);
            return 0;
        });
        return command;
    }

    private static List<(string Name, string Kind, string Description)> List(RomLibrary library) =>
    [
        .. OwnCode.Given.Environments.All.Select(e => (e.Name, "your own", e.Description)),
        .. BuiltInEnvironments.All.Select(e => (e.Name, "built in", e.Description)),
        (BundledGame.Name, "bundled game", "FastDqn's own Atari 2600 game: wall, ball and paddle; needs no ROM of yours"),
        .. AtariGames.All.Select(game => (Game: game, Rom: library.Find(game.Name)))
            .Where(found => found.Rom is not null && found.Game.Name != BundledGame.Name)
            .Select(found => (
                found.Game.Name,
                found.Rom!.Match == RomMatch.Exact ? "Atari" : "Atari, other dump",
                $"{found.Game.MinimalActions.Count} actions; {found.Rom.File}")),
    ];
}
