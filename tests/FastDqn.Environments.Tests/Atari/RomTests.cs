using System.Diagnostics;
using System.IO.Compression;
using FastDqn.Core;
using FastDqn.Environments.Atari;
using FastDqn.Tests;

namespace FastDqn.Environments.Tests.Atari;

public sealed class RomTests : IDisposable
{
    private readonly TempFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    private string Put(string name, byte[] bytes)
    {
        var file = _folder.File(name);
        Directory.CreateDirectory(Path.GetDirectoryName(file)!);
        File.WriteAllBytes(file, bytes);
        return file;
    }

    private static byte[] Noise(int bytes)
    {
        var noise = new byte[bytes];
        new Random(3).NextBytes(noise);
        return noise;
    }

    private static FastDqnException Refused(Action open)
    {
        var error = Assert.Throws<FastDqnException>(open);
        Assert.Equal(ErrorKind.BadData, error.Kind);
        Assert.DoesNotContain('\n', error.Message);
        return error;
    }

    [Fact]
    public void TheGamesAreAlesAndTheBundledOne()
    {
        Assert.Single(AtariGames.All, game => game.Name == BundledGame.Name);
        var breakout = AtariGames.Find("Breakout")!;
        Assert.Equal("f34f08e5eb96e500e851a80be3277a56", breakout.Md5);
        Assert.Equal([0, 1, 3, 4], breakout.MinimalActions);
        Assert.Equal([0, 1], breakout.Difficulties);
        Assert.Equal(12, breakout.Modes.Count);
        Assert.True(breakout.HasLives);
        Assert.False(AtariGames.Find("pong")!.HasLives);
        Assert.Equal("space_invaders", AtariGames.Find("space-invaders")!.Name);
        Assert.Null(AtariGames.Find("nothing"));
        Assert.Equal("DOWNLEFTFIRE", AtariGames.ActionNames[17]);
        Assert.Equal("bricks", AtariGames.FindByMd5(AtariCartridge.Md5Of(BundledGame.Image))!.Name);
    }

