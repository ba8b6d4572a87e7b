using System.Diagnostics;
using FastDqn.Tests;

namespace FastDqn.Reports.Tests;

/// <summary>The plots' library in the tree is the published one.</summary>
public sealed class UPlotTests
{
    private const string Package = "uplot@1.6.32";

    [Fact]
    public void TheFilesAreThoseOfThePackage()
    {
        using var folder = new TempFolder();
        Run("npm", folder.Path, "pack", Package, "--silent", "--fetch-retries=0");
        Run("tar", folder.Path, "xzf", "uplot-1.6.32.tgz");
        var tree = Path.Combine(SourceTree.Root, "src", "FastDqn.Training", "Reports", "Web", "uPlot");
        foreach (var file in new[] { "dist/uPlot.iife.min.js", "dist/uPlot.min.css", "LICENSE" })
            Assert.Equal(File.ReadAllBytes(folder.File($"package/{file}")), File.ReadAllBytes(Path.Combine(tree, Path.GetFileName(file))));
    }

    private static void Run(string program, string folder, params string[] arguments)
    {
        try
        {
            using var process = Process.Start(new ProcessStartInfo(program, arguments)
            {
                WorkingDirectory = folder,
                RedirectStandardOutput = true,
                RedirectStandardError = true,
            })!;
            var output = process.StandardOutput.ReadToEndAsync();
            var errors = process.StandardError.ReadToEnd();
            process.WaitForExit();
            Assert.SkipWhen(process.ExitCode != 0, $"{program} {arguments[0]} does not answer: {errors}{output.Result}");
        }
        catch (System.ComponentModel.Win32Exception)
        {
            Assert.Skip($"{program} is not installed");
        }
    }
}
