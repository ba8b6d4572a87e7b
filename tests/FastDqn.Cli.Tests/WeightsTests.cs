using System.Text.Json.Nodes;
using FastDqn.Learning.Weights;
using FastDqn.Tests;
using static FastDqn.Cli.Tests.CommandRunner;

namespace FastDqn.Cli.Tests;

/// <summary>fastdqn weights: to other programs and from there.</summary>
[Collection("console")]
public sealed class WeightsTests : IDisposable
{
    private static readonly string[] Network = ["cartpole", "--set", "body.kind=mlp", "--set", "body.widths=8"];
    private readonly TempFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void WeightsGoToAnotherProgramsNamesAndComeBackTheSame()
    {
        var run = Train();
        var (theirs, ours) = (_folder.File("sb3.safetensors"), _folder.File("ours.safetensors"));
        var (exit, output, errors) = Invoke("weights", "export", run, "-o", theirs, "--names", "sb3");
        Assert.Equal((0, ""), (exit, errors));
        Assert.Equal($"{theirs}\n", output);
        Assert.Equal(
            ["q_net.q_net.0.weight", "q_net.q_net.0.bias", "q_net.q_net.2.weight", "q_net.q_net.2.bias"],
            Safetensors.Read(theirs).Select(tensor => tensor.Name));
        Assert.Equal(0, Invoke(["weights", "import", theirs, .. Network, "-o", ours]).Exit);
        var (before, after) = (Shown(run), Shown(ours));
        Assert.Equal(before["tensors"]!.ToJsonString(), after["tensors"]!.ToJsonString());
        Assert.Equal(("cartpole", "pt"), ((string?)after["metadata"]!["env"], (string?)after["metadata"]!["format"]));
    }

    [Fact]
    public void AFolderHoldsWhatAHubShows()
    {
        var run = Train();
        Assert.Equal(0, Invoke("eval", run, "--episodes", "3", "--no-random").Exit);
        var folder = _folder.File("hub");
        var (exit, output, errors) = Invoke("weights", "export", run, "-o", folder);
        Assert.Equal((0, ""), (exit, errors));
        string[] names = ["model.safetensors", "model.onnx", "config.yaml", "README.md"];
        Assert.Equal(names.Select(name => Path.Combine(folder, name)), output.TrimEnd().Split('\n'));
        var card = File.ReadAllText(Path.Combine(folder, "README.md"));
        Assert.StartsWith("---\nlibrary_name: fastdqn\n", card, StringComparison.Ordinal);
        Assert.Matches(@"type: mean_reward, name: mean_reward \(custom\), value: .[0-9.]+ \+/- [0-9.]+.,", card);
        Assert.Matches(@"\n\| .*custom.* \| 3 \| ", card);
        Assert.Contains("np.zeros((1, 4), np.float32)", card, StringComparison.Ordinal);
        Assert.Contains("new DenseTensor<float>([1, 4])", card, StringComparison.Ordinal);
        Assert.DoesNotContain(_folder.Path, File.ReadAllText(Path.Combine(folder, "config.yaml")), StringComparison.Ordinal);
        // As the card says.
        (exit, _, errors) = Invoke(
            "train", "--config", Path.Combine(folder, "config.yaml"), "--init", Path.Combine(folder, "model.safetensors"), "--run-dir",
            _folder.File("again"));
        Assert.True(exit == 0, errors);
        Assert.DoesNotContain("weights from", errors, StringComparison.Ordinal);
        // Once more into the same folder, but not among files of somebody else's.
        Assert.Equal(0, Invoke("weights", "export", run, "-o", folder).Exit);
        foreach (var (name, text) in new[] { ("README.md", "# Mine\n"), ("config.yaml", "a: 1\n") })
        {
            var theirs = Directory.CreateDirectory(_folder.File($"their {name}")).FullName;
            File.WriteAllText(Path.Combine(theirs, name), text);
            (exit, output, errors) = Invoke("weights", "export", run, "-o", theirs);
            Assert.Equal((2, ""), (exit, output));
            Assert.Contains($"holds {name}, and no README.md of an earlier export", errors, StringComparison.Ordinal);
            Assert.Equal(text, File.ReadAllText(Assert.Single(Directory.GetFiles(theirs))));
        }

        Directory.CreateDirectory(_folder.File("v.one"));
        File.WriteAllText(_folder.File("v.one/notes.txt"), "");
        foreach (var place in new[] { "v1.0", "v.one", "new.pt/" })
            Assert.Equal(0, Invoke("weights", "export", run, "-o", _folder.File(place)).Exit);

        var network = _folder.File("alone.onnx");
        Assert.Equal(0, Invoke("weights", "export", run, "-o", network).Exit);
        Assert.Equal(File.ReadAllBytes(Path.Combine(folder, "model.onnx")), File.ReadAllBytes(network));
    }

