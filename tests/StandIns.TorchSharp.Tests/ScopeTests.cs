using System.Runtime.InteropServices;
using TorchSharp;
using static TorchSharp.torch;

namespace StandIns.TorchSharp.Tests;

// Counts live handles of the whole process, so nothing else may make tensors meanwhile.
[CollectionDefinition(nameof(Alone), DisableParallelization = true)]
public sealed class Alone;

[Collection(nameof(Alone))]
public sealed unsafe partial class ScopeTests
{
    private static int _released;

    [Fact]
    public void A_scope_disposes_what_was_made_in_it()
    {
        var before = Tensor.TotalCount;
        Tensor kept;
        using (var scope = NewDisposeScope())
        {
            var x = zeros(3);
            var y = x + 1;
            Assert.Equal(2, scope.DisposablesCount);
            Assert.True(scope.Contains(y));
            kept = (y * 2).MoveToOuterDisposeScope();
            Assert.Equal(before + 3, Tensor.TotalCount);
        }

        Assert.Equal(before + 1, Tensor.TotalCount);
        Assert.False(kept.IsInvalid);
        kept.Dispose();
        Assert.Equal(before, Tensor.TotalCount);
    }

    [Fact]
    public void Nested_scopes_hand_outwards_one_at_a_time()
    {
        using var outer = NewDisposeScope();
        Tensor moved, detached, gone;
        using (var inner = NewDisposeScope())
        {
            moved = zeros(1).MoveToOuterDisposeScope();
            detached = zeros(1).DetachFromDisposeScope();
            gone = zeros(1);
            Assert.Equal(1, inner.DisposablesCount);
        }

        Assert.True(gone.IsInvalid);
        Assert.True(outer.Contains(moved));
        Assert.False(outer.Contains(detached));
        outer.DisposeEverything();
        Assert.True(moved.IsInvalid);
        Assert.False(detached.IsInvalid);
        outer.Attach(detached);
        Assert.True(outer.Contains(detached));
    }

    [Fact]
    public void A_tensor_disposed_by_hand_leaves_its_scope()
    {
        using var scope = NewDisposeScope();
        var tensors = Enumerable.Range(0, 10).Select(_ => zeros(1)).ToList();
        foreach (var i in new[] { 3, 9, 0, 5 })
            tensors[i].Dispose();
        Assert.Equal(6, scope.DisposablesCount);
        Assert.Equal(6, scope.DisposablesView.Count);
        scope.DisposeEverythingBut(tensors[1]);
        Assert.Equal(1, scope.DisposablesCount);
        Assert.False(tensors[1].IsInvalid);
        Assert.True(tensors[2].IsInvalid);
    }

    [Fact]
    public void Thousands_of_scoped_steps_leave_nothing_and_allocate_little()
    {
        using var weight = zeros(16, 16, requires_grad: true);
        void Step()
        {
            using var scope = NewDisposeScope();
            (ones(4, 16).matmul(weight) + 1).square().mean().backward();
            using var grad = weight.grad;
            grad!.zero_();
        }

        Step();
        var handles = Tensor.TotalCount;
        var before = GC.GetAllocatedBytesForCurrentThread();
        for (var i = 0; i < 2000; i++)
            Step();
        Assert.Equal(handles, Tensor.TotalCount);
        // Tensor objects and scalars, no lists.
        Assert.InRange((GC.GetAllocatedBytesForCurrentThread() - before) / 2000, 0, 2500);
    }

    [Fact]
    public void The_collector_releases_what_nobody_disposed()
    {
        var before = Tensor.TotalCount;
        Forget();
        for (var i = 0; i < 10 && Tensor.TotalCount > before; i++)
        {
            GC.Collect();
            GC.WaitForPendingFinalizers();
        }

        Assert.Equal(before, Tensor.TotalCount);

        static void Forget() => zeros(10).add(1);
    }

    [Fact]
    public void THSTensor_new_makes_a_tensor_over_pinned_memory_without_a_copy()
    {
        var memory = GC.AllocateArray<float>(6, pinned: true);
        long[] sizes = [2, 3];
        _released = 0;
        fixed (float* data = memory)
        fixed (long* shape = sizes)
        {
            var handle = THSTensor_new(data, &Released, shape, 2, (sbyte)ScalarType.Float32, (sbyte)ScalarType.Float32, 0, -1, 0);
            var tensor = Tensor.UnsafeCreateTensor(handle);
            memory[4] = 5;
            Assert.Equal(5, tensor[1, 1].item<float>());
            tensor.add_(1);
            Assert.Equal(6, memory[4]);
            tensor.Dispose();
        }

        GC.Collect();
        GC.WaitForPendingFinalizers();
        Assert.Equal(1, _released);
    }

    [UnmanagedCallersOnly]
    private static void Released(void* data) => Interlocked.Increment(ref _released);

    [LibraryImport("LibTorchSharp")]
    private static partial nint THSTensor_new(void* data, delegate* unmanaged<void*, void> deleter, long* sizes, int count, sbyte scalarType, sbyte dtype, int deviceType, int deviceIndex, byte requiresGrad);
}
