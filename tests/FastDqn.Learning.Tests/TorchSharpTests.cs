using FastDqn.Learning.Interop;
using TorchSharp;
using static TorchSharp.torch;

namespace FastDqn.Learning.Tests;

/// <summary>What the learner needs of TorchSharp and its native library as they are installed here.</summary>
public sealed class TorchSharpTests
{
    [Fact]
    public void AScalarOutlivesTheCallThatReadsIt()
    {
        // Collections in a row, and a thread that writes other scalars where freed ones lay.
        var done = false;
        var collect = new Thread(() =>
        {
            while (!Volatile.Read(ref done))
            {
                GC.Collect(0);
                GC.WaitForPendingFinalizers();
            }
        });
        var overwrite = new Thread(() =>
        {
            while (!Volatile.Read(ref done))
                ((Scalar)true).Dispose();
        });
        collect.Start();
        overwrite.Start();
        try
        {
            using var values = zeros(4);
            for (var i = 0; i < 40_000; i++)
            {
                values.zero_();
                values.add_(1.5);
                Assert.Equal(1.5f, PinnedTensor.Span<float>(values)[0]);
            }
        }
        finally
        {
            Volatile.Write(ref done, true);
            collect.Join();
            overwrite.Join();
        }
    }

    [Fact]
    public void LibtorchComputesOnTheCallingThreadAlone() => Assert.Equal(1, get_num_threads());

    [Fact]
    public void CudnnCanBeToldToBeDeterministic() => Assert.True(LibTorch.UseDeterministicCudnn());

    [Fact]
    public void TheVersionIsTheOneThatTorchSharpWasBuiltFor()
    {
        LibTorch.Load();
        Assert.Equal((2, 10), (LibTorch.Version!.Major, LibTorch.Version.Minor));
        Assert.Null(LibTorch.Warning);
    }
}
