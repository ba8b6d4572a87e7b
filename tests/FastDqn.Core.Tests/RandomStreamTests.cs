using FastDqn.Core;

namespace FastDqn.Core.Tests;

public sealed class RandomStreamTests
{
    [Fact]
    public void MatchesReferenceWordsOfXoshiro256starstar()
    {
        // State 1, 2, 3, 4 gives 11520, 0, 1509978240, 1215971899390074240 (reference implementation).
        var stream = new RandomStream(0);
        using var memory = new MemoryStream();
        var writer = new StateWriter(memory);
        writer.Section("random", 1);
        foreach (var word in new ulong[] { 1, 2, 3, 4 })
            writer.WriteUInt64(word);
        memory.Position = 0;
        stream.Load(new StateReader(memory));
        Assert.Equal([11520UL, 0UL, 1509978240UL, 1215971899390074240UL],
            new[] { stream.NextUInt64(), stream.NextUInt64(), stream.NextUInt64(), stream.NextUInt64() });
    }

    [Fact]
    public void ARestoredStreamContinuesWithTheSameValues()
    {
        var stream = new RandomStream(7, "sampler");
        for (var i = 0; i < 1000; i++)
            stream.NextInt64(97);
        using var memory = new MemoryStream();
        stream.Save(new StateWriter(memory));
        var expected = Enumerable.Range(0, 100).Select(_ => stream.NextUInt64()).ToArray();
        memory.Position = 0;
        var restored = new RandomStream(0);
        restored.Load(new StateReader(memory));
        Assert.Equal(expected, Enumerable.Range(0, 100).Select(_ => restored.NextUInt64()).ToArray());
    }

    [Fact]
    public void NamedStreamsOfOneSeedDiffer()
    {
        var words = new HashSet<ulong>();
        foreach (var name in new[] { "a", "b", "actor" })
            for (var index = 0; index < 16; index++)
                Assert.True(words.Add(new RandomStream(1, name, index).NextUInt64()));
    }

    [Fact]
    public void BranchesOfOneStateShareNoDrawsAndRepeat()
    {
        var words = new HashSet<ulong>();
        foreach (var branch in Enumerable.Range(0, 8))
        {
            var (stream, again) = (new RandomStream(5), new RandomStream(5));
            stream.Branch(branch);
            again.Branch(branch);
            for (var i = 0; i < 100; i++)
            {
                var word = stream.NextUInt64();
                Assert.True(words.Add(word));
                Assert.Equal(word, again.NextUInt64());
            }
        }
    }

    [Fact]
    public void BoundedDrawsAreUniform()
    {
        var stream = new RandomStream(3);
        var counts = new int[7];
        for (var i = 0; i < 70_000; i++)
            counts[stream.NextInt32(7)]++;
        // Chi-squared with 6 degrees of freedom: 22.5 is the 0.1 % point.
        Assert.True(counts.Sum(c => Math.Pow(c - 10_000, 2) / 10_000.0) < 22.5);
    }

    [Fact]
    public void TornAndForeignStatesAreRefusedWithAMessage()
    {
        using var memory = new MemoryStream();
        new StateWriter(memory).Section("ring", 1);
        memory.Position = 0;
        var foreign = Assert.Throws<FastDqnException>(() => new RandomStream(0).Load(new StateReader(memory)));
        Assert.Equal(ErrorKind.BadData, foreign.Kind);
        Assert.Contains("'random'", foreign.Message, StringComparison.Ordinal);
        using var empty = new MemoryStream();
        Assert.Contains("torn", Assert.Throws<FastDqnException>(() => new RandomStream(0).Load(new StateReader(empty))).Message,
            StringComparison.Ordinal);
    }
}
