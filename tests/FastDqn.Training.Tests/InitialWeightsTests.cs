using System.Text.Json.Nodes;
using FastDqn.Core;
using FastDqn.Learning;
using FastDqn.Learning.Specs;
using FastDqn.Learning.Weights;
using FastDqn.Tests;
using FastDqn.Training.Evaluation;
using FastDqn.Training.Loops;
using FastDqn.Training.Runs;

namespace FastDqn.Training.Tests;

/// <summary>Runs that start from weights (train.init).</summary>
public sealed class InitialWeightsTests : IDisposable
{
    private const string Images = "env.name=gridworld;body.kind=composed;body.convolutions=4 8x8/8;body.widths=16";
    private readonly TempFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("on")]
    [InlineData("off")]
    public void ARunWithoutUpdatesEndsWithTheWeightsThatItStartedFrom(string overlap)
    {
        var source = Source();
        var config = SmallRuns.Config("dqn", $"train.init={source}", "run.seed=9", "schedule.warm_up=400", $"train.overlap={overlap}");
        var (_, told) = SmallRuns.Run(config, Run("second"));
        Assert.Equal(Weights(source), Weights(Run("second")));
        Assert.DoesNotContain(told.Warnings, warning => warning.Contains("weights", StringComparison.Ordinal));
        var kept = Info("second")["init"]!;
        Assert.Empty(kept["new"]!.AsArray());
        Assert.Equal(WeightSource.Find(source, Fail), (string?)kept["file"]);
    }

    [Fact]
    public void AHeadThatDiffersStartsAnewAndThatIsSaid()
    {
        var source = Source();
        var (_, told) = SmallRuns.Run(
            SmallRuns.Config("dqn", $"train.init={source}", "head.dueling=true", "schedule.warm_up=400"), Run("second"));
        var warning = Assert.Single(told.Warnings, warning => warning.Contains("weights from", StringComparison.Ordinal));
        Assert.Contains("the head differs: value_head.0.weight", warning, StringComparison.Ordinal);
        Assert.Contains("not used: network.2.weight, network.2.bias", warning, StringComparison.Ordinal);
        var (before, after) = (Weights(source), Weights(Run("second")));
        Assert.Equal(before["network.0.weight"], after["network.0.weight"]);
        Assert.Contains("value_head.2.bias", Info("second")["init"]!["new"]!.AsArray().Select(name => (string?)name));
    }

    [Fact]
    public void AnotherBodyIsRefusedBeforeAFolderIsMade()
    {
        var source = Source();
        var error = Assert.Throws<FastDqnException>(
            () => SmallRuns.Run(SmallRuns.Config("dqn", $"train.init={source}", "body.widths=9"), Run("second")));
        Assert.Equal(ErrorKind.BadData, error.Kind);
        Assert.Contains("weight 'network.0.weight' has shape 8x4, this network needs 9x4", error.Message, StringComparison.Ordinal);
        Assert.False(Directory.Exists(Run("second")));
        var missing = Assert.Throws<FastDqnException>(
            () => SmallRuns.Run(SmallRuns.Config("dqn", $"train.init={_folder.File("none.safetensors")}"), Run("second")));
        Assert.Equal((ErrorKind.BadData, false), (missing.Kind, Directory.Exists(Run("second"))));
    }

    [Theory]
    // Layers more in the file than in the network, under one head and another.
    [InlineData("body.widths=8,8", "body.widths=8", "this network lacks network.2")]
    [InlineData("body.widths=8,8", "body.widths=8;head.dueling=true", "this network lacks network.2")]
    [InlineData("body.widths=8,6;head.dueling=true", "body.widths=8;head.dueling=true", "this network lacks network.2")]
    [InlineData("body.lstm=8;replay.sequence=6;replay.overlap=3", "body.widths=8", "this network lacks lstm")]
    [InlineData("body.lstm=8;replay.sequence=6;replay.overlap=3", "head.dueling=true", "this network lacks lstm")]
    // Layers more in the network, of which the file's head has the shape.
    [InlineData("body.widths=8", "body.widths=8,2", "its last layer, network.2, would become a layer of this network's body")]
    [InlineData("body.widths=8", "body.widths=8,2;head.dueling=true", "its last layer, network.2, would become a layer")]
    public void ABodyOfMoreOrFewerLayersIsRefused(string before, string after, string why)
    {
        SmallRuns.Run(SmallRuns.Config("dqn", before.Split(';')), Run("first"));
        var error = Assert.Throws<FastDqnException>(
            () => SmallRuns.Run(SmallRuns.Config("dqn", [.. after.Split(';'), $"train.init={Run("first")}"]), Run("second")));
        Assert.Equal(ErrorKind.BadData, error.Kind);
        Assert.Contains("the weights are of another body: ", error.Message, StringComparison.Ordinal);
        Assert.Contains(why, error.Message, StringComparison.Ordinal);
        Assert.False(Directory.Exists(Run("second")));
    }

    [Theory]
    [InlineData("head.noisy=true;head.hidden=8", "body.widths=8", "network.2.weight")]
    [InlineData("body.widths=8", "head.noisy=true;head.hidden=6", "network.2.weight_mu")]
    [InlineData("head.kind=quantile", "head.kind=implicit_quantile", "quantile_embedding.weight")]
    [InlineData(Images, $"{Images};head.dueling=true;head.hidden=8", "value_head.0.weight")]
    public void OneBodyUnderAnyHeadIsTaken(string before, string after, string anew)
    {
        SmallRuns.Run(SmallRuns.Config("dqn", before.Split(';')), Run("first"));
        var (_, told) = SmallRuns.Run(SmallRuns.Config("dqn", [.. after.Split(';'), $"train.init={Run("first")}"]), Run("second"));
        var warning = Assert.Single(told.Warnings, w => w.Contains("the head differs", StringComparison.Ordinal));
        Assert.Contains(anew, warning, StringComparison.Ordinal);
    }

    [Fact]
    public void ARunGoesOnWithoutTheFileThatItStartedFrom()
    {
        var source = WeightSource.Find(Source(), Fail);
        var file = _folder.File("init.safetensors");
        File.Copy(source, file);
        var config = SmallRuns.Config("dqn", $"train.init={file}");
        SmallRuns.Run(config, Run("whole"));
        var first = SmallRuns.Run(config with { Train = config.Train with { Steps = 200 } }, Run("cut")).Result;
        Assert.InRange(first.Steps, 200, 399);
        File.Delete(file);
        var kept = RunDirectory.ReadConfig(Run("cut"), Fail);
        using var signals = new StopSignals();
        _ = TrainingRun.Resume(Run("cut"), kept with { Train = kept.Train with { Steps = 400 } }, new SmallRuns.Told(), signals);
        Assert.Equal(Weights(Run("whole")), Weights(Run("cut")));
    }

    [Fact]
    public void WithOverlapTheActorStartsFromTheWeights()
    {
        var spec = AlgorithmPresets.Get("dqn-nature") with { Body = new BodySpec { Kind = BodyKind.Mlp, Widths = [8] } };
        var input = new NetworkInput(ObservationKind.Float32, [4]);
        using var side = new LearnerSide<DqnLearner>(overlap: true, seed: 1, () => new DqnLearner(spec, input, 2, 1, "cpu", 1));
        using var other = new DqnLearner(spec, input, 2, 2, "cpu", 1);
        Assert.Null(side.Import(other.ExportWeights()).Note);
        var (expected, found) = (new float[2], new float[2]);
        float[] seen = [0.1f, -0.2f, 0.3f, 0.4f];
        unsafe
        {
            fixed (float* observation = seen)
            {
                other.QValues((nint)observation, 1, expected);
                side.ComputeQ((nint)observation, 1, found);
            }
        }

        Assert.Equal(expected, found);
    }

    private static void Fail(string warning) => Assert.Fail(warning);

    private string Run(string name) => _folder.File(name);

    private string Source()
    {
        SmallRuns.Run(SmallRuns.Config("dqn"), Run("first"));
        return Run("first");
    }

    private JsonNode Info(string run) => JsonNode.Parse(File.ReadAllText(Path.Combine(Run(run), RunInfo.FileName)))!;

    private static Dictionary<string, float[]> Weights(string run) =>
        Safetensors.Read(WeightSource.Find(run, Fail)).ToDictionary(tensor => tensor.Name, tensor => tensor.Values.ToArray());
}
