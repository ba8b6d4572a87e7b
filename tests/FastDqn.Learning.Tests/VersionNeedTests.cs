using System.Diagnostics;
using System.Runtime.InteropServices;
using FastDqn.Core;
using FastDqn.Learning.Interop;
using FastDqn.Tests;

namespace FastDqn.Learning.Tests;

/// <summary>
/// The build's relaxing of one version need of TorchSharp's library, on small libraries made here: one that needs a
/// version of another library which was then replaced by an older one.
/// </summary>
public sealed class VersionNeedTests : IDisposable
{
    private const string Relaxable = "GLIBCXX_3.4.32";
    private const string Harmless = "_ZSt21ios_base_library_initv";
    private readonly TempFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void ALibraryLoadsOnceItsNeedIsRelaxed()
    {
        var library = Library("relaxed", Relaxable, $"__asm__(\".globl {Harmless}\");");
        var refused = Assert.Throws<FastDqnException>(() => LibTorch.Open(library));
        Assert.Contains($"version `{Relaxable}' not found", refused.Message, StringComparison.Ordinal);
        var (exit, output) = Relax(library, _folder.File("out.so"));
        Assert.True(exit == 0, output);
        Assert.Equal(1, File.ReadAllBytes(library).Zip(File.ReadAllBytes(_folder.File("out.so"))).Count(pair => pair.First != pair.Second));
        Assert.Equal(7, Answer(LibTorch.Open(_folder.File("out.so"))));
        // Once more changes nothing.
        (exit, output) = Relax(_folder.File("out.so"), _folder.File("again.so"));
        Assert.True(exit == 0, output);
        Assert.Equal(File.ReadAllBytes(_folder.File("out.so")), File.ReadAllBytes(_folder.File("again.so")));
    }

    [Fact]
    public void ALibraryThatNeedsNothingIsLeftAsItIs()
    {
        var library = Library("content", "FASTDQN_1.0", "");
        var (exit, output) = Relax(library, _folder.File("out.so"));
        Assert.True(exit == 0, output);
        Assert.Equal(File.ReadAllBytes(library), File.ReadAllBytes(_folder.File("out.so")));
    }

    [Fact]
    public void ALibraryThatUsesMoreOfTheVersionIsRefused()
    {
        var library = Library("user", Relaxable, "extern int used(void); int call(void) { return used(); }");
        var (exit, output) = Relax(library, _folder.File("out.so"));
        Assert.NotEqual(0, exit);
        Assert.Contains("used of that version is used", output, StringComparison.Ordinal);
        Assert.False(File.Exists(_folder.File("out.so")));
    }

    [Fact]
    public void AnotherMissingVersionIsNamedInOneLine()
    {
        var library = Library("other", "FASTDQN_9.9", "extern int used(void); int call(void) { return used(); }");
        var thrown = Assert.Throws<FastDqnException>(() => LibTorch.Open(library));
        Assert.Equal(ErrorKind.Unavailable, thrown.Kind);
        Assert.StartsWith("libother.so does not load: ", thrown.Message, StringComparison.Ordinal);
        Assert.Contains("version `FASTDQN_9.9' not found", thrown.Message, StringComparison.Ordinal);
        Assert.Single(thrown.Message.Split('\n'));
    }

    [Fact]
    public void AMissingFunctionIsNamedInOneLine()
    {
        Assert.SkipWhen(Tool("gcc", "--version") is not 0, "no gcc to make libraries with");
        var source = _folder.Write("lacking.c", "extern int nowhere(void); int call(void) { return nowhere(); }");
        var library = _folder.File("liblacking.so");
        Assert.Equal(0, Tool("gcc", "-shared", "-fPIC", "-Wl,-z,now", "-o", library, source));
        var thrown = Assert.Throws<FastDqnException>(() => LibTorch.Open(library));
        Assert.Equal($"liblacking.so does not load: {library}: undefined symbol: nowhere", thrown.Message);
    }

    [Fact]
    public void TheLibraryBesideTheProgramNeedsNoMoreRelaxing()
    {
        var library = Path.Combine(AppContext.BaseDirectory, "libLibTorchSharp.so");
        var (exit, output) = Relax(library, _folder.File("out.so"));
        Assert.True(exit == 0, output);
        Assert.Equal(File.ReadAllBytes(library), File.ReadAllBytes(_folder.File("out.so")));
    }

    /// <summary>A library built against one that has <paramref name="version"/>, beside one that has not.</summary>
    private string Library(string name, string version, string code)
    {
        Assert.SkipWhen(Tool("gcc", "--version") is not 0, "no gcc to make libraries with");
        var provider = $"lib{name}provider.so";
        const string oldest = "FASTDQN_1.0 { global: old; local: *; };";
        var source = _folder.Write(
            $"{name}-provider.c", $"int old(void) {{ return 7; }} int used(void) {{ return 8; }} void {Harmless}(void) {{}}");
        var newer = version == "FASTDQN_1.0" ? "" : $" {version} {{ global: used; {Harmless}; }};";
        var now = _folder.Write($"{name}-now.map", oldest + newer);
        var before = _folder.Write($"{name}-before.map", oldest);
        Provide(now);
        var consumer = _folder.Write($"{name}.c", $"extern int old(void); int answer(void) {{ return old(); }} {code}");
        var library = _folder.File($"lib{name}.so");
        Assert.Equal(0, Tool("gcc", "-shared", "-fPIC", "-Wl,-rpath,$ORIGIN", "-o", library, consumer, _folder.File(provider)));
        Provide(before);
        return library;

        void Provide(string versions)
        {
            string[] names = [$"-Wl,-soname,{provider}", $"-Wl,--version-script={versions}"];
            Assert.Equal(0, Tool("gcc", ["-shared", "-fPIC", .. names, "-o", _folder.File(provider), source]));
        }
    }

    private static unsafe int Answer(nint library) => ((delegate* unmanaged[Cdecl]<int>)NativeLibrary.GetExport(library, "answer"))();

    private (int Exit, string Output) Relax(string from, string to)
    {
        var task = Path.Combine(SourceTree.Root, "src", "FastDqn.Learning", "buildTransitive", "RelaxVersionNeed.cs");
        var project = _folder.Write("relax.proj", $"""
            <Project>
              <UsingTask TaskName="RelaxVersionNeed" TaskFactory="RoslynCodeTaskFactory"
                         AssemblyFile="$(MSBuildToolsPath)/Microsoft.Build.Tasks.Core.dll">
                <Task><Code Type="Class" Language="cs" Source="{task}" /></Task>
              </UsingTask>
              <Target Name="Relax"><RelaxVersionNeed From="$(From)" To="$(To)" /></Target>
            </Project>
            """);
        string[] words = ["msbuild", project, "-nologo", "-v:minimal", $"-p:From={from}", $"-p:To={to}"];
        var start = new ProcessStartInfo("dotnet", words) { RedirectStandardOutput = true };
        using var process = Process.Start(start)!;
        var output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        return (process.ExitCode, output);
    }

    private static int? Tool(string program, params string[] arguments)
    {
        try
        {
            using var process = Process.Start(new ProcessStartInfo(program, arguments) { RedirectStandardOutput = true })!;
            process.StandardOutput.ReadToEnd();
            process.WaitForExit();
            return process.ExitCode;
        }
        catch (System.ComponentModel.Win32Exception)
        {
            return null;
        }
    }
}
