using System.Text.Json;
using FastDqn.Core;

namespace FastDqn.Pixels.Tests;

/// <summary>The presets against pictures made by OpenCV and Pillow, byte for byte.</summary>
public sealed class GoldenTests
{
    /// <summary>Golden files whose input is gray: a preset then sees the level as index and as colour.</summary>
    public static TheoryData<string, string> GrayCases => new()
    {
        { "ale", "gray_cv2_area_84.u8" },
        { "dopamine", "gray_cv2_area_84.u8" },
        { "nature", "gray_cv2_linear_84.u8" },
        { "sb3", "gray_cv2_area_84.u8" },
        { "crop160", "gray_crop34_160_nearest_84.u8" },
    };

    public static TheoryData<string, string> ColourCases => new()
    {
        { "sb3", "rgb_cv2_gray_then_area_84.u8" },
        { "cleanrl", "rgb_cv2_area_84_then_gray.u8" },
        { "dqn-zoo", "rgb_luma_truncated_then_pil_bilinear_84.u8" },
        { "pillow-nearest", "rgb_pil_nearest_84_then_luma_down.u8" },
        { "pillow-bicubic", "rgb_pil_bicubic_84_then_pil_gray.u8" },
        { "tf2-crop160", "rgb_tf_gray_crop34_160_tf_nearest_84.u8" },
    };

    public static TheoryData<InstructionSet> InstructionSets =>
        [.. Enum.GetValues<InstructionSet>().Where(set => set != InstructionSet.Best)];

    [Theory]
    [MemberData(nameof(GrayCases))]
    public void TheReferenceGivesTheGoldenBytesFromGray(string preset, string golden)
    {
        var converter = new ReferenceConverter(new PixelOptions(PixelPreset.Named(preset)), Palette.Grays);
        var frames = Golden.All("gray_in.u8");
        var observations = new byte[Golden.Pictures * converter.ObservationBytes];
        converter.Convert(frames, frames, observations);
        Assert.Equal(Golden.All(golden), observations);
    }

    [Theory]
    [MemberData(nameof(ColourCases))]
    public void TheReferenceGivesTheGoldenBytesFromColours(string preset, string golden)
    {
        var converter = new ReferenceConverter(new PixelOptions(PixelPreset.Named(preset)), Palette.Grays);
        for (var i = 0; i < Golden.Pictures; i++)
        {
            var rgb = Golden.Picture("rgb_in.u8", i);
            var observation = new byte[converter.ObservationBytes];
            converter.ConvertRgb(rgb, rgb, observation);
            Assert.Equal(Golden.Picture(golden, i), observation);
        }
    }

    [Fact]
    public void TheReferenceGivesPillowsBilinearFromGrayLevelsThatTruncationKeeps()
    {
        var converter = new ReferenceConverter(new PixelOptions(PixelPreset.DqnZoo), Palette.Grays);
        for (var level = 0; level < 256; level++)
            Assert.Equal(level, PixelPlan.Gray(GrayRule.Truncated, level, level, level));
        var frames = Golden.All("gray_in.u8");
        var observations = new byte[Golden.Pictures * converter.ObservationBytes];
        converter.Convert(frames, frames, observations);
        Assert.Equal(Golden.All("gray_pil_bilinear_84.u8"), observations);
    }

    // Colours on which the order of the sum decides, with NumPy's result (its tensordot in double, truncated).
    [Theory]
    [InlineData(1, 135, 4, 79)]
    [InlineData(1, 207, 28, 124)]
    [InlineData(1, 231, 36, 139)]
    [InlineData(3, 161, 14, 96)]
    [InlineData(3, 233, 38, 142)]
    public void TruncatedLuminanceIsNumPysWhereTheLastBitDecides(int r, int g, int b, int level) =>
        Assert.Equal(level, PixelPlan.Gray(GrayRule.Truncated, r, g, b));

    // Of colours whose sum in float depends on the order or on fused products: from the left, each rounded.
    [Theory]
    [InlineData(1, 234, 202, 160)]
    [InlineData(5, 49, 41, 34)]
    [InlineData(20, 196, 164, 139)]
    [InlineData(23, 195, 100, 132)]
    public void TensorFlowsGrayIsSummedFromTheLeft(int r, int g, int b, int level) =>
        Assert.Equal(level, PixelPlan.Gray(GrayRule.TensorFlow, r, g, b));

