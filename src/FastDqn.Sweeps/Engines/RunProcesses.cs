using System.Globalization;
using System.Text;

namespace FastDqn.Sweeps.Engines;

/// <summary>
/// The processes of a run of somebody's own program: all that have its run folder in their environment, whoever their
/// parent is by now.
/// </summary>
internal static class RunProcesses
{
    /// <summary>The variable that names the run folder.</summary>
    public const string Variable = "FASTDQN_TRIAL";

    private const int SigKill = 9;
    private const int SigTerm = 15;

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan Glance = TimeSpan.FromMilliseconds(20);

    /// <summary>The ids of those that live; one that ended and that nobody waited for has no environment.</summary>
    public static IReadOnlyList<int> Of(string runDirectory)
    {
        if (!Directory.Exists("/proc/self"))
            return [];
        var wanted = Encoding.UTF8.GetBytes($"{Variable}={runDirectory}\0");
        byte[] inside = [0, .. wanted];
        var found = new List<int>();
        foreach (var folder in Directory.EnumerateDirectories("/proc"))
        {
            if (!int.TryParse(Path.GetFileName(folder), NumberStyles.None, CultureInfo.InvariantCulture, out var id))
                continue;
            try
            {
                // The variable stands first or after another one's end.
                var environment = File.ReadAllBytes(Path.Combine(folder, "environ")).AsSpan();
                if (environment.StartsWith(wanted) || environment.IndexOf(inside) >= 0)
                    found.Add(id);
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException)
            {
                // It ended, or is another user's.
            }
        }

        return found;
    }

    public static void Ask(IReadOnlyList<int> processes) => Send(processes, SigTerm);

    public static void Kill(IReadOnlyList<int> processes) => Send(processes, SigKill);

    /// <summary>Ends what an attempt whose worker died left running: two at once would write into one folder.</summary>
    public static void End(string runDirectory)
    {
        var left = Of(runDirectory);
        Ask(left);
        for (var waited = TimeSpan.Zero; left.Count > 0 && waited < Patience; waited += Glance)
        {
            Thread.Sleep(Glance);
            left = Of(runDirectory);
        }

        Kill(left);
    }

    private static void Send(IReadOnlyList<int> processes, int signal)
    {
        foreach (var process in processes)
            _ = Libc.kill(process, signal);
    }
}
