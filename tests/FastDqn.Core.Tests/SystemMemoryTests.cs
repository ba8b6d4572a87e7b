namespace FastDqn.Core.Tests;

public sealed class SystemMemoryTests
{
    [Theory]
    [InlineData(0, "0 B")]
    [InlineData(999, "999 B")]
    [InlineData(1_500, "1.5 kB")]
    [InlineData(7_064_000_000, "7.06 GB")]
    [InlineData(2_000_000_000_000, "2 TB")]
    public void SizesAreWrittenInDecimalUnits(long bytes, string text) => Assert.Equal(text, SystemMemory.Format(bytes));

    [Fact]
    public void WhatIsNotThereIsRefusedWithBothFiguresAndTheRemedy()
    {
        Assert.InRange(SystemMemory.AvailableBytes, 1 << 20, long.MaxValue);
        SystemMemory.Ensure(4096, "a page", "buy memory");
        if (SystemMemory.AvailableBytes == long.MaxValue)
            Assert.Skip("this system does not say how much memory is available");
        var error = Assert.Throws<FastDqnException>(() => SystemMemory.Ensure(long.MaxValue, "everything", "ask for less"));
        Assert.Equal(ErrorKind.Usage, error.Kind);
        Assert.Matches(@"^everything takes 9223372\.04 TB of memory and \S+ \wB is available: ask for less$", error.Message);
    }

    [Fact]
    public unsafe void ARegionIsZeroedPageAlignedAndWritable()
    {
        using var region = new NativeRegion(10_000);
        Assert.Equal(0, region.Address % 4096);
        Assert.True(new ReadOnlySpan<byte>(region.Pointer, 10_000).IndexOfAnyExcept((byte)0) < 0);
        region.Pointer[9_999] = 1;
        Assert.Equal(10_000, region.Length);
    }
}
