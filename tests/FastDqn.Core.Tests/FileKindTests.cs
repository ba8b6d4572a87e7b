using System.Diagnostics;
using System.Text;
using FastDqn.Tests;

namespace FastDqn.Core.Tests;

/// <summary>What lies at a path is told by what it is, and a text is taken whole or refused.</summary>
public sealed class FileKindTests
{
    [Fact]
    public void EveryKindIsToldFromTheOthers()
    {
        using var folder = new TempFolder();
        var file = folder.Write("file", "text");
        File.CreateSymbolicLink(folder.File("link"), file);
        File.CreateSymbolicLink(folder.File("dangling"), folder.File("absent"));
        File.CreateSymbolicLink(folder.File("loop"), folder.File("loop"));
        MakePipe(folder.File("pipe"));
        Assert.Equal(FileKind.File, FileKinds.Of(file));
        Assert.Equal(FileKind.File, FileKinds.Of(folder.File("link")));
        Assert.Equal(FileKind.Folder, FileKinds.Of(folder.Path));
        Assert.Equal(FileKind.Missing, FileKinds.Of(folder.File("absent")));
        Assert.Equal(FileKind.Missing, FileKinds.Of(folder.File("file/under-a-file")));
        Assert.Equal(FileKind.BrokenLink, FileKinds.Of(folder.File("dangling")));
        Assert.Equal(FileKind.BrokenLink, FileKinds.Of(folder.File("loop")));
        Assert.Equal(FileKind.Special, FileKinds.Of(folder.File("pipe")));
        Assert.Equal(FileKind.Special, FileKinds.Of("/dev/null"));
    }

    [Theory]
    [InlineData("absent", "no such file; it should be a list")]
    [InlineData(".", "is a folder, not a list")]
    [InlineData("loop", "is a symbolic link that leads nowhere; it should be a list")]
    [InlineData("large", "larger than 64 bytes")]
    [InlineData("latin1", ":3: not UTF-8")]
    [InlineData("utf16", "is UTF-16: a list is UTF-8")]
    public void ATextThatCannotBeTakenIsBadDataWithItsReason(string name, string says)
    {
        using var folder = new TempFolder();
        File.CreateSymbolicLink(folder.File("loop"), folder.File("loop"));
        folder.Write("large", new string('x', 65));
        File.WriteAllBytes(folder.File("latin1"), Encoding.Latin1.GetBytes("a: 1\nb: 2\n# größer\n"));
        File.WriteAllBytes(folder.File("utf16"), [.. Encoding.Unicode.GetPreamble(), .. Encoding.Unicode.GetBytes("a: 1\n")]);
        var error = Assert.Throws<FastDqnException>(() => InputFile.ReadText(folder.File(name), "list", 64));
        Assert.Equal(ErrorKind.BadData, error.Kind);
        Assert.Contains(says, error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task ATextComesAsItIsFromFilesAndPipes()
    {
        using var folder = new TempFolder();
        File.WriteAllBytes(folder.File("marked"), [0xEF, 0xBB, 0xBF, .. "größer\n"u8]);
        Assert.Equal("größer\n", InputFile.ReadText(folder.File("marked"), "list"));
        Assert.Equal("", InputFile.ReadText("/dev/null", "list"));
        MakePipe(folder.File("pipe"));
        var text = new string('y', 200_000);
        var writer = Task.Run(() => File.WriteAllText(folder.File("pipe"), text), TestContext.Current.CancellationToken);
        Assert.Equal(text, InputFile.ReadText(folder.File("pipe"), "list"));
        await writer;
        AssertRefused("larger than", () => InputFile.ReadText("/dev/zero", "list"));
    }

    [Fact]
    public void WhatIsNoPlaceForAFileIsRefusedBeforehand()
    {
        using var folder = new TempFolder();
        OutputFile.Check(folder.File("new"));
        AssertRefused("it is a folder", () => OutputFile.Check(folder.Path));
        AssertRefused("there is no folder", () => OutputFile.Check(folder.File("absent/new")));
        AssertRefused("it is a folder", () => OutputFile.WriteText(folder.Path, ""));
        folder.Write("file", "");
        AssertRefused("it is a file", () => OutputFile.MakeFolder(folder.File("file")));
    }

    private static void AssertRefused(string says, Action action) =>
        Assert.Contains(says, Assert.Throws<FastDqnException>(action).Message, StringComparison.Ordinal);

    private static void MakePipe(string path)
    {
        using var process = Process.Start("mkfifo", [path]);
        process.WaitForExit();
        Assert.Equal(0, process.ExitCode);
    }
}