    [Fact]
    public void ShowListsShapesAndStatistics()
    {
        var file = _folder.File("small.safetensors");
        Safetensors.Write(
            file,
            [new("a", [2, 2], new float[] { 1, 2, 3, 6 }), new("b", [1], new[] { float.NaN })],
            new Dictionary<string, string> { ["step"] = "7" });
        var (exit, output, _) = Invoke("weights", "show", file);
        Assert.Equal(0, exit);
        Assert.Matches(@"step +7\n", output);
        Assert.Matches(@"\na +2x2 +4 +3 +1\.87083 +1 +6 +0\n", output);
        Assert.Matches(@"\nb +1 +1 +- +- +- +- +1\n", output);
        var tensor = Shown(file)["tensors"]![0]!;
        Assert.Equal((3, 1, 6), ((double)tensor["mean"]!, (double)tensor["least"]!, (double)tensor["most"]!));
    }

    [Fact]
    public void WhatDoesNotFitIsRefusedInALine()
    {
        var run = Train();
        var to = _folder.File("out.safetensors");
        void Refused(int code, string why, params string[] arguments)
        {
            var (exit, output, errors) = Invoke(arguments);
            Assert.Equal((code, ""), (exit, output));
            Assert.Contains(why, errors, StringComparison.Ordinal);
            Assert.Single(errors.TrimEnd().Split('\n'));
            Assert.False(File.Exists(to));
        }

        Refused(2, "--names sb4: cleanrl or sb3; did you mean 'sb3'?", "weights", "export", run, "-o", to, "--names", "sb4");
        Refused(3, "has shape 8x4, this network needs 9x4", ["weights", "import", Model(run), .. Network[..^1], "body.widths=9", "-o", to]);
        var bad = _folder.File("bad.safetensors");
        var tensors = Safetensors.Read(Model(run)).ToArray();
        tensors[0] = tensors[0] with { Values = Enumerable.Repeat(float.NaN, tensors[0].Values.Length).ToArray() };
        Safetensors.Write(bad, tensors, new Dictionary<string, string>());
        Refused(3, "weight 'network.0.weight' holds numbers that are not finite", ["weights", "import", bad, .. Network, "-o", to]);
        foreach (var ending in new[] { ".pt", ".pth", ".h5", ".zip", ".bin" })
        {
            Refused(
                2, $"alone{ending}: weights go to a file that ends in .safetensors, the network to one that ends in .onnx",
                "weights", "export", run, "-o", _folder.File($"alone{ending}"));
            Assert.False(Path.Exists(_folder.File($"alone{ending}")));
        }

        Refused(2, "a run's own folder", "weights", "export", run, "-o", run);
        Refused(2, "an ONNX file has one set of names", "weights", "export", run, "-o", to + ".onnx", "--names", "sb3");
        Refused(2, "ends with .safetensors", ["weights", "import", Model(run), .. Network, "-o", _folder.File("out")]);
        Refused(3, "no such file", "weights", "show", to);
        Refused(3, "holds no model.safetensors", "weights", "show", _folder.Path);
        Refused(1, "there is no folder", "weights", "export", run, "-o", Path.Combine(to, "deep.safetensors"));
    }

    private static string Model(string run) => Directory.GetFiles(run, "model.safetensors", SearchOption.AllDirectories)[0];

    private static JsonNode Shown(string source) => JsonNode.Parse(Invoke("weights", "show", source, "--json").Output)!;

    private string Train()
    {
        var run = _folder.File("run");
        var (exit, _, errors) = Invoke(
            ["train", .. Network, "--steps", "60", "--run-dir", run, "--eval-episodes", "0", "--set", "schedule.warm_up=40", "--set",
             "replay.capacity=1000", "--set", "schedule.batch_size=8", "--set", "log.films=false"]);
        Assert.True(exit == 0, errors);
        return run;
    }
}
