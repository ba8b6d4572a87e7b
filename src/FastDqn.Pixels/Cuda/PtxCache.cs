using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using FastDqn.Core;
using ILGPU.Backends.PTX;

namespace FastDqn.Pixels.Cuda;

/// <summary>
/// Compiled kernels on disk, so that a process need not compile them again. A file's name is a hash of what its code
/// follows from, its first line one of what it holds. A file that is missing or damaged or cannot be written costs the
/// time to compile, nothing else.
/// </summary>
internal static class PtxCache
{
    // PTX is text: it has none of these.
    private const char Separator = '\0';

    /// <summary>
    /// <c>XDG_CACHE_HOME/fastdqn/kernels</c>, by default below <c>~/.cache</c>; null where there is no home.
    /// </summary>
    public static string? Folder
    {
        get
        {
            var cache = Environment.GetEnvironmentVariable("XDG_CACHE_HOME");
            if (!Path.IsPathFullyQualified(cache ?? ""))
            {
                var home = Environment.GetFolderPath(Environment.SpecialFolder.UserProfile);
                cache = home.Length > 0 ? Path.Combine(home, ".cache") : null;
            }

            return cache is null ? null : Path.Combine(cache, "fastdqn", "kernels");
        }
    }

    /// <summary>The file of an architecture's code, by these kernels and this compiler.</summary>
    public static string NameOf((int Major, int Minor) architecture)
    {
        var (kernels, compiler) = (typeof(PixelKernels).Module.ModuleVersionId, typeof(PTXBackend).Module.ModuleVersionId);
        var made = string.Create(CultureInfo.InvariantCulture, $"{kernels} {compiler} {architecture.Major}.{architecture.Minor}");
        return Hash(made) + ".ptx";
    }

    /// <summary>The code by kernel; null where the file is not whole.</summary>
    public static Dictionary<string, PtxCode>? Read(string path)
    {
        try
        {
            var (hash, held) = File.ReadAllText(path).Split('\n', 2) is [var first, var rest] ? (first, rest) : ("", "");
            if (Hash(held) != hash)
                return null;
            return held.Split(Separator).Chunk(3).ToDictionary(parts => parts[0], parts => PtxCode.Of(parts[1], parts[2]));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }

    public static void Write(string path, IReadOnlyDictionary<string, PtxCode> code)
    {
        var held = string.Join(Separator, code.SelectMany(pair => new[] { pair.Key, pair.Value.Entry, pair.Value.Text }));
        try
        {
            Directory.CreateDirectory(Path.GetDirectoryName(path)!);
            using var file = new PendingFile(path);
            file.Stream.Write(Encoding.UTF8.GetBytes($"{Hash(held)}\n{held}"));
            file.Commit();
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // Then each process compiles.
        }
    }

    private static string Hash(string text) => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(text)));
}
