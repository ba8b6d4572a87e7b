using FastDqn.Learning.Networks;
using FastDqn.Learning.Specs;

namespace FastDqn.Learning.Tests;

/// <summary>The table of a network's layers against what is counted by hand, and against the network itself.</summary>
public sealed class NetworkTableTests
{
    private static readonly NetworkInput Stack = new(ObservationKind.UInt8, [4, 84, 84]);

    [Fact]
    public void NaturesTableIsTheKnownOne()
    {
        var table = NetworkTable.Of(AlgorithmPresets.Get("dqn-nature"), Stack, 4);
        Assert.Equal(
            [
                "input|uint8 / 255|4x84x84|0|0",
                "network.0|convolution 8x8/4|32x20x20|8224|3276800",
                "network.1|relu|32x20x20|0|0",
                "network.2|convolution 4x4/2|64x9x9|32832|2654208",
                "network.3|relu|64x9x9|0|0",
                "network.4|convolution 3x3/1|64x7x7|36928|1806336",
                "network.5|relu|64x7x7|0|0",
                "network.6|flatten|3136|0|0",
                "network.7|linear|512|1606144|1605632",
                "network.8|relu|512|0|0",
                "network.9|linear|4|2052|2048",
            ],
            table.Rows.Select(row => $"{row.Name}|{row.Kind}|{row.ShapeText}|{row.Parameters}|{row.MultiplyAdds}"));
        Assert.Equal((1_686_180, 9_345_024), (table.Parameters, table.MultiplyAdds));
        // 32 transitions: prediction and target forward; backward without the gradient by the picture.
        Assert.Equal(32, table.Update.Minibatch);
        Assert.Equal(32 * 2 * 9_345_024, table.Update.Forward);
        Assert.Equal(32 * ((2 * 9_345_024) - 3_276_800), table.Update.Backward);
        // RMSProp with a mean: two moments.
        const long bytes = 4 * 1_686_180;
        Assert.Equal(
            (bytes, bytes, bytes, 2 * bytes),
            (table.Update.ParameterBytes, table.Update.TargetBytes, table.Update.GradientBytes, table.Update.OptimizerBytes));
    }

    [Fact]
    public void PassesOfTheTargetAreCounted()
    {
        var spec = AlgorithmPresets.Get("dqn-cleanrl");
        long Forward(Func<AlgorithmSpec, AlgorithmSpec> change) => NetworkTable.Of(change(spec), Stack, 4).Update.Forward;
        var pass = 32 * NetworkTable.Of(spec, Stack, 4).MultiplyAdds;
        Assert.Equal(2 * pass, Forward(s => s));
        Assert.Equal(3 * pass, Forward(s => s with { Target = s.Target with { Double = true } }));
        Assert.Equal(3 * pass, Forward(s => s with { Target = s.Target with { Munchausen = true } }));
        Assert.Equal(0, NetworkTable.Of(AlgorithmPresets.Get("dqn-2013"), Stack, 4).Update.TargetBytes);
        // Implicit quantiles: the body once a pass, the head once a fraction: 64 + 64 + 32 of them.
        var iqn = NetworkTable.Of(AlgorithmPresets.Get("iqn"), Stack, 4);
        const long body = 3_276_800 + 2_654_208 + 1_806_336;
        const long head = (64 * 3_136) + (3_136 * 512) + (512 * 4);
        Assert.Equal(body + (64 * head), iqn.MultiplyAdds);
        Assert.Equal(32 * ((2 * body) + (160 * head)), iqn.Update.Forward);
    }

    [Fact]
    public void ARecurrentNetworkIsRunOverWholeSequences()
    {
        var table = NetworkTable.Of(AlgorithmPresets.Get("r2d2"), Stack, 4);
        // Four gates, of the features, the last action and its reward, and the output before; two biases.
        const long convolutions = 3_276_800 + 2_654_208 + 1_806_336, inputs = 3_136 + 5;
        const long lstm = 4 * 512 * (inputs + 512), heads = (2 * 512 * 512) + (512 * 5);
        Assert.Equal(
            $"lstm|lstm, last action and reward|512|{lstm + (8 * 512)}|{lstm}",
            table.Rows.Where(row => row.Name == "lstm")
                .Select(row => $"{row.Name}|{row.Kind}|{row.ShapeText}|{row.Parameters}|{row.MultiplyAdds}").Single());
        Assert.Equal(convolutions + lstm + heads, table.MultiplyAdds);
        // 64 sequences: 40 steps of burn-in, 80 that are learned from, 5 that their returns reach; by both networks.
        Assert.Equal(64 * 80, table.Update.Minibatch);
        Assert.Equal(64 * 125 * 2 * table.MultiplyAdds, table.Update.Forward);
        Assert.Equal(64 * 85 * ((2 * table.MultiplyAdds) - 3_276_800), table.Update.Backward);
    }

    [Fact]
    public void PredictedStepsAndWhatTheyAreComparedWithAreCounted()
    {
        var spec = AlgorithmPresets.Get("spr");
        var table = NetworkTable.Of(spec, Stack, 4);
        const long body = 3_276_800 + 2_654_208 + 1_806_336, projection = 2 * 3_136 * 256;
        // Two convolutions of 64 filters over 7x7, of 64 channels and 4 actions and of 64 channels; the predictor.
        const long step = (64L * 9 * 49 * (68 + 64)) + (512 * 512);
        var plain = NetworkTable.Of(spec with { SelfPrediction = new SelfPredictionSpec() }, Stack, 4);
        Assert.Equal(plain.MultiplyAdds, table.MultiplyAdds);
        Assert.Equal(32 * 5 * (step + projection + body + projection), table.Update.Forward - plain.Update.Forward);
        Assert.Equal(32 * 5 * 2 * (step + projection), table.Update.Backward - plain.Update.Backward);
        // Two convolutions with biases, batch norm, the predictor.
        const long trained = (64 * 9 * (68 + 64)) + (2 * 64) + (2 * 64) + (512 * 512) + 512;
        Assert.Equal(trained, table.Parameters - plain.Parameters);
        Assert.Equal(4 * table.Parameters, table.Update.TargetBytes);
        var apart = NetworkTable.Of(spec with { SelfPrediction = spec.SelfPrediction with { Tau = 0.01 } }, Stack, 4);
        Assert.Equal(8 * table.Parameters, apart.Update.TargetBytes);
    }

    public static TheoryData<string> Presets => [.. AlgorithmPresets.Names];

    [Theory]
    [MemberData(nameof(Presets))]
    public void ATableIsWholeAndItsGraphHasNoLooseEnd(string name)
    {
        var spec = AlgorithmPresets.Get(name);
        var table = NetworkTable.Of(spec, Stack, 6);
        Assert.Equal(table.Parameters, table.Rows.Sum(row => row.Parameters));
        Assert.Equal(table.Rows.Count, table.Rows.Select(row => row.Name).Distinct().Count());
        var before = new HashSet<string>();
        foreach (var row in table.Rows)
        {
            Assert.All(row.Inputs, input => Assert.Contains(input, before));
            before.Add(row.Name);
        }

        // Everything but the end, and that of predicted features, is taken by something.
        var taken = table.Rows.SelectMany(row => row.Inputs).ToHashSet();
        string[] ends = spec.SelfPrediction.Steps > 0 ? ["dueling", "predictor"] : [table.Rows[^1].Name];
        Assert.Equal(ends, table.Rows.Select(row => row.Name).Where(row => !taken.Contains(row)));
    }
}
