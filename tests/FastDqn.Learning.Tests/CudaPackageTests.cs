using System.Diagnostics;
using System.IO.Compression;
using FastDqn.Tests;

namespace FastDqn.Learning.Tests;

/// <summary>
/// FastDqnCuda=true takes TorchSharp-cuda-linux in place of the CPU's libtorch: restored from a folder feed with a
/// package of that name, and without.
/// </summary>
public sealed class CudaPackageTests : IDisposable
{
    private const string Package = "TorchSharp-cuda-linux";
    private readonly TempFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void TheProjectsPackageIsSwapped()
    {
        WritePackage();
        var (exit, output, assets) = Restore("-p:FastDqnCuda=true");
        Assert.True(exit == 0, output);
        Assert.Contains($"{Package}/0.107.0", assets, StringComparison.Ordinal);
        Assert.DoesNotContain("libtorch-cpu-linux-x64/", assets, StringComparison.Ordinal);
    }

    [Fact]
    public void TheCpusIsTheDefault()
    {
        var (exit, output, assets) = Restore();
        Assert.True(exit == 0, output);
        Assert.Contains("libtorch-cpu-linux-x64/2.10.0", assets, StringComparison.Ordinal);
        Assert.DoesNotContain($"{Package}/", assets, StringComparison.Ordinal);
        Assert.DoesNotContain("FastDqnCuda", output, StringComparison.Ordinal);
    }

    [Fact]
    public void AFeedWithoutItIsToldWithWhatToDo()
    {
        var (exit, output, _) = Restore("-p:FastDqnCuda=true");
        Assert.NotEqual(0, exit);
        Assert.Contains($"NU1101: Unable to find package {Package}", output, StringComparison.Ordinal);
        Assert.Contains("name a libtorch with CUDA at run time (fastdqn --libtorch DIR)", output, StringComparison.Ordinal);
    }

    /// <summary>A package of that name with nothing in it.</summary>
    private void WritePackage()
    {
        Directory.CreateDirectory(_folder.File("feed"));
        using var package = ZipFile.Open(_folder.File($"feed/{Package}.0.107.0.nupkg"), ZipArchiveMode.Create);
        using var description = new StreamWriter(package.CreateEntry($"{Package}.nuspec").Open());
        description.Write($"""
            <package><metadata>
              <id>{Package}</id><version>0.107.0</version><authors>test</authors><description>test</description>
            </metadata></package>
            """);
    }

    /// <summary>
    /// A project with the tree's build files, a feed and a package folder of its own; other packages come from the
    /// user's.
    /// </summary>
    private (int Exit, string Output, string Assets) Restore(params string[] options)
    {
        var root = SourceTree.Root;
        Directory.CreateDirectory(_folder.File("feed"));
        _folder.Write("Directory.Build.props", $"""<Project><Import Project="{root}/Directory.Build.props" /></Project>""");
        _folder.Write("Directory.Build.targets", $"""<Project><Import Project="{root}/Directory.Build.targets" /></Project>""");
        _folder.Write("Directory.Packages.props", $"""<Project><Import Project="{root}/Directory.Packages.props" /></Project>""");
        _folder.Write("nuget.config", $"""
            <configuration><packageSources><clear /><add key="feed" value="{_folder.File("feed")}" /></packageSources></configuration>
            """);
        var project = _folder.Write("small.csproj", """
            <Project Sdk="Microsoft.NET.Sdk"><PropertyGroup><UsesTorch>true</UsesTorch></PropertyGroup></Project>
            """);
        var user = Environment.GetEnvironmentVariable("NUGET_PACKAGES") is { Length: > 0 } set
            ? set
            : Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.UserProfile), ".nuget", "packages");
        var start = new ProcessStartInfo("dotnet",
        [
            "restore", project, "-v:minimal", $"-p:ArtifactsPath={_folder.File("artifacts")}",
            $"-p:RestorePackagesPath={_folder.File("packages")}", $"-p:RestoreFallbackFolders={user}", .. options,
        ])
        { RedirectStandardOutput = true, WorkingDirectory = _folder.Path };
        using var process = Process.Start(start)!;
        var output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        var assets = Directory.EnumerateFiles(_folder.Path, "project.assets.json", SearchOption.AllDirectories).SingleOrDefault();
        return (process.ExitCode, output, assets is null ? "" : File.ReadAllText(assets));
    }
}
