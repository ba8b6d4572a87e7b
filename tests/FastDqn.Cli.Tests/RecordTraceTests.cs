using FastDqn.Environments.Atari;
using FastDqn.Tests;
using static FastDqn.Cli.Tests.CommandRunner;

namespace FastDqn.Cli.Tests;

/// <summary>A game's start is bounded, whatever mode and stickiness are asked for and whoever emulates.</summary>
[Collection("console")]
public sealed class RecordTraceTests
{
    /// <summary>As in the native tests: taken for Double Dunk, RIGHT and LEFT set and clear its options.</summary>
    private static ReadOnlySpan<byte> Menu =>
    [
        0x78, 0xD8, 0xA2, 0xFF, 0x9A, 0xA9, 0x00, 0x85, 0x80, 0x85, 0xB0, 0xA9, 0x02, 0x85, 0x00, 0x85, 0x02, 0x85, 0x02, 0x85, 0x02,
        0xA9, 0x00, 0x85, 0x00, 0xE6, 0xB0, 0xAD, 0x80, 0x02, 0x30, 0x04, 0xA2, 0xFF, 0x86, 0x80, 0x29, 0x40, 0xD0, 0x04, 0xA2, 0x00,
        0x86, 0x80, 0xA0, 0xFF, 0x85, 0x02, 0x88, 0xD0, 0xFB, 0x4C, 0x0B, 0xF8,
    ];

    [Theory]
    [InlineData("vcs")]
    [InlineData("ale")]
    public void AModeThatStickinessKeepsFromBeingReachedIsRefusedWithIt(string backend)
    {
        Assert.SkipUnless(backend == "vcs" || AtariBackends.AleProblem is null, AtariBackends.AleProblem ?? "");
        using var folder = new TempFolder();
        var image = new byte[2048];
        Menu.CopyTo(image);
        (image[0x7FD], image[0x7FF]) = (0xF8, 0xF8);
        var rom = folder.File("double_dunk.bin");
        File.WriteAllBytes(rom, image);
        var (exit, output, errors) = Record("--sticky", "1", "--mode", "5");
        Assert.Equal((2, ""), (exit, output));
        Assert.Contains("does not reach mode 5 of double_dunk with sticky actions of 1", errors, StringComparison.Ordinal);
        Assert.DoesNotContain("another game", errors, StringComparison.Ordinal);
        Assert.Equal(0, Record("--sticky", "0.5", "--mode", "5").Exit);
        Assert.Equal(0, Record("--sticky", "1").Exit);

        (int Exit, string Output, string Errors) Record(params string[] more) =>
            Invoke(["record-trace", rom, "--steps", "5", "--backend", backend, .. more]);
    }
}