    [Fact]
    public void FilesThatAreNoCartridgeAreRefusedWithOneLine()
    {
        Assert.Contains("does not exist", Refused(() => AtariCartridge.Open(_folder.File("none.bin"))).Message, StringComparison.Ordinal);
        Assert.Contains("is a folder", Refused(() => AtariCartridge.Open(_folder.Path)).Message, StringComparison.Ordinal);
        foreach (var (name, bytes) in new (string, byte[])[]
        {
            ("empty.bin", []),
            ("three.bin", [1, 2, 3]),
            ("text.bin", "hello, this is a text file"u8.ToArray()),
            ("odd.bin", Noise(5001)),
            ("large.bin", new byte[600_000]),
            ("torn.gz", [0x1F, 0x8B, 8, 0, 1, 2, 3, 4, 5, 6, 7]),
        })
            Assert.Contains(name, Refused(() => AtariCartridge.Open(Put(name, bytes))).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void RecognisesByMd5ThenByNameAndRunsUnknownOnesWithANote()
    {
        var image = BundledGame.Image.ToArray();
        using (var exact = AtariCartridge.Open(Put("whatever.bin", image)))
            Assert.Equal(("bricks", RomMatch.Exact, null), (exact.Game, exact.Match, exact.Note));
        var changed = (byte[])image.Clone();
        changed[100] ^= 1;
        using (var dump = AtariCartridge.Open(Put("Bricks.bin", changed)))
        {
            Assert.Equal(("bricks", RomMatch.ByName), (dump.Game, dump.Match));
            Assert.Contains("another dump", dump.Note, StringComparison.Ordinal);
        }
        using var unknown = AtariCartridge.Open(Put("homebrew.bin", Noise(4096)));
        Assert.Equal(("unknown", RomMatch.Unknown), (unknown.Game, unknown.Match));
        Assert.Contains("without reward", unknown.Note, StringComparison.Ordinal);
        using var environment = new AtariVectorEnvironment(unknown, 2);
        Assert.Equal(("homebrew", 18), (environment.Name, environment.ActionNames.Count));
        using var buffers = new FrameBuffers(environment);
        environment.Reset(1, buffers.Frames, buffers.Result);
        for (var i = 0; i < 20; i++)
            environment.Step([i % 18, 1], buffers.Frames, buffers.Result);
        Assert.Equal([0f, 0f], buffers.Result.Rewards);
    }

    [Theory]
    [InlineData("amidar")]
    [InlineData("breakout")]
    [InlineData("zaxxon")]
    public void TheMd5DecidesWhichGameAFileIsWhateverItIsCalled(string name)
    {
        var file = Put(name + ".bin", BundledGame.Image.ToArray());
        using (var cartridge = AtariCartridge.Open(file))
            Assert.Equal(("bricks", RomMatch.Exact, null), (cartridge.Game, cartridge.Match, cartridge.Note));
        using (var environment = EnvironmentFactory.Create(new EnvironmentOptions { Rom = file }))
            Assert.Equal(("bricks", 4), (environment.Name, environment.ActionNames.Count));
        var library = new RomLibrary([_folder.Path]);
        Assert.Null(library.Find(name));
        Assert.Equal(file, library.Find("bricks")!.File);
        Refused(() => library.Open(AtariGames.Find(name)!));
    }

    [Fact]
    public void AGameAndARomThatContradictEachOtherAreRefusedByName()
    {
        var exact = Put("amidar.bin", BundledGame.Image.ToArray());
        var image = BundledGame.Image.ToArray();
        image[100] ^= 1;
        var (dump, md5) = (Put("freeway.bin", image), AtariCartridge.Md5Of(image));
        EnvironmentOptions Agree(string name, string rom) =>
            EnvironmentFactory.Agree(new EnvironmentOptions { Name = name, Rom = rom }, "--env", "--rom");
        foreach (var (name, rom, says) in new[]
        {
            ("pong", exact, "the ROM is bricks"), ("amidar", exact, "the ROM is bricks"), ("cartpole", dump, "cartpole has no ROM"),
            ("cartpoel", dump, "no game is called cartpoel"), ("nothing", exact, "the ROM is bricks"),
        })
        {
            var error = Assert.Throws<FastDqnException>(() => Agree(name, rom));
            Assert.Equal(ErrorKind.Usage, error.Kind);
            Assert.StartsWith($"--env {name} and --rom {rom}: {says}", error.Message, StringComparison.Ordinal);
        }

        Assert.Equal("", Agree("bricks", exact).RomMd5);
        Assert.Equal(("freeway", md5), (Agree("freeway", dump).Name, Agree("freeway", dump).RomMd5));
        // What no MD5 tells, the user does: not the file's name.
        using var environment = (AtariVectorEnvironment)EnvironmentFactory.Create(Agree("pong", dump));
        Assert.Equal(("pong", RomMatch.ByName), (environment.Name, environment.Rom.Match));
        Assert.Equal("", Agree("homebrew", Put("homebrew.bin", Noise(4096))).RomMd5);
    }

    [Fact]
    public void OnlyWhatLoadsAndStartsCountsAsAGame()
    {
        foreach (var bytes in new[] { 0, 1000, 2049, 3000 })
            Put($"{bytes}/amidar.bin", Noise(bytes));
        var library = new RomLibrary([_folder.Path]);
        Assert.Equal(4, library.Entries.Count);
        Assert.All(library.Entries, e => Assert.True(e is { Game: null, Problem: not null }, e.File));
        Assert.Null(library.Find("amidar"));
        Assert.Equal(AtariGames.OfAle, library.Missing());

        // A damaged file hides no good one behind it.
        var image = BundledGame.Image.ToArray();
        image[100] ^= 1;
        var good = Put("later/amidar.bin", image);
        Assert.Equal(good, new RomLibrary([_folder.Path]).Find("amidar")!.File);
        // ALE waits for ever for a mode of Breakout's that these bytes do not have.
        Put("breakout.bin", image);
        Assert.Null(new RomLibrary([_folder.Path]).Find("breakout"));
    }

    [Fact]
    public void GzippedImagesAreUnpacked()
    {
        using var packed = new MemoryStream();
        using (var gzip = new GZipStream(packed, CompressionMode.Compress, leaveOpen: true))
            gzip.Write(BundledGame.Image);
        using var cartridge = AtariCartridge.Open(Put("bricks.bin.gz", packed.ToArray()));
        Assert.Equal(RomMatch.Exact, cartridge.Match);
    }

    [Fact]
    public void APackedDumpIsKnownByItsNameAsAnUnpackedOneIs()
    {
        var image = BundledGame.Image.ToArray();
        image[100] ^= 1;
        using var packed = new MemoryStream();
        using (var gzip = new GZipStream(packed, CompressionMode.Compress, leaveOpen: true))
            gzip.Write(image);
        using var cartridge = AtariCartridge.Open(Put("pong.bin.gz", packed.ToArray()));
        Assert.Equal(("pong", RomMatch.ByName), (cartridge.Game, cartridge.Match));
    }

    [Fact]
    public void PinnedOptionsMakeTheSameGameAndRefuseAnotherImage()
    {
        var image = BundledGame.Image.ToArray();
        image[100] ^= 1;
        var file = Put("roms/pong.bin", image);
        var pinned = EnvironmentFactory.Pin(new EnvironmentOptions { Name = "pong", RomDir = Path.GetDirectoryName(file)! });
        Assert.Equal(("pong", AtariCartridge.Md5Of(image)), (pinned.Name, pinned.RomMd5));
        Assert.Equal(pinned, EnvironmentFactory.Pin(pinned));
        File.Move(file, Path.ChangeExtension(file, ".a26"));
        using (var moved = EnvironmentFactory.Create(pinned))
            Assert.Equal("pong", moved.Name);
        image[200] ^= 1;
        Put("roms/pong.a26", image);
        var error = Refused(() => EnvironmentFactory.Create(pinned));
        Assert.Contains($"pong with MD5 {pinned.RomMd5} is needed", error.Message, StringComparison.Ordinal);
        Assert.Contains($"pong.a26 is pong with MD5 {AtariCartridge.Md5Of(image)}", error.Message, StringComparison.Ordinal);

        // The bundled game is pinned too, and what has no ROM is not.
        Assert.Equal(AtariCartridge.Md5Of(BundledGame.Image), EnvironmentFactory.Pin(new EnvironmentOptions()).RomMd5);
        Refused(() => EnvironmentFactory.Create(new EnvironmentOptions { RomMd5 = pinned.RomMd5 }));
        Assert.Equal("", EnvironmentFactory.Pin(new EnvironmentOptions { Name = "cartpole" }).RomMd5);
        foreach (var bad in new EnvironmentOptions[] { new() { RomMd5 = "12" }, new() { Name = "cartpole", RomMd5 = pinned.RomMd5 } })
            Assert.Equal(ErrorKind.Usage, Assert.Throws<FastDqnException>(() => EnvironmentFactory.Create(bad)).Kind);
    }

    [Fact]
    public void TheLibraryTellsExactOtherUnknownAndUnreadableFiles()
    {
        Put("a.bin", BundledGame.Image.ToArray());
        var dump = BundledGame.Image.ToArray();
        dump[100] ^= 1;
        Put("deep/er/pong.bin", dump);
        Put("homebrew.a26", Noise(4096));
        Put("notes.txt", [1]);
        Put("large.bin", new byte[600_000]);
        var library = new RomLibrary([_folder.Path]);
        Assert.Equal(4, library.Entries.Count);
        Assert.Equal(RomMatch.Exact, library.Entries.Single(e => e.Game == "bricks").Match);
        Assert.Equal(RomMatch.ByName, library.Find("pong")!.Match);
        Assert.NotNull(library.Entries.Single(e => e.File.EndsWith("large.bin", StringComparison.Ordinal)).Problem);
        Assert.Equal(103, library.Missing().Count);
        var missing = Refused(() => library.Open(AtariGames.Find("breakout")!));
        Assert.Contains(_folder.Path, missing.Message, StringComparison.Ordinal);
        Assert.Contains("f34f08e5eb96e500e851a80be3277a56", missing.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void WhatCannotBeReadInARomFolderIsPassedOver()
    {
        // A process that ended and that its parent, by then a sleep, never asks for: nobody can list its folder "net".
        var start = new ProcessStartInfo("/bin/sh", ["-c", "exec 3<&0; cat <&3 & echo $!; exec sleep 60"])
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
        };
        using var parent = Process.Start(start)!;
        try
        {
            var ended = $"/proc/{parent.StandardOutput.ReadLine()}";
            bool Shows(string file, string text) => File.ReadAllText(file).Contains(text, StringComparison.Ordinal);
            Assert.True(SpinWait.SpinUntil(() => Shows($"/proc/{parent.Id}/comm", "sleep"), 60_000));
            parent.StandardInput.Close();
            Assert.True(SpinWait.SpinUntil(() => Shows($"{ended}/stat", ") Z "), 60_000));
            Assert.Throws<IOException>(() => Directory.GetFiles($"{ended}/net"));
            Assert.Null(RomLibrary.Open(ended).Find("pong"));
        }
        finally
        {
            parent.Kill();
        }
    }

    [Fact]
    public void ARomFolderThatIsNotThereIsRefused()
    {
        Refused(() => RomLibrary.Open(_folder.File("none")));
        var absent = _folder.File("absent");
        Environment.SetEnvironmentVariable("ALE_ROMS_DIR", absent);
        Assert.Contains(
            $"ALE_ROMS_DIR names {absent}, which does not exist", RomLibrary.Open(_folder.Path).SearchedText, StringComparison.Ordinal);
        Environment.SetEnvironmentVariable("ALE_ROMS_DIR", null);
        Assert.Contains("--rom for one", Refused(() => RomLibrary.Open(Put("x.bin", [1]))).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void TheFactoryMakesTheBundledGameAndRomFilesAndNamesWhatItDoesNotKnow()
    {
        using (var bricks = EnvironmentFactory.Create(new EnvironmentOptions { Count = 2 }))
            Assert.Equal(("bricks", 2), (bricks.Name, bricks.Count));
        using (var file = EnvironmentFactory.Create(
            new EnvironmentOptions { Name = "pong", Rom = Put("b.bin", BundledGame.Image.ToArray()) }))
            Assert.Equal("bricks", file.Name);
        var unknown = Assert.Throws<FastDqnException>(
            () => EnvironmentFactory.Create(new EnvironmentOptions { Name = "brekout", RomDir = _folder.Path }));
        Assert.Equal(ErrorKind.Usage, unknown.Kind);
        Assert.Contains("did you mean 'breakout'?", unknown.Message, StringComparison.Ordinal);
        Put("homebrew.bin", Noise(4096));
        using var homebrew = EnvironmentFactory.Create(new EnvironmentOptions { Name = "homebrew", RomDir = _folder.Path });
        Assert.Equal("homebrew", homebrew.Name);
    }
}
