using System.Text;
using FastDqn.Core;
using FastDqn.Learning;
using FastDqn.Learning.Weights;
using FastDqn.Tests;

namespace FastDqn.Learning.Tests;

public sealed class SafetensorsTests
{
    [Fact]
    public void WhatIsWrittenIsReadBack()
    {
        NamedTensor[] tensors =
        [
            new("a.weight", [2, 3], new float[] { 1, 2, 3, 4, 5, 6 }),
            new("b", [], new[] { float.NaN }),
            new("empty", [0, 4], Array.Empty<float>()),
        ];
        using var stream = new MemoryStream();
        Safetensors.Write(stream, tensors, new Dictionary<string, string> { ["format"] = "pt" });
        Assert.Equal(0, (8 + BitConverter.ToInt64(stream.ToArray(), 0)) % 8);
        stream.Position = 0;
        var read = Safetensors.Read(stream, "memory").ToDictionary(t => t.Name);
        Assert.Equal(tensors.Length, read.Count);
        foreach (var tensor in tensors)
        {
            Assert.Equal(tensor.Shape, read[tensor.Name].Shape);
            Assert.Equal(tensor.Values.ToArray(), read[tensor.Name].Values.ToArray());
        }
    }

    [Theory]
    [InlineData("F64", new byte[] { 0, 0, 0, 0, 0, 0, 0xF8, 0x3F })]
    [InlineData("F16", new byte[] { 0, 0x3E })]
    [InlineData("BF16", new byte[] { 0xC0, 0x3F })]
    public void OtherFloatTypesBecomeFloats(string type, byte[] bytes)
    {
        var read = Read($$$"""{"x":{"dtype":"{{{type}}}","shape":[1],"data_offsets":[0,{{{bytes.Length}}}]}}""", bytes);
        Assert.Equal(1.5f, read[0].Values.Span[0]);
    }

