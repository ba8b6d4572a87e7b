using System.Text.Json;
using System.Text.Json.Nodes;
using FastDqn.Core;
using FastDqn.Tests;
using FastDqn.Training.Checkpoints;
using FastDqn.Training.Configuration;
using FastDqn.Training.Runs;
using static FastDqn.Training.Tests.TrainingRunTests;

namespace FastDqn.Training.Tests;

/// <summary>Runs outlive the option set that they were made with.</summary>
public sealed class UpgradeTests
{
    [Fact]
    public void ARunOfAnOlderOptionSetGoesOnAsIfNothingHadChanged()
    {
        using var folder = new TempFolder();
        TrainingRun.Start(Older(folder.File("whole")), [], new Watcher(), new StopSignals());
        Interrupt(folder.File("cut"));
        // What the older version left: options that went since, and none of those that came.
        File.WriteAllText(folder.File("cut/config.yaml"), Text("older-config.yaml"));
        RewriteManifest(folder.File("cut"), manifest => manifest["options"] = JsonNode.Parse(Text("older-options.json")));

        var watcher = new Watcher();
        var told = new List<string>();
        TrainingRun.Resume(folder.File("cut"), RunDirectory.ReadConfig(folder.File("cut"), told.Add), watcher, new StopSignals());
        Assert.Contains("env.episodic_life", Assert.Single(told), StringComparison.Ordinal);
        Assert.Empty(watcher.Warnings);
        Assert.Equal(Metrics(folder.File("whole")), Metrics(folder.File("cut")));
        Assert.Equal(Weights(folder.File("whole")), Weights(folder.File("cut")));
    }

    [Fact]
    public void ACheckpointThatNotedAHashOfAllOptionsIsTakenWithAWord()
    {
        using var folder = new TempFolder();
        Interrupt(folder.File("run"));
        RewriteManifest(folder.File("run"), manifest =>
        {
            manifest.Remove("options");
            manifest["config"] = new string('a', 64);
        });
        var watcher = new Watcher();
        Assert.Equal(RunEnd.Finished, Resume(folder.File("run"), watcher).End);
        Assert.Contains("noted no options", Assert.Single(watcher.Warnings), StringComparison.Ordinal);
    }

    [Fact]
    public void OptionsThatAreNotTheCheckpointsAreRefusedByName()
    {
        using var folder = new TempFolder();
        Interrupt(folder.File("run"));
        var path = folder.File("run/config.yaml");
        File.WriteAllText(path, File.ReadAllText(path).Replace("gamma: 0.99", "gamma: 0.5", StringComparison.Ordinal));
        var error = Assert.Throws<FastDqnException>(() => Resume(folder.File("run"), new Watcher()));
        Assert.Equal(ErrorKind.BadData, error.Kind);
        Assert.Contains("target.gamma 0.99 is now 0.5", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void AnOptionMayComeGoAndChangeItsDefault()
    {
        var config = new TrainConfig();
        var noted = RunChanges.Deciding(config).ToDictionary(StringComparer.Ordinal);
        Assert.DoesNotContain(noted.Keys, name => name is "run.dir" or "env.rom" or "train.steps" or "eval.every" or "log.every");
        Assert.Empty(RunChanges.Differences(noted, config));

        // Came since, gone since.
        noted.Remove("env.sticky");
        noted["env.gone"] = "7";
        Assert.Empty(RunChanges.Differences(noted, config));
        Assert.Equal(
            ["env.sticky 0 is now 0.25"],
            RunChanges.Differences(noted, config with { Env = config.Env with { Atari = config.Env.Atari with { Sticky = 0.25 } } }));

        // Another default since: what the run was made with is noted and stands in its config.yaml.
        noted["target.gamma"] = "0.9";
        Assert.Empty(RunChanges.Differences(noted, config with { Target = config.Target with { Gamma = 0.9 } }));
        Assert.Equal(["target.gamma 0.9 is now 0.99"], RunChanges.Differences(noted, config));
    }

    [Fact]
    public void WhatARunDoesNotNameIsAtItsDefaultAndNotAtItsAlgorithmsValue()
    {
        using var folder = new TempFolder();
        var rainbow = new ConfigLayers().AddSetting("algorithm.name=rainbow").AddSetting($"run.dir={folder.File("run")}");
        RunDirectory.Create(rainbow.Resolve(), []).Dispose();
        var path = folder.File("run/config.yaml");
        File.WriteAllLines(path, File.ReadAllLines(path).Where(line => !line.StartsWith("  noisy:", StringComparison.Ordinal)));
        Assert.Equal(("rainbow", false, true), Named(RunDirectory.ReadConfig(folder.File("run"), Assert.Fail)));

        static (string, bool, bool) Named(TrainConfig config) => (config.Algorithm.Name, config.Head.Noisy, config.Head.Dueling);
    }

    [Theory]
    [InlineData("true", "same")]
    [InlineData("false", "valid")]
    public void PaddingGoesOnUnderItsNewName(string then, string now)
    {
        var told = new List<string>();
        var entries = RetiredOptions.LeaveOut(YamlConfig.Read($"body: {{ same_padding: {then} }}", "older"), "older", told.Add);
        var config = new ConfigLayers().AddEntries(entries, "older").ResolveAsWritten();
        Assert.Equal(now, config.Body.Padding.ToString());
        Assert.Empty(told);
        // And what its checkpoint noted is the same.
        var noted = new Dictionary<string, string>(RunChanges.Deciding(config)) { ["body.same_padding"] = then };
        noted.Remove("body.padding");
        Assert.Empty(RunChanges.Differences(noted, config));
        var other = config with { Body = config.Body with { Padding = FastDqn.Learning.Specs.Padding.Of(3) } };
        Assert.Equal([$"body.padding {now} is now 3"], RunChanges.Differences(noted, other));
    }

    /// <summary>The training of the older version's file.</summary>
    private static TrainConfig Older(string directory)
    {
        var entries = RetiredOptions.LeaveOut(YamlConfig.Read(Text("older-config.yaml"), "older"), "older", _ => { });
        return new ConfigLayers().AddEntries(entries, "older").AddSetting($"run.dir={directory}").ResolveAsWritten();
    }

    private static void Interrupt(string directory)
    {
        using var signals = new StopSignals();
        var watcher = new Watcher { StopAtStep = 500, Signals = signals };
        Assert.Equal(RunEnd.Stopped, TrainingRun.Start(Older(directory), [], watcher, signals).End);
    }

    private static TrainResult Resume(string run, Watcher watcher) =>
        TrainingRun.Resume(run, RunDirectory.ReadConfig(run, Assert.Fail), watcher, new StopSignals());

    private static void RewriteManifest(string run, Action<JsonObject> change)
    {
        foreach (var checkpoint in new CheckpointStore(RunDirectory.CheckpointsOf(run)).List())
        {
            var path = Path.Combine(checkpoint, CheckpointManifest.FileName);
            var manifest = JsonNode.Parse(File.ReadAllText(path))!.AsObject();
            change(manifest);
            File.WriteAllText(path, manifest.ToJsonString(new JsonSerializerOptions { WriteIndented = true }));
        }
    }

    private static string Text(string name)
    {
        using var reader = new StreamReader(typeof(UpgradeTests).Assembly.GetManifestResourceStream(name)!);
        return reader.ReadToEnd();
    }
}
