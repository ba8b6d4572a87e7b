using System.Globalization;
using System.Text;
using System.Text.Json.Nodes;
using FastDqn.Training;
using FastDqn.Training.Configuration;

namespace FastDqn.Reports.Tests;

/// <summary>Run folders as trainings leave them, without the training.</summary>
internal static class MadeRun
{
    /// <param name="folder">Where it goes.</param>
    /// <param name="settings">Options, separated by spaces.</param>
    /// <param name="episodes">How many have rows.</param>
    /// <param name="change">Changes run.json before it is written.</param>
    /// <param name="name">Its <c>run.name</c>.</param>
    /// <param name="own">The user's own code.</param>
    public static string Write(
        string folder, string settings = "", int episodes = 120, Action<JsonObject>? change = null, string? name = null,
        Extensions? own = null)
    {
        Directory.CreateDirectory(folder);
        var layers = new ConfigLayers(own).AddSetting("env.name=gridworld").AddSetting("train.overlap=true");
        foreach (var setting in settings.Split(' ', StringSplitOptions.RemoveEmptyEntries))
            layers.AddSetting(setting);
        var config = layers.Resolve();
        if (name is not null)
            config = config with { Run = config.Run with { Name = name } };
        File.WriteAllText(Path.Combine(folder, "config.yaml"), YamlConfig.Write(config));
        var rows = new StringBuilder();
        var step = 0;
        for (var i = 1; i <= episodes; i++)
        {
            step += 20;
            Row("episode", $"\"number\":{i},\"return\":{i % 17},\"length\":20");
            if (i % 10 == 0)
            {
                Row("train", $"\"losses/td_loss\":{1.0 / i:R},\"charts/epsilon\":0.5,\"charts/updates\":{step / 4}",
                    $"\"perf/seconds\":{i / 10.0:R},\"perf/SPS\":200,\"perf/act\":{i / 40.0:R}");
            }
        }

        if (own is not null)
            Row("own", $"\"length\":20");
        Row("eval", $"\"mean_return\":7,\"std_return\":2,\"episodes\":4");
        File.WriteAllText(Path.Combine(folder, "metrics.jsonl"), rows.ToString());
        var info = new JsonObject
        {
            ["status"] = "finished",
            ["version"] = "1.2.3",
            ["step"] = step,
            ["argv"] = new JsonArray("train", "gridworld", "--steps", "2000"),
            ["result"] = new JsonObject
            {
                ["agent_steps"] = step,
                ["eval"] = new JsonObject { ["protocol"] = "custom", ["mean_return"] = 7, ["episodes"] = 4 },
                ["random"] = new JsonObject { ["mean_return"] = 1.5, ["episodes"] = 4 },
            },
        };
        change?.Invoke(info);
        File.WriteAllText(Path.Combine(folder, "run.json"), info.ToJsonString());
        return folder;

        void Row(string kind, FormattableString metrics, FormattableString? wall = null)
        {
            rows.Append(CultureInfo.InvariantCulture, $"{{\"kind\":\"{kind}\",\"step\":{step},\"frames\":{step},\"metrics\":{{");
            rows.Append(FormattableString.Invariant(metrics)).Append('}');
            if (wall is not null)
                rows.Append(",\"wall\":{").Append(FormattableString.Invariant(wall)).Append('}');
            rows.Append("}\n");
        }
    }

    /// <summary>The data of a page's file.</summary>
    public static JsonObject Data(string html)
    {
        const string start = "<script type=\"application/json\" id=\"data\">";
        var from = html.IndexOf(start, StringComparison.Ordinal) + start.Length;
        return JsonNode.Parse(html[from..html.IndexOf("</script>", from, StringComparison.Ordinal)])!.AsObject();
    }

    /// <summary>The section of a kind.</summary>
    public static JsonObject Section(this JsonObject page, string title) =>
        page["sections"]!.AsArray().Single(s => (string?)s!["title"] == title)!.AsObject();

    public static JsonObject Chart(this JsonObject section, string title) =>
        section["charts"]!.AsArray().Single(s => (string?)s!["title"] == title)!.AsObject();
}
