using System.CommandLine;
using System.Text.Json.Nodes;
using FastDqn.Environments;

namespace FastDqn.Cli.Verbs;

/// <summary><c>fastdqn envs</c>.</summary>
internal static class EnvsVerb
{
    public static Command Create()
    {
        var command = new Command("envs", "List the environments: built-in ones and games whose ROM is found");
        var json = new Option<bool>("--json") { Description = "One JSON document on stdout" };
        command.Options.Add(json);
        command.SetAction(parsed =>
        {
            var rows = List();
            if (parsed.GetValue(json))
                Output.Json(new JsonArray([.. rows.Select(r => new JsonObject { ["name"] = r.Name, ["kind"] = r.Kind, ["description"] = r.Description })]));
            else
                Output.Table([["name", "kind", "description"], .. rows.Select(r => new[] { r.Name, r.Kind, r.Description })]);
            return 0;
        });
        return command;
    }

    private static List<(string Name, string Kind, string Description)> List() =>
        [.. BuiltInEnvironments.All.Select(e => (e.Name, "built in", e.Description))];
}
