namespace FastDqn.Core;

/// <summary>What this program lies in: a checkout, a .NET tool, a published folder, or somebody's program.</summary>
public static class Installation
{
    /// <summary>What to do where a part of it is missing or of another version.</summary>
    public static string Remedy { get; } = RemedyFor(AppContext.BaseDirectory);

    internal static string RemedyFor(string folder)
    {
        for (var at = new DirectoryInfo(folder); at is not null; at = at.Parent)
        {
            if (File.Exists(Path.Combine(at.FullName, "build.sh")) && File.Exists(Path.Combine(at.FullName, "FastDqn.sln")))
                return "run ./build.sh build";
            if (at.Name is ".store" or "fastdqn.linux-x64")
                return "install the .NET tool fastdqn again";
        }

        return Directory.Exists(Path.Combine(folder, "licences"))
            ? "unpack the published folder again"
            : "install the package again that brought FastDqn";
    }
}