    // A centre of Pillow's own that lies between two pixels: its sum of scales falls short of 100 and 140.
    [Fact]
    public void TheTwoNearestsDifferWhereACentreLiesBetweenPixels()
    {
        var (pillow, tensorFlow) = (ResizeTaps.PillowNearest(160, 84), ResizeTaps.TensorFlowNearest(160, 84));
        Assert.Equal([52, 73], Enumerable.Range(0, 84).Where(i => pillow[i] != tensorFlow[i]));
        Assert.Equal((99, 139, 100, 140), (pillow[52], pillow[73], tensorFlow[52], tensorFlow[73]));
    }

    [Fact]
    public void TheReferenceGivesTheGoldenBytesForMsPacmanLess128()
    {
        var converter = new ReferenceConverter(new PixelOptions(PixelPreset.MsPacman88), Palette.Grays);
        for (var i = 0; i < Golden.Pictures; i++)
        {
            var rgb = MsPacmanInput(i);
            var observation = new byte[converter.ObservationBytes];
            converter.ConvertRgb(rgb, rgb, observation);
            Assert.Equal(Golden.Picture("mspacman_88x80.i8", i), observation.Select(value => (byte)(value - 128)));
        }
    }

    [Theory]
    [MemberData(nameof(InstructionSets))]
    public void TheNativePathGivesTheGoldenBytes(InstructionSet instructions)
    {
        if (instructions > NativeConverter.Best)
            Assert.Skip($"this CPU lacks {instructions}");
        var frames = Golden.All("gray_in.u8");
        foreach (var row in GrayCases)
            AssertNative(row.Data.Item1, Palette.Grays, frames, Golden.All(row.Data.Item2));
        var indexed = 0;
        for (var i = 0; i < Golden.Pictures; i++)
        {
            if (Golden.Indexed(Golden.Picture("rgb_in.u8", i)) is { } picture)
            {
                indexed++;
                foreach (var row in ColourCases)
                    AssertNative(row.Data.Item1, picture.Palette, picture.Indices, Golden.Picture(row.Data.Item2, i));
            }

            if (Golden.Indexed(MsPacmanInput(i)) is { } pacman)
                AssertNative(
                    "mspacman88", pacman.Palette, pacman.Indices,
                    [.. Golden.Picture("mspacman_88x80.i8", i).Select(value => (byte)(value + 128))]);
        }

        Assert.True(indexed >= 4, "most golden pictures have few colours");

        void AssertNative(string preset, Palette palette, byte[] input, byte[] expected)
        {
            using var converter = new NativeConverter(new PixelOptions(PixelPreset.Named(preset)), palette, instructions);
            var observations = new byte[expected.Length];
            converter.Convert(input, input, observations);
            Assert.Equal(expected, observations);
        }
    }

    [Fact]
    public void TheCopiesHereAreTheSharedOnes()
    {
        var shared = Environment.GetEnvironmentVariable("FASTDQN_SHARED") ?? FindShared();
        var folder = shared is null ? null : Path.Combine(shared, "data", "pixels");
        if (folder is null || !Directory.Exists(folder))
            Assert.Skip("the shared reference data is not here (FASTDQN_SHARED)");
        using var index = JsonDocument.Parse(File.ReadAllText(Path.Combine(folder, "index.json")));
        var compared = 0;
        foreach (var file in index.RootElement.GetProperty("files").EnumerateObject())
        {
            var name = file.Name + (file.Value.GetProperty("dtype").GetString() == "int8" ? ".i8" : ".u8");
            if (name == "mspacman_in.u8")
                Assert.Equal(File.ReadAllBytes(Path.Combine(folder, name)), Enumerable.Range(0, Golden.Pictures).SelectMany(MsPacmanInput));
            else
                Assert.Equal(File.ReadAllBytes(Path.Combine(folder, name)), Golden.All(name));
            compared++;
        }

        Assert.Equal(12, compared);
    }

    // The colour input with a patch of the wall's colour in the second picture.
    private static byte[] MsPacmanInput(int index)
    {
        var rgb = Golden.Picture("rgb_in.u8", index);
        if (index == 1)
            for (var y = 20; y < 60; y++)
                for (var x = 30; x < 90; x++)
                    new byte[] { 210, 164, 74 }.CopyTo(rgb, 3 * ((y * 160) + x));
        return rgb;
    }

    private static string? FindShared()
    {
        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
            if (File.Exists(Path.Combine(folder.FullName, "FastDqn.sln")))
                return folder.Parent is { } parent ? Path.Combine(parent.FullName, "shared") : null;
        return null;
    }
}
