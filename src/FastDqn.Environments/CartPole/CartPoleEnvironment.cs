using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using FastDqn.Core;

namespace FastDqn.Environments.CartPole;

/// <summary>
/// Gymnasium's CartPole, thousands at once: states are four arrays of doubles (struct of arrays) stepped four poles at
/// a time. Observation: float32 x, x_dot, theta, theta_dot. Reward 1 for every step, the last one too. A pole that
/// falls or leaves terminates; the time limit truncates. Environment i is seeded with seed + i through NumPy's
/// generator, as Gymnasium's vector environments do, so the first observations are theirs bit for bit. One core steps
/// it faster than threads could share the work, so there are none here.
/// </summary>
public sealed class CartPoleEnvironment : IVectorEnvironment, IRenderable
{
    private const int Lanes = 4;
    private const double ResetBound = 0.05;
    private static readonly string[] Actions = ["left", "right"];

    private readonly int _limit;
    private readonly double[] _x, _xDot, _theta, _thetaDot;
    private readonly int[] _steps;
    private readonly byte[] _over;
    private readonly NumpyGenerator[] _generators;
    private readonly float[] _observations;
    private readonly long[] _ended;

    /// <param name="name">The name as given to <c>--env</c>.</param>
    /// <param name="count">Environments stepped together.</param>
    /// <param name="limit">Steps after which an episode is truncated: 200 (v0) or 500 (v1).</param>
    public CartPoleEnvironment(string name, int count, int limit)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(count);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(limit);
        Name = name;
        Count = count;
        _limit = limit;
        var padded = (count + Lanes - 1) / Lanes * Lanes;
        _x = new double[padded];
        _xDot = new double[padded];
        _theta = new double[padded];
        _thetaDot = new double[padded];
        _steps = new int[count];
        _over = new byte[count];
        _generators = new NumpyGenerator[count];
        _observations = new float[4 * Lanes];
        _ended = new long[Lanes];
    }

    /// <summary>CartPole-v0: episodes of at most 200 steps, solved at a mean return of 195 over 100 episodes.</summary>
    public static CartPoleEnvironment V0(int count) => new("cartpole-v0", count, 200);

    /// <summary>CartPole-v1: episodes of at most 500 steps, solved at a mean return of 475 over 100 episodes.</summary>
    public static CartPoleEnvironment V1(int count) => new("cartpole", count, 500);

    public string Name { get; }

    public int Count { get; }

    public ObservationSpec Observation { get; } = new(ObservationType.Float32, [4]);

    public IReadOnlyList<string> ActionNames => Actions;

    public double FramesPerStep => 1;

    /// <summary>
    /// Position (m), speed (m/s), angle (rad, positive to the right) and angular speed of one environment.
    /// </summary>
    public (double X, double XDot, double Theta, double ThetaDot) StateOf(int index)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual((uint)index, (uint)Count, nameof(index));
        return (_x[index], _xDot[index], _theta[index], _thetaDot[index]);
    }

    public void Reset(ulong seed, ReadOnlySpan<nint> frames, StepResult result)
    {
        ArgumentNullException.ThrowIfNull(result);
        CheckCounts(frames.Length, result.Count);
        for (var i = 0; i < Count; i++)
        {
            _generators[i] = new NumpyGenerator(unchecked(seed + (ulong)i));
            Begin(i, frames[i], result);
        }
    }

    public void Step(ReadOnlySpan<int> actions, ReadOnlySpan<nint> frames, StepResult result)
    {
        ArgumentNullException.ThrowIfNull(result);
        CheckCounts(frames.Length, result.Count);
        if (actions.Length != Count)
            throw new ArgumentException($"{actions.Length} actions for {Count} environments", nameof(actions));
        CheckActions(actions);
        result.Rewards.AsSpan().Fill(1);
        result.Frames.AsSpan().Fill(1);
        result.LifeLost.AsSpan().Clear();
        result.EpisodeStart.AsSpan().Clear();
        result.Lives.AsSpan().Clear();
        for (var first = 0; first < Count; first += Lanes)
            StepLanes(first, actions, frames, result);
    }

    public void Save(StateWriter writer)
    {
        ArgumentNullException.ThrowIfNull(writer);
        writer.Section("cartpole", 1);
        writer.WriteInt32(Count);
        writer.WriteInt32(_limit);
        writer.WriteSpan<double>(_x.AsSpan(0, Count));
        writer.WriteSpan<double>(_xDot.AsSpan(0, Count));
        writer.WriteSpan<double>(_theta.AsSpan(0, Count));
        writer.WriteSpan<double>(_thetaDot.AsSpan(0, Count));
        writer.WriteSpan<int>(_steps);
        writer.WriteSpan<byte>(_over);
        foreach (var generator in _generators)
            generator.Save(writer);
    }

    public void Load(StateReader reader)
    {
        ArgumentNullException.ThrowIfNull(reader);
        reader.Section("cartpole", 1);
        var (count, limit) = (reader.ReadInt32(), reader.ReadInt32());
        if (count != Count || limit != _limit)
            throw new FastDqnException(
                ErrorKind.BadData, $"bad state: {count} cart-poles of {limit} steps stored where {Count} of {_limit} belong");
        reader.ReadSpan(_x.AsSpan(0, Count));
        reader.ReadSpan(_xDot.AsSpan(0, Count));
        reader.ReadSpan(_theta.AsSpan(0, Count));
        reader.ReadSpan(_thetaDot.AsSpan(0, Count));
        reader.ReadSpan(_steps.AsSpan());
        reader.ReadSpan(_over.AsSpan());
        for (var i = 0; i < Count; i++)
            _generators[i] = NumpyGenerator.Read(reader);
    }

    public (int Width, int Height) RenderSize(int index) => (CartPolePainter.Width, CartPolePainter.Height);

    public void RenderRgb(int index, Span<byte> rgb)
    {
        var (x, _, theta, _) = StateOf(index);
        CartPolePainter.Draw(x, theta, 0, 0, CartPolePainter.Width, CartPolePainter.Height, rgb);
    }

    public void Dispose()
    {
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private void StepLanes(int first, ReadOnlySpan<int> actions, ReadOnlySpan<nint> frames, StepResult result)
    {
        var lanes = Math.Min(Lanes, Count - first);
        var x = Vector256.LoadUnsafe(ref _x[first]);
        var xDot = Vector256.LoadUnsafe(ref _xDot[first]);
        var theta = Vector256.LoadUnsafe(ref _theta[first]);
        var thetaDot = Vector256.LoadUnsafe(ref _thetaDot[first]);
        var ended = CartPoleDynamics.Step(ref x, ref xDot, ref theta, ref thetaDot, Forces(actions, first, lanes));
        x.StoreUnsafe(ref _x[first]);
        xDot.StoreUnsafe(ref _xDot[first]);
        theta.StoreUnsafe(ref _theta[first]);
        thetaDot.StoreUnsafe(ref _thetaDot[first]);
        ended.AsInt64().StoreUnsafe(ref _ended[0]);
        Vector128.Narrow(x.GetLower(), x.GetUpper()).StoreUnsafe(ref _observations[0]);
        Vector128.Narrow(xDot.GetLower(), xDot.GetUpper()).StoreUnsafe(ref _observations[4]);
        Vector128.Narrow(theta.GetLower(), theta.GetUpper()).StoreUnsafe(ref _observations[8]);
        Vector128.Narrow(thetaDot.GetLower(), thetaDot.GetUpper()).StoreUnsafe(ref _observations[12]);
        for (var lane = 0; lane < lanes; lane++)
        {
            var i = first + lane;
            if (_over[i] != 0)
            {
                Begin(i, frames[i], result);
                continue;
            }

            WriteObservation(frames[i], _observations[lane], _observations[4 + lane], _observations[8 + lane], _observations[12 + lane]);
            var terminated = (byte)(_ended[lane] & 1);
            var truncated = (byte)(++_steps[i] >= _limit && terminated == 0 ? 1 : 0);
            result.Terminated[i] = terminated;
            result.Truncated[i] = truncated;
            _over[i] = (byte)(terminated | truncated);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector256<double> Forces(ReadOnlySpan<int> actions, int first, int lanes)
    {
        Vector128<int> chosen;
        if (lanes == Lanes)
        {
            chosen = Vector128.LoadUnsafe(ref MemoryMarshal.GetReference(actions), (nuint)first);
        }
        else
        {
            chosen = Vector128<int>.Zero;
            for (var lane = 0; lane < lanes; lane++)
                chosen = chosen.WithElement(lane, actions[first + lane]);
        }

        var (low, high) = Vector128.Widen(Vector128.Equals(chosen, Vector128<int>.One));
        return Vector256.ConditionalSelect(
            Vector256.Create(low, high).AsDouble(),
            Vector256.Create(CartPoleDynamics.Force),
            Vector256.Create(-CartPoleDynamics.Force));
    }

    private void Begin(int index, nint frame, StepResult result)
    {
        ref var generator = ref _generators[index];
        _x[index] = generator.NextUniform(-ResetBound, ResetBound);
        _xDot[index] = generator.NextUniform(-ResetBound, ResetBound);
        _theta[index] = generator.NextUniform(-ResetBound, ResetBound);
        _thetaDot[index] = generator.NextUniform(-ResetBound, ResetBound);
        _steps[index] = 0;
        _over[index] = 0;
        WriteObservation(frame, (float)_x[index], (float)_xDot[index], (float)_theta[index], (float)_thetaDot[index]);
        result.Rewards[index] = 0;
        result.Terminated[index] = 0;
        result.Truncated[index] = 0;
        result.LifeLost[index] = 0;
        result.EpisodeStart[index] = 1;
        result.Lives[index] = 0;
        result.Frames[index] = 0;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static unsafe void WriteObservation(nint frame, float x, float xDot, float theta, float thetaDot)
    {
        var observation = (float*)frame;
        observation[0] = x;
        observation[1] = xDot;
        observation[2] = theta;
        observation[3] = thetaDot;
    }

    private void CheckCounts(int frames, int results)
    {
        if (frames != Count || results != Count)
            throw new ArgumentException($"{frames} frames and {results} results for {Count} environments");
    }

    private static void CheckActions(ReadOnlySpan<int> actions)
    {
        var seen = 0;
        foreach (var action in actions)
            seen |= action;
        if ((seen & ~1) != 0)
            throw new FastDqnException(ErrorKind.Usage, "an action of CartPole is neither 0 (left) nor 1 (right)");
    }
}
