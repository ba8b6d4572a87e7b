using System.Security.Cryptography;
using FastDqn.Tests;

namespace FastDqn.Core.Tests;

public sealed class HashedFileTests : IDisposable
{
    private const int NoSpace = 28;
    private readonly TempFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(65_536)]
    [InlineData(3_000_001)]
    public async Task AFileHoldsWhatWasWrittenAndSaysItsSizeAndHash(int size)
    {
        var bytes = RandomBytes(size);
        var path = _folder.File("f");
        var (length, hash) = await HashedFile.WriteAsync(path, stream =>
        {
            // Values, spans and long runs, as a state has them.
            var writer = new StateWriter(stream);
            writer.WriteRaw(bytes.AsSpan(0, size / 2));
            foreach (var value in bytes.AsSpan(size / 2, size / 4))
                stream.WriteByte(value);
            writer.WriteRaw(bytes.AsSpan((size / 2) + (size / 4)));
        });
        Assert.Equal(bytes, await File.ReadAllBytesAsync(path, TestContext.Current.CancellationToken));
        Assert.Equal((size, Convert.ToHexStringLower(SHA256.HashData(bytes))), (length, hash));
        Assert.Null(HashedFile.Damage(path, length, hash, mayGoOn: false));
    }

    [Fact]
    public void DamageIsNamed()
    {
        var path = _folder.File("f");
        var bytes = RandomBytes(200_000);
        File.WriteAllBytes(path, bytes);
        var hash = Convert.ToHexStringLower(SHA256.HashData(bytes));
        Assert.Null(HashedFile.Damage(path, 200_000, hash, mayGoOn: false));
        Assert.Null(HashedFile.Damage(path, 150_000, Convert.ToHexStringLower(SHA256.HashData(bytes.AsSpan(0, 150_000))), mayGoOn: true));
        Assert.Equal("200000 bytes where 199999 were written", HashedFile.Damage(path, 199_999, hash, mayGoOn: false));
        Assert.Equal("200000 bytes where 200001 were written", HashedFile.Damage(path, 200_001, hash, mayGoOn: true));
        Assert.Equal("its SHA-256 is not the one written", HashedFile.Damage(path, 199_999, hash, mayGoOn: true));
    }

    [Fact]
    public async Task AFullDiskReachesTheWriterOfAStateOnceAndAsItself()
    {
        var made = 0;
        // Little of it: the error comes with the end.
        var last = await Assert.ThrowsAsync<IOException>(() => HashedFile.WriteAsync("/dev/full", stream => stream.WriteByte(1)));
        Assert.Equal(NoSpace, last.HResult & 0xFFFF);
        var error = await Assert.ThrowsAsync<IOException>(() => HashedFile.WriteAsync("/dev/full", stream =>
        {
            // More than a pipe holds: whoever fills it must be stopped, not wait for ever.
            for (; made < 1000; made++)
                stream.Write(new byte[100_000]);
        }));
        Assert.Equal(NoSpace, error.HResult & 0xFFFF);
        Assert.InRange(made, 0, 999);
    }

    [Fact]
    public async Task AnErrorOfTheStateItselfIsTheCallersAndLeavesNothingOpen()
    {
        var path = _folder.File("f");
        var error = await Assert.ThrowsAsync<FastDqnException>(() => HashedFile.WriteAsync(path, stream =>
        {
            stream.Write(new byte[200_000]);
            throw new FastDqnException(ErrorKind.Unavailable, "no such part");
        }));
        Assert.Equal("no such part", error.Message);
        // Nobody else could open it like this.
        using var alone = new FileStream(path, FileMode.Open, FileAccess.ReadWrite, FileShare.None);
        Assert.True(alone.CanWrite);
    }

    private static byte[] RandomBytes(int size)
    {
        var bytes = new byte[size];
        new Random(size).NextBytes(bytes);
        return bytes;
    }
}
