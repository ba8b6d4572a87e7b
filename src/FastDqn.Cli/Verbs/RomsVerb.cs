using System.CommandLine;
using System.Text.Json.Nodes;
using FastDqn.Environments.Atari;

namespace FastDqn.Cli.Verbs;

/// <summary><c>fastdqn roms</c>.</summary>
internal static class RomsVerb
{
    public static Command Create()
    {
        var command = new Command("roms", "List the ROM images at hand, by MD5, and which of ALE's games are missing");
        var folder = new Argument<string>("DIR")
        {
            Description = "Search this folder alone; default: FASTDQN_ROMS and where ale-py installs its ROMs",
            Arity = ArgumentArity.ZeroOrOne,
        };
        var json = new Option<bool>("--json") { Description = "One JSON document on stdout" };
        command.Arguments.Add(folder);
        command.Options.Add(json);
        command.SetAction(parsed =>
        {
            var given = parsed.GetValue(folder);
            var library = RomLibrary.Open(given);
            if (!string.IsNullOrEmpty(given))
                library = new RomLibrary([given]);
            if (parsed.GetValue(json))
                Console.Out.WriteLine(ToJson(library).ToJsonString(JsonText.Indented));
            else
                Print(library);
            return 0;
        });
        return command;
    }

    private static string Word(RomEntry entry) => entry.Problem is not null ? "unreadable" : entry.Match switch
    {
        RomMatch.Exact => "exact",
        RomMatch.ByName => "other dump",
        _ => "unknown",
    };

    private static void Print(RomLibrary library)
    {
        foreach (var entry in library.Entries
            .OrderBy(entry => entry.Game ?? "~", StringComparer.Ordinal)
            .ThenBy(entry => entry.File, StringComparer.Ordinal))
            Console.Out.WriteLine($"{Word(entry),-11} {entry.Game ?? "-",-18} {entry.Md5,-32} {entry.Problem ?? entry.File}");
        var missing = library.Missing();
        string Of(string word) => $"{library.Entries.Count(e => Word(e) == word)} {word}";
        Console.Out.WriteLine($"searched    {library.SearchedText}");
        Console.Out.WriteLine($"found       {Of("exact")}, {Of("other dump")}s, {Of("unknown")}, {Of("unreadable")}");
        var games = AtariGames.OfAle.Count();
        var names = missing.Count > 0 && missing.Count < games ? ": " + string.Join(", ", missing.Select(game => game.Name)) : "";
        Console.Out.WriteLine($"missing     {missing.Count} of {games}{names}");
    }

    private static JsonObject ToJson(RomLibrary library) => new()
    {
        ["searched"] = new JsonArray([.. library.Folders.Select(f => (JsonNode)f)]),
        ["roms"] = new JsonArray([.. library.Entries.Select(entry => new JsonObject
        {
            ["file"] = entry.File,
            ["md5"] = entry.Md5,
            ["bytes"] = entry.Bytes,
            ["game"] = entry.Game,
            ["match"] = Word(entry).Replace(' ', '_'),
            ["problem"] = entry.Problem,
        })]),
        ["missing"] = new JsonArray([.. library.Missing().Select(game => new JsonObject { ["game"] = game.Name, ["md5"] = game.Md5 })]),
    };
}
