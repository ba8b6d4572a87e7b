using System.Runtime.InteropServices;
using FastDqn.Core;
using FastDqn.Learning.Specs;

namespace FastDqn.Learning.Tests;

/// <summary>
/// Frames that a learner's device makes of what emulators write: on the CPU as on a GPU, over plain memory and a
/// stand-in for the library.
/// </summary>
public sealed unsafe class FrameMakerTests
{
    private const int Environments = 3;
    private const int Pair = 10;
    private const int Frame = 4;
    private const int Slots = 5;
    private const int Pitch = 7;
    private static readonly NetworkInput Input = new(ObservationKind.UInt8, [2, 2, 2]);
    private static readonly FrameRing Ring = new(Slots, Environments, Frame, 2, RepeatFirst: true);

    public static TheoryData<bool, bool> Ways => new() { { false, false }, { false, true }, { true, false }, { true, true } };

    /// <summary>Pairs are written anew as soon as they may be; what is queued runs as late as it can.</summary>
    [Theory]
    [MemberData(nameof(Ways))]
    public void FramesComeToTheirSlotsAndToTheHost(bool gpu, bool stay)
    {
        using var learner = Learner(gpu ? new FakeCuda(late: true) : null);
        using var actor = learner.CreateActor(3);
        using var frames = stay ? learner.CreateFrames(Ring, new NoGather(), actor) : null;
        using var maker = learner.CreateMaker(new PlainPixels(), frames);
        using var host = new NativeRegion(20 * Environments * Pitch);
        var expected = new byte[20 * Environments * Pitch];
        var ring = new byte[Slots * Environments * Frame];
        for (var step = 0; step < 20; step++)
        {
            maker.Begin();
            for (var i = 0; i < Environments; i++)
            {
                new Span<byte>((void*)maker.Pairs[i], Pair).Fill((byte)((step * Environments) + i + 1));
                var made = new Span<byte>(expected, ((step * Environments) + i) * Pitch, Frame);
                made.Fill((byte)(Pair * ((step * Environments) + i + 1)));
                made.CopyTo(ring.AsSpan((((step % Slots) * Environments) + i) * Frame));
            }

            maker.Make(Places(host.Address + (step * Environments * Pitch)), stay ? step % Slots : 0);
            // Frames on the device are those of whoever works there next.
            if (stay)
                actor.QValues(host.Address, 1, new float[TestSpecs.Actions]);
            if (gpu)
                Assert.Equal(0, *(byte*)(host.Address + (step * Environments * Pitch)));
        }

        maker.Wait();
        Assert.Equal(expected, new Span<byte>(host.Pointer, expected.Length).ToArray());
        if (frames is not null)
            Assert.Equal(ring, new Span<byte>((void*)Interop.PinnedTensor.Data(frames.Frames), ring.Length).ToArray());
    }

    [Fact]
    public void AStepIsOneCopyThereAndOneBackAndWaitsForNothingOfItsOwn()
    {
        var (cuda, pixels) = (new FakeCuda(), new PlainPixels());
        using var learner = Learner(cuda);
        using var actor = learner.CreateActor(3);
        using var frames = learner.CreateFrames(Ring, new NoGather(), actor);
        using var maker = learner.CreateMaker(pixels, frames);
        using var host = new NativeRegion(4096);
        maker.Begin();
        maker.Make(Places(host.Address), slot: 1);
        cuda.Log.Clear();
        maker.Begin();
        maker.Make(Places(host.Address), slot: 2);
        // The waits are for the step before: for its pairs, and for its frames on the host.
        Assert.Equal(
            ["wait", "upload", "record", "wait", "follow", "download", "record"],
            cuda.Log.Select(call => call.EndsWith(" follows 2", StringComparison.Ordinal) ? "follow" : call));
        // On the actor's stream, which was made after the learner's.
        Assert.Equal([102, 102], pixels.Streams);
    }

    [Fact]
    public void WithoutFramesOnTheDeviceAllIsOnAStreamOfItsOwn()
    {
        var (cuda, pixels) = (new FakeCuda(), new PlainPixels());
        using var learner = Learner(cuda);
        using var maker = learner.CreateMaker(pixels, frames: null);
        using var host = new NativeRegion(4096);
        cuda.Log.Clear();
        maker.Make(Places(host.Address), slot: 0);
        Assert.Equal(["upload", "record", "wait", "download", "record"], cuda.Log);
        Assert.DoesNotContain(101, pixels.Streams);
    }

