using FastDqn.Training;

namespace FastDqn.Cli.Hosting;

/// <summary>
/// The user's own code, which this process was given and no other: by <c>--assembly</c>, or by the variable that hands
/// it on to the trainings of a sweep or a batch.
/// </summary>
internal static class OwnCode
{
    public const string Option = "--assembly";
    public const string Variable = "FASTDQN_ASSEMBLY";
    private static readonly Lock Loading = new();
    private static (string Files, Extensions Loaded)? _given;

    /// <summary>What it adds; empty where none was given.</summary>
    public static Extensions Given
    {
        get
        {
            var files = Environment.GetEnvironmentVariable(Variable) ?? "";
            lock (Loading)
            {
                if (_given is not { } given || given.Files != files)
                    _given = given = (files, Extensions.Load(files.Split(Path.PathSeparator, StringSplitOptions.RemoveEmptyEntries)));
                return given.Loaded;
            }
        }
    }

    /// <summary>Takes assemblies, here and in child processes; they are loaded when they are needed.</summary>
    public static void Use(IEnumerable<string> files) =>
        Environment.SetEnvironmentVariable(Variable, string.Join(Path.PathSeparator, files.Select(Path.GetFullPath)));
}
