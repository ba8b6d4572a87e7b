using System.Runtime.InteropServices;
using FastDqn.Core;
using FastDqn.Learning;
using FastDqn.Replay;

namespace FastDqn.Training.Loops;

/// <summary>
/// States set aside after the warm-up: the mean over them of the largest Q shows learning with less noise than returns
/// do (Mnih et al. 2013, section 5.1).
/// </summary>
internal sealed unsafe class HeldOutSet(int count, int observationBytes) : IStateful, IDisposable
{
    private readonly byte* _memory = (byte*)NativeMemory.AlignedAlloc((nuint)count * (nuint)observationBytes, 4096);
    private readonly int[] _actions = new int[count];
    private readonly float[] _values = new float[count];

    public bool Known { get; private set; }

    public void Take(ReplayRing ring)
    {
        using var batch = new ReplayBatch(count, ring.Options with { Sequence = null, Ahead = 0 });
        ring.Sample(batch);
        batch.ObservationSpan.CopyTo(Memory);
        Known = true;
    }

    public double MeanMaxQ(QLearner learner)
    {
        // A copy of its own: noise and fractions drawn for it must not disturb the acting ones.
        using var actor = learner.CreateActor(0);
        actor.UseNoise(false);
        // A recurrent network sees each as an episode's first.
        actor.Act((nint)_memory, count, _actions, _values, actor.CreateState(count));
        var sum = 0.0;
        foreach (var value in _values)
            sum += value;
        return sum / count;
    }

    public void Save(StateWriter writer)
    {
        writer.Section("held-out", 1);
        writer.WriteBool(Known);
        if (Known)
            writer.WriteSpan<byte>(Memory);
    }

    public void Load(StateReader reader)
    {
        reader.Section("held-out", 1);
        Known = reader.ReadBool();
        if (Known)
            reader.ReadSpan(Memory);
    }

    public void Dispose() => NativeMemory.AlignedFree(_memory);

    private Span<byte> Memory => new(_memory, count * observationBytes);
}
