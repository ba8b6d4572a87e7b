using System.Reflection;

namespace FastDqn.Environments;

/// <summary>
/// Bricks, FastDqn's own Atari 2600 game (<c>native/roms/bricks.asm</c>): the image travels inside this assembly, so
/// that <c>--env bricks</c> needs no ROM of the user's.
/// </summary>
public static class BundledGame
{
    /// <summary>The name as given to <c>--env</c>.</summary>
    public const string Name = "bricks";

    private const string Resource = "FastDqn.Environments.bricks.bin";

    private static readonly Lazy<byte[]> Loaded = new(Load);

    /// <summary>The 4 KiB cartridge image.</summary>
    public static ReadOnlySpan<byte> Image => Loaded.Value;

    private static byte[] Load()
    {
        using var stream = Assembly.GetExecutingAssembly().GetManifestResourceStream(Resource)!;
        var image = new byte[stream.Length];
        stream.ReadExactly(image);
        return image;
    }
}
