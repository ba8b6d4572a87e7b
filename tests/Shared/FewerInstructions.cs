using System.Diagnostics;
using System.Reflection;
using System.Runtime.Intrinsics;

namespace FastDqn.Tests;

/// <summary>
/// Test classes of a project, run again in a process where .NET and <c>libfastdqn</c> do without some vector
/// instructions.
/// </summary>
internal static class FewerInstructions
{
    private const string Variable = "FASTDQN_INSTRUCTIONS";

    /// <summary>The widest that is left.</summary>
    public static TheoryData<string> Sets => ["scalar", "avx2"];

    public static void RunAgain(string set, params Type[] classes)
    {
        var assembly = Assembly.GetExecutingAssembly().GetName().Name!;
        var start = new ProcessStartInfo(Path.Combine(AppContext.BaseDirectory, assembly)) { RedirectStandardOutput = true };
        foreach (var type in classes.Append(typeof(FewerInstructionsTests)))
        {
            start.ArgumentList.Add("-class");
            start.ArgumentList.Add(type.FullName!);
        }

        start.Environment[Variable] = set;
        start.Environment["DOTNET_EnableAVX512"] = "0";
        start.Environment["DOTNET_EnableAVX512F"] = "0"; // the name before .NET 10
        if (set == "scalar")
            start.Environment["DOTNET_EnableHWIntrinsic"] = "0";
        using var process = Process.Start(start)!;
        var output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        Assert.True(process.ExitCode == 0, output);
        Assert.Matches(@"Total: [1-9]\d*, Errors: 0, Failed: 0", output);
    }

    /// <summary>Wider vectors are not used where they are switched off.</summary>
    public static void Check()
    {
        var set = Environment.GetEnvironmentVariable(Variable);
        Assert.False(set is "scalar" or "avx2" && Vector512.IsHardwareAccelerated);
        Assert.False(set is "scalar" && Vector256.IsHardwareAccelerated);
    }
}

public sealed class FewerInstructionsTests
{
    [Fact]
    public void WhatIsSwitchedOffIsNotUsed() => FewerInstructions.Check();
}
