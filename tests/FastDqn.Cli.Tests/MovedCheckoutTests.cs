using System.Diagnostics;
using FastDqn.Tests;

namespace FastDqn.Cli.Tests;

/// <summary>
/// build.sh in a checkout that was copied or moved, with a native part of one line and a dotnet that does nothing.
/// </summary>
public sealed class MovedCheckoutTests
{
    [Fact]
    public void ACheckoutThatWasMovedIsConfiguredAnew()
    {
        using var folder = new TempFolder();
        var (before, after) = (folder.File("before"), folder.File("after"));
        Directory.CreateDirectory(Path.Combine(before, "native"));
        Directory.CreateDirectory(Path.Combine(before, "eng"));
        foreach (var file in new[] { "build.sh", "eng/machine.sh", "native/CMakePresets.json" })
            File.Copy(Path.Combine(SourceTree.Root, file), Path.Combine(before, file));
        File.WriteAllText(Path.Combine(before, "native", "CMakeLists.txt"), "cmake_minimum_required(VERSION 3.22)\nproject(one NONE)\n");
        Directory.CreateDirectory(folder.File("bin"));
        folder.Write("bin/dotnet", "#!/bin/sh\nmkdir -p artifacts\necho 10.0.100\n", executable: true);

        Assert.DoesNotContain("copied or moved", Build(before, folder.File("bin")), StringComparison.Ordinal);
        // A profile of before is of no use either.
        Directory.CreateDirectory(Path.Combine(before, "build", "native-profile"));
        var cache = Path.Combine("build", "native", "CMakeCache.txt");
        File.Copy(Path.Combine(before, cache), Path.Combine(before, cache.Replace("native", "native-profile", StringComparison.Ordinal)));
        Directory.CreateDirectory(Path.Combine(before, "build", "profile"));
        File.WriteAllText(Path.Combine(before, "build", "profile", "made"), "1");
        Directory.Move(before, after);
        Assert.Contains("copied or moved", Build(after, folder.File("bin")), StringComparison.Ordinal);
        Assert.False(Directory.Exists(Path.Combine(after, "build", "profile")));
        Assert.Contains("nothing changed", Build(after, folder.File("bin")), StringComparison.Ordinal);
    }

    private static string Build(string checkout, string programs)
    {
        var path = (Environment.GetEnvironmentVariable("PATH") ?? "").Split(':');
        foreach (var tool in new[] { "cmake", "ninja", "dasm" })
            Assert.SkipUnless(path.Any(d => File.Exists(Path.Combine(d, tool))), $"{tool} is not installed");
        var start = new ProcessStartInfo("bash") { RedirectStandardError = true, RedirectStandardOutput = true };
        start.WorkingDirectory = checkout;
        foreach (var argument in new[] { "build.sh", "--cpu", "build" })
            start.ArgumentList.Add(argument);
        start.Environment["PATH"] = $"{programs}:{start.Environment["PATH"]}";
        using var process = Process.Start(start)!;
        var output = process.StandardOutput.ReadToEndAsync();
        var errors = process.StandardError.ReadToEnd();
        process.WaitForExit();
        Assert.True(process.ExitCode == 0, $"{errors}{output.Result}");
        return errors;
    }
}
