using System.Globalization;
using FastDqn.Sweeps;
using FastDqn.Sweeps.Coordination;
using FastDqn.Sweeps.Engines;
using FastDqn.Sweeps.StudyFile;
using Xunit.MicrosoftTestingPlatform;
using Xunit.Runner.InProc.SystemConsole;

namespace FastDqn.Sweeps.Tests;

/// <summary>
/// The tests' entry point, and with <c>worker FOLDER STORAGE PARALLEL</c> a coordinator process that they can kill.
/// </summary>
public static class Program
{
    public static async Task<int> Main(string[] args)
    {
        ArgumentNullException.ThrowIfNull(args);
        // As xUnit's own entry point: dotnet test asks by --server.
        if (args.Contains("--server"))
            return await TestPlatformTestFramework.RunAsync(args, SelfRegisteredExtensions.AddSelfRegisteredExtensions);
        if (args is not ["worker", var folder, var storage, var parallel])
            return await ConsoleRunner.Run(args);
        using var study = Study.Open(folder, storage.Length > 0 ? storage : null);
        var slots = Slot.Divide(
            new LocalOptions { Parallel = int.Parse(parallel, CultureInfo.InvariantCulture) },
            Slot.AvailableCores(),
            []);
        var end = new LocalCoordinator(study, slots, Rhythm).Run(CancellationToken.None);
        return end == CoordinatorEnd.Finished ? 0 : 1;
    }

    /// <summary>A quick rhythm, so that the dead are found within the test's patience.</summary>
    public static CoordinatorOptions Rhythm { get; } = new()
    {
        Heartbeat = TimeSpan.FromMilliseconds(300),
        Silence = TimeSpan.FromMilliseconds(2000),
        Poll = TimeSpan.FromMilliseconds(50),
        RetryDelay = TimeSpan.FromMilliseconds(200),
        StopPatience = TimeSpan.FromSeconds(5),
    };
}
