using System.Text;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using FastDqn.Learning;
using FastDqn.Learning.Specs;
using FastDqn.Tests;
using FastDqn.Training.Configuration;
using static FastDqn.Cli.Tests.CommandRunner;

namespace FastDqn.Cli.Tests;

/// <summary>What the program says of a configuration is what would be trained, in the form asked for.</summary>
[Collection("console")]
public sealed class ConfigListTests
{
    private const string Study =
        "method: grid\nmetric: {name: charts/mean_return, goal: maximize}\nparameters: {target.gamma: {values: [0.9, 0.99]}}\n";

    [Fact]
    public void PrintConfigAsJsonIsTheYamlsValues()
    {
        string[] arguments =
        [
            "train", "--env", "cartpole", "--set", "exploration.kind=piecewise", "--set", "exploration.points=0,1,5,0.5",
            "--set", "run.name=a \"b\"", "--print-config",
        ];
        var json = JsonNode.Parse(Invoke([.. arguments, "--json"]).Output)!;
        var written = YamlConfig.Read(Invoke(arguments).Output, "printed");
        var printed = json.AsObject().SelectMany(section => section.Value!.AsObject().Select(entry => $"{section.Key}.{entry.Key}"));
        Assert.Equal(written.Select(entry => entry.Key).Order(), printed.Order());
        Assert.DoesNotContain(written, entry => entry.Key is "env.sticky" or "exploration.start");
        foreach (var entry in written)
        {
            var key = ConfigSchema.Get(entry.Key);
            var value = json[key.Section]![entry.Key[(key.Section.Length + 1)..]]!;
            var text = value is JsonValue single && single.TryGetValue<string>(out var word) ? word : value.ToJsonString();
            Assert.Equal(ConfigKey.Format(key.Parse(entry.Value)), ConfigKey.Format(key.Parse(text)));
        }
    }

    [Theory]
    [InlineData("--print-config")]
    [InlineData("--list-options")]
    [InlineData("--list-presets")]
    [InlineData("--list-algorithms")]
    public void WhatIsAskedForAsJsonIsOneDocument(string list)
    {
        var (exit, output, errors) = Invoke(["train", list, "--json"]);
        Assert.True(exit == 0, errors);
        Assert.NotNull(JsonNode.Parse(output));
    }

    [Fact]
    public void DryRunsAsJsonAreOneDocument()
    {
        using var folder = new TempFolder();
        folder.Write("b.yaml", "envs: [cartpole]\nseeds: [1, 2]\n");
        folder.Write("s.yaml", Study);
        Assert.Equal(2, JsonNode.Parse(Invoke(["batch", folder.File("b.yaml"), "--dry-run", "--json"]).Output)!.AsArray().Count);
        var sweep = JsonNode.Parse(Invoke(["sweep", "run", folder.File("s.yaml"), "--dry-run", "--json"]).Output)!;
        Assert.Equal(2, sweep["trials"]!.AsArray().Count);
        Assert.Equal(2, sweep["starts"]!.AsArray().Count);
    }

    [Theory]
    [InlineData(2, "unknown environment 'cartpoel'; did you mean 'cartpole'?", "--env", "cartpoel")]
    [InlineData(3, "does not exist", "--rom", "{tmp}/absent.bin")]
    [InlineData(2, "'train.steps' is given twice, first on line 1", "--config", "{tmp}/twice.yaml")]
    [InlineData(2, "'train.steps' is given twice, first on line 2", "--config", "{tmp}/nested.yaml")]
    [InlineData(2, "latin1.yaml:2: not UTF-8", "--config", "{tmp}/latin1.yaml")]
    public void WhatCouldNotBeTrainedIsNotPrinted(int code, string says, string option, string value)
    {
        using var folder = new TempFolder();
        folder.Write("twice.yaml", "train.steps: 100\ntrain: {steps: 200}\n");
        folder.Write("nested.yaml", "train:\n  steps: 100\ntrain.steps: 200\n");
        File.WriteAllBytes(folder.File("latin1.yaml"), Encoding.Latin1.GetBytes("run.seed: 1\n# größer\n"));
        value = value.Replace("{tmp}", folder.Path, StringComparison.Ordinal);
        var (exit, output, errors) = Invoke(["train", option, value, "--print-config"]);
        Assert.Equal(code, exit);
        Assert.Equal("", output);
        Assert.Contains(says, Assert.Single(errors.Split('\n', StringSplitOptions.RemoveEmptyEntries)), StringComparison.Ordinal);
    }

    [Fact]
    public void AStudysBaseIsHeldToTheSame()
    {
        using var folder = new TempFolder();
        AssertRefused("base: {train.steps: 1, train: {steps: 2}}\n", "'train.steps' is given twice");
        AssertRefused("base: {env.name: cartpoel}\n", "unknown environment 'cartpoel'");

        void AssertRefused(string ending, string says)
        {
            var (exit, _, errors) = Invoke(["sweep", "run", folder.Write("s.yaml", Study + ending), "--dry-run"]);
            Assert.Equal(2, exit);
            Assert.Contains(says, errors, StringComparison.Ordinal);
        }
    }

    [Fact]
    public void ListOptionsShowsTheValuesOfWhatIsNamedWithIt()
    {
        AssertLists("^target.steps = 1  [(].*[)]$");
        AssertLists("^target.steps = 3  [(]integer, 1..64, agent steps[)]  from algorithm rainbow$", "--algorithm", "rainbow");
        AssertLists("^body.kind = mlp  .*from preset cartpole:", "--env", "cartpole");
        AssertLists("^target.steps = 3  .*from preset cartpole:", "cartpole");
        AssertLists("^run.seed = 9  [(]integer, at least 0[)]  from --seed$", "--seed", "9");

        static void AssertLists(string line, params string[] named) =>
            Assert.Matches(new Regex(line, RegexOptions.Multiline), Invoke(["train", "--list-options", .. named]).Output);
    }

    [Fact]
    public void EveryAlgorithmIsListedWithALine()
    {
        var listed = JsonNode.Parse(Invoke(["train", "--list-algorithms", "--json"]).Output)!.AsArray();
        Assert.Equal(AlgorithmPresets.Names, listed.Select(a => (string)a!["name"]!));
        Assert.All(listed, a => Assert.NotEqual("", (string?)a!["description"]));
    }
}