    [Theory]
    [InlineData("wait")]
    [InlineData("upload")]
    [InlineData("record")]
    [InlineData("download")]
    [InlineData("enter")]
    public void AFailingCallIsOneLine(string call)
    {
        var cuda = new FakeCuda();
        using var learner = Learner(cuda);
        using var maker = learner.CreateMaker(new PlainPixels(), frames: null);
        using var host = new NativeRegion(4096);
        cuda.Fails = call;
        var error = Assert.Throws<FastDqnException>(() =>
        {
            maker.Begin();
            maker.Make(Places(host.Address), slot: 0);
        });
        Assert.StartsWith("cuda: ", error.Message, StringComparison.Ordinal);
        Assert.DoesNotContain('\n', error.Message);
        cuda.Fails = null;
    }

    [Theory]
    [InlineData("create stream")]
    [InlineData("allocate")]
    [InlineData("create event")]
    public void WhatCannotBeMadeIsOneLineAndKeepsNothing(string call)
    {
        var cuda = new FakeCuda();
        using var learner = Learner(cuda);
        var before = cuda.Alive;
        cuda.Fails = call;
        var error = Assert.Throws<FastDqnException>(() => learner.CreateMaker(new PlainPixels(), frames: null));
        Assert.StartsWith("cuda: ", error.Message, StringComparison.Ordinal);
        // The one that failed counts as made.
        Assert.Equal(before + 1, cuda.Alive);
        cuda.Fails = null;
    }

    [Fact]
    public void EverythingIsGivenBackWhileWorkIsUnderWay()
    {
        var cuda = new FakeCuda(late: true);
        using (var host = new NativeRegion(4096))
        using (var learner = Learner(cuda))
        using (var frames = learner.CreateFrames(Ring, new NoGather(), actor: null))
        using (var maker = learner.CreateMaker(new PlainPixels(), frames))
            maker.Make(Places(host.Address), slot: 3);
        Assert.Equal(0, cuda.Alive);
    }

    [Fact]
    public void PlacesInUnequalDistancesAreRefused()
    {
        using var learner = Learner(null);
        using var maker = learner.CreateMaker(new PlainPixels(), frames: null);
        Assert.Throws<ArgumentException>(() => maker.Make([100, 200, 400], slot: 0));
        Assert.Throws<ArgumentException>(() => maker.Make([100, 200], slot: 0));
    }

    [Fact]
    public void FramesOfAnotherNumberAreRefused()
    {
        using var learner = Learner(null);
        using var frames = learner.CreateFrames(Ring with { Lanes = 2 }, new NoGather(), actor: null);
        Assert.Throws<InvalidOperationException>(() => learner.CreateMaker(new PlainPixels(), frames));
    }

    private static nint[] Places(nint first) => [.. Enumerable.Range(0, Environments).Select(i => first + (i * Pitch))];

    private static DqnLearner Learner(FakeCuda? cuda) => new(
        TestSpecs.Small("dqn"), Input, TestSpecs.Actions, seed: 1, settings: new LearnerSettings { Calls = cuda });

    /// <summary>A frame is filled with the sum of its pair's bytes.</summary>
    private sealed class PlainPixels : IPixelKernels
    {
        public List<nint> Streams { get; } = [];

        public int Environments => FrameMakerTests.Environments;

        public int PairBytes => Pair;

        public int ObservationBytes => Frame;

        public void Queue(nint pairs, nint observations, nint stream)
        {
            Streams.Add(stream);
            for (var i = 0; i < Environments; i++)
            {
                byte sum = 0;
                foreach (var value in new ReadOnlySpan<byte>((void*)(pairs + (i * Pair)), Pair))
                    sum += value;
                NativeMemory.Fill((void*)(observations + (i * Frame)), Frame, sum);
            }
        }

        public void Dispose() { }
    }

    private sealed class NoGather : IStackGather
    {
        public void Queue(in FrameRing ring, nint frames, nint places, int count, nint stacks, nint stream) =>
            throw new NotSupportedException();

        public void Dispose() { }
    }
}
