using System.Globalization;
using System.Runtime.InteropServices;
using FastDqn.Tests;

namespace FastDqn.Cli.Tests;

/// <summary>Another libtorch than the program's: the same libraries in a folder of their own.</summary>
internal sealed partial class LibTorchFolder : IDisposable
{
    public const string Main = "libtorch_cpu.so";
    public static readonly string Original = System.IO.Path.Combine(AppContext.BaseDirectory, "libtorch");
    private readonly TempFolder _folder = new();

    public LibTorchFolder()
    {
        foreach (var file in Directory.EnumerateFiles(Original))
        {
            var copy = _folder.File(System.IO.Path.GetFileName(file));
            // Where the folder is on another file system.
            if (link(file, copy) != 0)
                File.CreateSymbolicLink(copy, file);
        }
    }

    public string Path => _folder.Path;

    /// <summary>Puts other content in the place of the main library.</summary>
    public void Damage(byte[] content)
    {
        var file = _folder.File(Main);
        File.Delete(file);
        File.WriteAllBytes(file, content);
    }

    /// <summary>Lets the library say that it is the next minor version.</summary>
    /// <returns>That version.</returns>
    public Version BecomeForeign()
    {
        var original = System.IO.Path.Combine(Original, Main);
        var version = new Version(2, 10);
        var (offset, number) = FindVersion(original);
        Assert.Equal((ulong)((version.Major << 8) | version.Minor), number >> 48);
        var file = _folder.File(Main);
        File.Delete(file);
        File.Copy(original, file);
        using var stream = new FileStream(file, FileMode.Open, FileAccess.ReadWrite);
        stream.Position = offset;
        stream.Write(BitConverter.GetBytes(number + (1UL << 48)));
        return new Version(version.Major, version.Minor + 1);
    }

    public void Dispose() => _folder.Dispose();

    /// <summary>Where in the file the number is that aoti_torch_abi_version returns, and the number.</summary>
    private static unsafe (long Offset, ulong Number) FindVersion(string file)
    {
        foreach (var name in (string[])["libc10.so", Main])
            _ = NativeLibrary.Load(System.IO.Path.Combine(Original, name));
        var code = NativeLibrary.GetExport(NativeLibrary.Load(file), "aoti_torch_abi_version");
        var number = ((delegate* unmanaged[Cdecl]<ulong>)code)();
        var within = new ReadOnlySpan<byte>((void*)code, 24).IndexOf(BitConverter.GetBytes(number));
        Assert.True(within > 0, "the version is no constant in the code");
        foreach (var line in File.ReadLines("/proc/self/maps").Where(l => l.EndsWith('/' + Main)))
        {
            var words = line.Split(' ', StringSplitOptions.RemoveEmptyEntries);
            var range = words[0].Split('-').Select(Hex).ToArray();
            if (code >= range[0] && code < range[1])
                return (code - range[0] + Hex(words[2]) + within, number);
        }

        throw new InvalidOperationException($"{Main} is not mapped");

        static long Hex(string text) => long.Parse(text, NumberStyles.HexNumber, CultureInfo.InvariantCulture);
    }

    [LibraryImport("libc", StringMarshalling = StringMarshalling.Utf8)]
    private static partial int link(string from, string to);
}
