using System.Runtime.InteropServices;

namespace FastDqn.Environments.Tests;

/// <summary>One destination an environment, and a result, as a ring would hand them out.</summary>
internal sealed unsafe class FrameBuffers : IDisposable
{
    private readonly byte* _memory;
    private readonly int _frameBytes;
    private readonly nint[] _frames;

    public FrameBuffers(IVectorEnvironment environment)
    {
        _frameBytes = environment.Observation.FrameBytes;
        _memory = (byte*)NativeMemory.AllocZeroed((nuint)environment.Count, (nuint)_frameBytes);
        _frames = new nint[environment.Count];
        for (var i = 0; i < _frames.Length; i++)
            _frames[i] = (nint)(_memory + ((long)i * _frameBytes));
        Result = new StepResult(environment.Count);
    }

    public StepResult Result { get; }

    public ReadOnlySpan<nint> Frames => _frames;

    public ReadOnlySpan<byte> Bytes(int index) => new((void*)_frames[index], _frameBytes);

    public ReadOnlySpan<float> Floats(int index) => MemoryMarshal.Cast<byte, float>(Bytes(index));

    public void Dispose() => NativeMemory.Free(_memory);
}

/// <summary>Helpers that several environments' tests share.</summary>
internal static class Drive
{
    /// <summary>FNV-1a 64 over everything that a step tells, of all environments.</summary>
    public static ulong Digest(ulong digest, FrameBuffers buffers)
    {
        for (var i = 0; i < buffers.Frames.Length; i++)
        {
            digest = Fnv(digest, buffers.Bytes(i));
            digest = Fnv(digest, BitConverter.GetBytes(buffers.Result.Rewards[i]));
            digest = Fnv(digest, [buffers.Result.Terminated[i], buffers.Result.Truncated[i], buffers.Result.EpisodeStart[i]]);
            digest = Fnv(digest, BitConverter.GetBytes(buffers.Result.Frames[i]));
        }

        return digest;
    }

    public static ulong Fnv(ulong digest, ReadOnlySpan<byte> bytes)
    {
        foreach (var b in bytes)
            digest = (digest ^ b) * 0x100000001B3UL;
        return digest;
    }

    public const ulong Start = 0xCBF29CE484222325UL;

    /// <summary>Steps with seeded random actions and returns the digest of everything seen.</summary>
    public static ulong Random(IVectorEnvironment environment, FrameBuffers buffers, ulong seed, int steps, ulong digest = Start)
    {
        var random = new Core.RandomStream(seed);
        var actions = new int[environment.Count];
        for (var step = 0; step < steps; step++)
        {
            for (var i = 0; i < actions.Length; i++)
                actions[i] = random.NextInt32(environment.ActionNames.Count);
            environment.Step(actions, buffers.Frames, buffers.Result);
            digest = Digest(digest, buffers);
        }

        return digest;
    }

    public static byte[] Save(IVectorEnvironment environment)
    {
        using var memory = new MemoryStream();
        environment.Save(new Core.StateWriter(memory));
        return memory.ToArray();
    }

    public static void Load(IVectorEnvironment environment, byte[] state)
    {
        using var memory = new MemoryStream(state);
        environment.Load(new Core.StateReader(memory));
        Assert.Equal(memory.Length, memory.Position);
    }
}
