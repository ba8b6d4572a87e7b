using FastDqn.Pixels.Cuda;
using FastDqn.Tests;

namespace FastDqn.Pixels.Tests;

public sealed class PtxCacheTests : IDisposable
{
    private static readonly (int Major, int Minor) Architecture = (8, 0);

    private readonly TempFolder _folder = new();

    private string Cache => Path.Combine(_folder.Path, "a", "b");

    private string File => Path.Combine(Cache, PtxCache.NameOf(Architecture));

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void WhatWasCompiledIsReadAgain()
    {
        var compiled = new PtxLibrary(Architecture, Cache);
        var kept = PtxCache.Read(File)!;
        var read = new PtxLibrary(Architecture, Cache);
        foreach (var kernel in PixelKernels.Every)
        {
            Assert.Equal(compiled[kernel.Name].Text, read[kernel.Name].Text);
            Assert.Equal(compiled[kernel.Name].Parameters, read[kernel.Name].Parameters);
        }

        var mark = kept[nameof(PixelKernels.Area)] with { Text = kept[nameof(PixelKernels.Area)].Text + "// kept" };
        kept[nameof(PixelKernels.Area)] = mark;
        PtxCache.Write(File, kept);
        Assert.Equal(mark.Text, new PtxLibrary(Architecture, Cache)[nameof(PixelKernels.Area)].Text);
        Assert.Equal([File], Directory.GetFiles(Cache));
    }

    [Theory]
    [InlineData("one byte differs")]
    [InlineData("cut")]
    [InlineData("empty")]
    public void WhatIsDamagedIsCompiledAgain(string damage)
    {
        _ = new PtxLibrary(Architecture, Cache);
        var bytes = System.IO.File.ReadAllBytes(File);
        bytes[^10] ^= 1;
        System.IO.File.WriteAllBytes(File, damage switch { "cut" => bytes[..^100], "empty" => [], _ => bytes });
        Assert.Null(PtxCache.Read(File));
        var compiled = new PtxLibrary(Architecture, Cache)[nameof(PixelKernels.Area)];
        Assert.Equal(compiled.Text, PtxCache.Read(File)![nameof(PixelKernels.Area)].Text);
    }

    [Fact]
    public void AFolderThatCannotBeWrittenCostsNothingElse()
    {
        System.IO.File.WriteAllText(Path.Combine(_folder.Path, "a"), "");
        Assert.Contains("Kernel_Area", new PtxLibrary(Architecture, Cache)[nameof(PixelKernels.Area)].Text, StringComparison.Ordinal);
        Assert.Equal([Path.Combine(_folder.Path, "a")], Directory.GetFileSystemEntries(_folder.Path));
    }

    [Fact]
    public void EachArchitectureHasAFile() => Assert.NotEqual(PtxCache.NameOf((8, 0)), PtxCache.NameOf((9, 0)));
}
