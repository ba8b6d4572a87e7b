using FastDqn.Core;
using FastDqn.Tests;
using FsCheck;
using FsCheck.Fluent;

namespace FastDqn.Pixels.Tests;

public sealed class NativePropertyTests
{
    [Fact]
    public void EveryInstructionSetGivesTheReferencesBytesOnRandomFrames()
    {
        Prop.ForAll(ConverterCases.Any(), c =>
        {
            var expected = ConverterCases.Converted(new ReferenceConverter(c.Options, c.Palette), c);
            for (var set = InstructionSet.Scalar; set <= NativeConverter.Best; set++)
            {
                using var native = new NativeConverter(c.Options, c.Palette, set);
                Assert.Equal(expected, ConverterCases.Converted(native, c));
            }
        }).QuickCheckThrowOnFailure();
    }

    [Fact]
    public void ShapesAgree()
    {
        foreach (var preset in PixelPreset.All)
            foreach (var colour in new[] { false, true })
            {
                var options = new PixelOptions(preset, Colour: colour);
                using var native = new NativeConverter(options, Palette.Grays);
                var reference = new ReferenceConverter(options, Palette.Grays);
                Assert.Equal(reference.Shape, native.Shape);
                Assert.Equal(reference.ObservationBytes, native.ObservationBytes);
                Assert.Equal(reference.FrameBytes, native.FrameBytes);
            }
    }

    [Theory]
    [InlineData("ale", 0, 0, 0)]
    [InlineData("ale", 300, 0, 0)]
    [InlineData("ale", 210, 161, 84)]
    [InlineData("ale", 210, 84, 211)]
    [InlineData("crop160", 190, 0, 0)]
    [InlineData("mspacman88", 210, 84, 84)]
    public void WhatCannotBeDoneIsRefusedAlike(string preset, int rows, int width, int height)
    {
        var options = new PixelOptions(PixelPreset.Named(preset), rows, width, height);
        var reference = Assert.Throws<FastDqnException>(() => new ReferenceConverter(options, Palette.Grays));
        var native = Assert.Throws<FastDqnException>(() => new NativeConverter(options, Palette.Grays));
        Assert.Equal((ErrorKind.Usage, ErrorKind.Usage), (reference.Kind, native.Kind));
        Assert.Equal(reference.Message, native.Message);
    }

    [Fact]
    public void SpansOfTheWrongSizeAreRefused()
    {
        using var native = new NativeConverter(new PixelOptions(PixelPreset.Ale), Palette.Grays);
        var frame = new byte[native.FrameBytes];
        var observation = new byte[native.ObservationBytes];
        Assert.Throws<FastDqnException>(() => native.Convert(frame.AsSpan(1), frame, observation));
        Assert.Throws<FastDqnException>(() => native.Convert(frame, frame, observation.AsSpan(1)));
        Assert.Throws<FastDqnException>(() => new Palette(frame));
    }

    [Fact]
    public void AnUnknownPresetIsRefusedWithTheNames()
    {
        var error = Assert.Throws<FastDqnException>(() => PixelPreset.Named("natur"));
        Assert.Equal(ErrorKind.Usage, error.Kind);
        Assert.Contains("nature", error.Message, StringComparison.Ordinal);
        foreach (var preset in PixelPreset.All)
            Assert.Same(preset, PixelPreset.Named(preset.Name));
    }

    [Fact]
    public void ConversionAllocatesNothing()
    {
        using var native = new NativeConverter(new PixelOptions(PixelPreset.CleanRl), Palette.Grays);
        var frame = new byte[native.FrameBytes];
        var observation = new byte[native.ObservationBytes];
        for (var i = 0; i < 5; i++)
            native.Convert(frame, frame, observation);
        Assert.Equal(0, Allocations.Of(_ =>
        {
            for (var i = 0; i < 100; i++)
                native.Convert(frame, frame, observation);
        }));
    }
}
