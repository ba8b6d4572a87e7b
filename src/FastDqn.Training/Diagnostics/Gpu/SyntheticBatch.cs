using System.Runtime.InteropServices;
using FastDqn.Core;
using FastDqn.Learning;

namespace FastDqn.Training.Diagnostics.Gpu;

/// <summary>
/// A minibatch of random frames with everything that any learner reads, in memory that does not move.
/// </summary>
internal sealed unsafe class SyntheticBatch : IDisposable
{
    private const int Page = 4096;

    public const int Actions = 6;

    public static readonly NetworkInput Input = new(ObservationKind.UInt8, [4, 84, 84]);

    private readonly byte* _frames;
    private readonly long _frameBytes;
    private readonly long[] _actions;
    private readonly float[] _returns;
    private readonly float[] _discounts;
    private readonly float[] _weights;
    private readonly float[] _priorities;

    public SyntheticBatch(int size, ulong seed)
    {
        var random = new RandomStream(seed, "synthetic batch");
        Size = size;
        // Whole pages of its own, so that they can be locked.
        _frameBytes = (2L * size * Input.Bytes + Page - 1) / Page * Page;
        _frames = (byte*)NativeMemory.AlignedAlloc((nuint)_frameBytes, Page);
        for (var i = 0L; i < _frameBytes; i++)
            _frames[i] = (byte)random.NextInt32(256);
        _actions = Fill(size, () => random.NextInt64(Actions));
        _returns = Fill(size, () => (float)(random.NextInt32(3) - 1));
        _discounts = Fill(size, () => random.NextDouble() < 0.1 ? 0 : 0.99f);
        _weights = Fill(size, () => (float)(0.5 + (0.5 * random.NextDouble())));
        _priorities = Fill(size, () => 0f);
    }

    public int Size { get; }

    public nint Observations => (nint)_frames;

    public LearnerBatch Pointers => new()
    {
        Size = Size,
        Observations = Observations,
        NextObservations = Observations + (Size * Input.Bytes),
        Actions = Address(_actions),
        Returns = Address(_returns),
        Discounts = Address(_discounts),
        Weights = Address(_weights),
        Priorities = Address(_priorities),
    };

    /// <summary>Locks the frames in memory as trainings do; null without a registrar.</summary>
    public IDisposable? Lock(IPinnedMemoryRegistrar? registrar) => registrar?.Register(Observations, _frameBytes);

    public void Dispose() => NativeMemory.AlignedFree(_frames);

    private static T[] Fill<T>(int count, Func<T> value)
        where T : unmanaged
    {
        var array = GC.AllocateArray<T>(count, pinned: true);
        for (var i = 0; i < count; i++)
            array[i] = value();
        return array;
    }

    private static nint Address<T>(T[] pinned)
        where T : unmanaged => Marshal.UnsafeAddrOfPinnedArrayElement(pinned, 0);
}
