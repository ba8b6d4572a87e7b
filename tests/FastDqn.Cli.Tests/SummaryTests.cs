using System.Text.Json.Nodes;
using static FastDqn.Cli.Tests.CommandRunner;

namespace FastDqn.Cli.Tests;

[Collection("console")]
public sealed class SummaryTests
{
    // As docs/configuration.md shows it.
    private const string Bricks = """
        bricks, dqn-nature: sees 4x84x84 uint8, chooses from 4 actions

        layer      what               output    parameters  multiply-adds
        input      uint8 / 255        4x84x84            0              0
        network.0  convolution 8x8/4  16x20x20       4,112      1,638,400
        network.1  relu               16x20x20           0              0
        network.2  convolution 4x4/2  32x9x9         8,224        663,552
        network.3  relu               32x9x9             0              0
        network.4  flatten            2592               0              0
        network.5  linear             256          663,808        663,552
        network.6  relu               256                0              0
        network.7  linear             4              1,028          1,024
        total                                      677,172      2,966,528

        an update of 32 transitions  multiply-adds
        forward, target included       284,786,688
        backward                       137,428,992
        memory                               bytes
        parameters                       2,708,688
        target network                   2,708,688
        gradient                         2,708,688
        optimizer                        5,417,376
        replay memory                  354,562,600

        """;

    [Fact]
    public void TheTableOfThePresetIsTheOneInTheDocs()
    {
        var (exit, output, errors) = Invoke("summary", "bricks");
        Assert.Equal((0, Bricks, ""), (exit, output, errors));
    }

    [Fact]
    public void AComposedNetworkIsShownToProgramsAsToPeople()
    {
        var (exit, output, _) = Invoke(
            "summary", "gridworld", "--json", "--set", "body.convolutions=32 8x8/4, 64 4x4/2, 64 3x3/1, 512 7x7/1", "--set",
            "body.widths=256", "--set", "head.dueling=false", "--set", "target.use_target_network=false");
        Assert.Equal(0, exit);
        var document = JsonNode.Parse(output)!;
        var layers = document["layers"]!.AsArray();
        string[] shapes = [.. layers.Select(layer => string.Join('x', layer!["output"]!.AsArray()))];
        Assert.Equal(
            [
                "3x84x84", "32x20x20", "32x20x20", "64x9x9", "64x9x9", "64x7x7", "64x7x7", "512x1x1", "512x1x1", "512", "256", "256", "4",
            ],
            shapes);
        const int parameters = (32 * 193) + (64 * 513) + (64 * 577) + (512 * 3_137) + (513 * 256) + (257 * 4);
        Assert.Equal(parameters, (long)document["parameters"]!);
        Assert.Equal(parameters, layers.Sum(layer => (long)layer!["parameters"]!));
        Assert.Equal((4L * parameters, 0L), ((long)document["bytes"]!["parameters"]!, (long)document["bytes"]!["target_network"]!));
        // Prediction and target; the gradient by the picture is not asked for.
        var (products, first) = ((long)document["multiply_adds"]!, 32L * 20 * 20 * 3 * 64);
        Assert.Equal(32 * 2 * products, (long)document["update"]!["forward_multiply_adds"]!);
        Assert.Equal(32 * ((2 * products) - first), (long)document["update"]!["backward_multiply_adds"]!);
    }

    [Fact]
    public void ANetworkThatCannotBeIsRefused()
    {
        var (exit, output, errors) = Invoke("summary", "bricks", "--set", "body.convolutions=16 99x99");
        Assert.Equal((2, ""), (exit, output));
        Assert.Contains("a 99x99 convolution sees 84x84", errors, StringComparison.Ordinal);
    }
}