    [Theory]
    [InlineData("""{"x":{"dtype":"F32","shape":[1],"data_offsets":[0,400]}}""", "lies at 0..400 of 4 bytes")]
    [InlineData("""{"x":{"dtype":"F32","shape":[4611686018427387904,4611686018427387904],"data_offsets":[0,4]}}""", "claims the shape")]
    [InlineData("""{"x":{"dtype":"F32","shape":[-1],"data_offsets":[0,4]}}""", "claims the shape")]
    [InlineData("""{"x":{"dtype":"F32","shape":[2],"data_offsets":[0,4]}}""", "4 bytes for 2 values")]
    [InlineData("""{"x":{"dtype":"Q7","shape":[1],"data_offsets":[0,4]}}""", "unsupported element type 'Q7'")]
    [InlineData(
        """{"x":{"dtype":"F32","shape":[1],"data_offsets":[0,4]},"y":{"dtype":"U8","shape":[1],"data_offsets":[3,4]}}""",
        "overlaps")]
    [InlineData(
        """{"x":{"dtype":"U8","shape":[2],"data_offsets":[0,2]},"x":{"dtype":"U8","shape":[2],"data_offsets":[2,4]}}""",
        "'x' is there twice")]
    [InlineData("""{"x":{"dtype":"F32","dtype":"U8","shape":[1],"data_offsets":[0,4]}}""", "'dtype' is there twice")]
    [InlineData(
        """{"x":{"dtype":"U8","shape":[1],"data_offsets":[0,1]},"y":{"dtype":"U8","shape":[1],"data_offsets":[3,4]}}""",
        "bytes 1..3 belong to no tensor")]
    [InlineData("""{"x":{"dtype":"U8","shape":[2],"data_offsets":[2,4]}}""", "bytes 0..2 belong to no tensor")]
    [InlineData("""{"x":{"dtype":"U8","shape":[3],"data_offsets":[0,3]}}""", "bytes 3..4 after the last tensor belong to none")]
    [InlineData("""{}""", "bytes 0..4 after the last tensor belong to none")]
    [InlineData(
        """{"__metadata__":{"a":1},"x":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}}""",
        "__metadata__ holds more than strings")]
    [InlineData("""{"__metadata__":{"a":"1","a":"2"},"x":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}}""", "'a' is there twice")]
    [InlineData(""" {"x":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}}""", "not sound JSON")]
    [InlineData("""{"x":{"dtype":"F32","shape":"no","data_offsets":[0,4]}}""", "not sound JSON")]
    [InlineData("""[1,2,3]""", "not sound JSON")]
    [InlineData("""{"x":""", "not sound JSON")]
    public void AHeaderThatLiesIsRefusedWithTheReason(string header, string reason)
    {
        var error = Assert.Throws<FastDqnException>(() => Read(header, new byte[4]));
        Assert.Equal(ErrorKind.BadData, error.Kind);
        Assert.Contains(reason, error.Message, StringComparison.Ordinal);
        Assert.StartsWith("test: ", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void WhatTheFormatAllowsIsRead()
    {
        // Empty tensors share a place, the header is padded with spaces, tensors stand in any order.
        const string three = """
            {"__metadata__":{"a":"1"},"y":{"dtype":"U8","shape":[3],"data_offsets":[1,4]},
             "e":{"dtype":"F32","shape":[0],"data_offsets":[1,1]},"x":{"dtype":"U8","shape":[1],"data_offsets":[0,1]}}
            """;
        var read = Read(three + "   ", [7, 1, 2, 3]);
        Assert.Equal(["x", "e", "y"], read.Select(t => t.Name));
        Assert.Equal([7f, 0f, 3f], read.Select(t => t.Values.Length > 0 ? t.Values.Span[^1] : 0));
        Assert.Empty(Read("{}", []));
    }

    public static TheoryData<NamedTensor[], string> Unwritable => new()
    {
        { [new("__metadata__", [1], new float[1])], "__metadata__" },
        { [new("a", [1], new float[1]), new("a", [1], new float[1])], "two tensors are called 'a'" },
        { [new("a", [2], new float[1])], "1 values for the shape 2" },
        { [new("a", [-1, -1], new float[1])], "1 values for the shape -1x-1" },
    };

    [Theory]
    [MemberData(nameof(Unwritable))]
    public void WhatTheFormatCannotHoldIsNotWritten(NamedTensor[] tensors, string why)
    {
        using var stream = new MemoryStream();
        Assert.Contains(why, Assert.Throws<FastDqnException>(() => Safetensors.Write(stream, tensors)).Message, StringComparison.Ordinal);
        Assert.Equal(0, stream.Length);
    }

    [Theory]
    [InlineData(new byte[0])]
    [InlineData(new byte[] { 1, 2, 3 })]
    [InlineData(new byte[] { 255, 255, 255, 255, 255, 255, 255, 127 })]
    [InlineData(new byte[] { 255, 255, 255, 255, 255, 255, 255, 255, 1 })]
    public void AFileThatIsNoneIsRefused(byte[] bytes)
    {
        using var stream = new MemoryStream(bytes);
        Assert.Equal(ErrorKind.BadData, Assert.Throws<FastDqnException>(() => Safetensors.Read(stream, "test")).Kind);
    }

    [Fact]
    public void AMissingFileIsOneClearLine()
    {
        var error = Assert.Throws<FastDqnException>(() => Safetensors.Read("/nonexistent/weights.safetensors"));
        Assert.Equal(ErrorKind.BadData, error.Kind);
        Assert.DoesNotContain('\n', error.Message);
    }

    [Fact]
    public void NoDamageToAFileGetsPastTheCheckedErrors()
    {
        using var good = new MemoryStream();
        Safetensors.Write(good, [new("network.0.weight", [3, 4], new float[12]), new("network.0.bias", [3], new float[3])]);
        var original = good.ToArray();
        Fuzz.Run(
            4000,
            original,
            bytes =>
            {
                using var stream = new MemoryStream(bytes);
                Assert.All(Safetensors.Read(stream, "fuzz"), t => Assert.True(t.Values.Length <= bytes.Length));
            },
            ErrorKind.BadData);
    }

    private static IReadOnlyList<NamedTensor> Read(string header, byte[] data)
    {
        var text = Encoding.UTF8.GetBytes(header);
        using var stream = new MemoryStream([.. BitConverter.GetBytes((long)text.Length), .. text, .. data]);
        return Safetensors.Read(stream, "test");
    }
}
