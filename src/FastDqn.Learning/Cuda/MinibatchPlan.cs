using System.Runtime.InteropServices;
using FastDqn.Core;
using FastDqn.Learning.Networks;
using FastDqn.Learning.Optimization;
using FastDqn.Learning.Specs;
using TorchSharp;
using static TorchSharp.torch;

namespace FastDqn.Learning.Cuda;

/// <summary>
/// Updates of one shape on a device: the minibatch, what is drawn for it and the figures at fixed addresses, and the
/// work between them.
/// </summary>
internal sealed class MinibatchPlan : IDisposable
{
    private readonly DeviceQueue _queue;
    private readonly DeviceBlock _block;
    private readonly Tensor _observations;
    private readonly int _ahead;
    private readonly long _bytes;
    private readonly int _validAt;
    private readonly int _batchFloats;
    private readonly int _stepFloats;

    /// <param name="queue">Where.</param>
    /// <param name="network">What is trained.</param>
    /// <param name="optimizer">Takes the step.</param>
    /// <param name="size">B.</param>
    /// <param name="ahead">Observations that follow, for self-prediction.</param>
    /// <param name="prioritized">There are weights, and priorities are wanted.</param>
    /// <param name="placed">Observations are made of frames on the device.</param>
    /// <param name="draws">Numbers that the work asks for, for each of the minibatch.</param>
    /// <param name="compute">The work.</param>
    public MinibatchPlan(
        DeviceQueue queue, QNetwork network, DeviceOptimizer optimizer, int size, int ahead, bool prioritized, bool placed, int draws,
        Action<MinibatchPlan> compute)
    {
        var (input, device) = (network.Input, optimizer.Device);
        (_queue, Size, _ahead, _bytes) = (queue, size, ahead, (long)size * input.Bytes);
        _observations = input.Zeros(device, 2 + ahead, size);
        Observations = _observations.select(0, 0).DetachFromDisposeScope();
        Next = _observations.select(0, 1).DetachFromDisposeScope();
        var noise = NoiseSample.Count(network.Noise);
        var (rows, places) = (prioritized ? 3 : 2, placed ? (2 + ahead) * StackPlace.Numbers : 0);
        (_validAt, _batchFloats, _stepFloats) = (rows * size, (rows + ahead) * size, optimizer.Count + (2 * noise));
        _block = new DeviceBlock(queue, device, size * (1 + ahead + places), _batchFloats + _stepFloats + ((long)size * draws));
        Actions = Integers(0, size);
        Places = placed ? Integers((1 + ahead) * size, places * size) : null;
        (Returns, Discounts) = (Floats(0, size), Floats(size, size));
        Weights = prioritized ? Floats(2 * size, size) : null;
        if (ahead > 0)
        {
            Following = _observations.narrow(0, 2, ahead).flatten(0, 1).DetachFromDisposeScope();
            FollowingActions = Integers(size, ahead * size);
            FollowingValid = Floats(_validAt, ahead * size);
        }

        using (var numbers = Floats(_batchFloats, optimizer.Count))
            Numbers = optimizer.NumbersOf(numbers);
        OnlineNoise = Noise(0);
        TargetNoise = Noise(1);
        Draws = new DeviceDraws(queue, _block, _batchFloats + _stepFloats);
        Figures = new DeviceFigures(queue, device, prioritized ? size : 0, DeviceBlock.Slots);
        Work = new PlannedWork(queue, () => compute(this));

        Tensor Integers(long first, long count) => _block.Integers.narrow(0, first, count).DetachFromDisposeScope();
        Tensor Floats(long first, long count) => _block.Floats.narrow(0, first, count).DetachFromDisposeScope();
        NoiseSample Noise(int sample) => new(network.Noise, device, Floats(_batchFloats + optimizer.Count + (sample * noise), noise));
    }

    public int Size { get; }

    public Tensor Observations { get; }

    public Tensor Next { get; }

    public Tensor Actions { get; }

    /// <summary>What is shown of the steps after the transitions; null: nothing.</summary>
    public Tensor? Following { get; }

    public Tensor? FollowingActions { get; }

    public Tensor? FollowingValid { get; }

    /// <summary>
    /// Where the observations, then the next ones, then those shown lie among the device's frames; null: they are
    /// copied.
    /// </summary>
    public Tensor? Places { get; }

    public Tensor Returns { get; }

    public Tensor Discounts { get; }

    /// <summary>Null for weights of 1.</summary>
    public Tensor? Weights { get; }

    public DeviceDraws Draws { get; }

    public DeviceFigures Figures { get; }

    public PlannedWork Work { get; }

    /// <summary>The optimizer's numbers on the device, one by one.</summary>
    public Tensor[] Numbers { get; }

    public NoiseSample OnlineNoise { get; }

    public NoiseSample TargetNoise { get; }

    /// <summary>
    /// What differs from update to update besides the minibatch: the optimizer's numbers, then noise.
    /// </summary>
    public Span<float> HostStep(int slot) => _block.HostFloats(slot).Slice(_batchFloats, _stepFloats);

    /// <summary>
    /// Queues one copy of a minibatch's numbers and places, which may change once this returns, of
    /// <see cref="HostStep"/> and of draws; and where observations are copied, theirs, which may not change before
    /// the work is done.
    /// </summary>
    public void Upload(Minibatch batch, int slot)
    {
        var integers = _block.HostIntegers(slot);
        batch.ActionSpan.CopyTo(integers);
        batch.FollowingActionSpan.CopyTo(integers[Size..]);
        if (Places is not null)
        {
            var places = MemoryMarshal.Cast<long, StackPlace>(integers[((1 + _ahead) * Size)..]);
            batch.Places.CopyTo(places);
            batch.NextPlaces.CopyTo(places[Size..]);
            batch.FollowingPlaces.CopyTo(places[(2 * Size)..]);
        }

        var floats = _block.HostFloats(slot);
        batch.ReturnSpan.CopyTo(floats);
        batch.DiscountSpan.CopyTo(floats[Size..]);
        if (Weights is not null)
            batch.WeightSpan.CopyTo(floats[(2 * Size)..]);
        batch.FollowingValidSpan.CopyTo(floats[_validAt..]);
        _block.Upload(slot);
        if (Places is null)
            _queue.Upload(batch.Observations, _observations, (2 + _ahead) * _bytes);
    }

    /// <summary>A part of the work: makes the observations that <see cref="Places"/> names.</summary>
    public void Gather(DeviceQueue queue, DeviceFrames frames) => frames.Gather(queue, Places!, (2 + _ahead) * Size, _observations);

    public void Dispose()
    {
        Work.Dispose();
        Draws.Dispose();
        Figures.Dispose();
        OnlineNoise.Dispose();
        TargetNoise.Dispose();
        Tensor?[] views = [Observations, Next, Following, FollowingActions, FollowingValid, Actions, Places, Returns, Discounts, Weights];
        foreach (var tensor in (Tensor?[])[.. views, _observations, .. Numbers])
            tensor?.Dispose();
        _block.Dispose();
    }
}

/// <summary>
/// An update's figures, and B priorities where they are wanted, on their way from a device to the host.
/// </summary>
internal sealed class DeviceFigures : IDisposable
{
    private const int Count = 4;

    // No norm is negative, and one that is not a number has to be told.
    private const float NotAsked = -1;

    private readonly DeviceResults _results;
    private readonly Tensor _unknown;

    public DeviceFigures(DeviceQueue queue, Device device, int priorities, int slots)
    {
        _results = new DeviceResults(queue, device, Count + priorities, slots);
        _unknown = full([1], NotAsked, ScalarType.Float32, device).DetachFromDisposeScope();
    }

    public Tensor Values => _results.Values;

    /// <summary>A part of the work: leaves the figures where they are fetched from.</summary>
    public void Write(Tensor loss, Tensor meanQ, Tensor? norm, Tensor targetMean, Tensor? priorities = null)
    {
        using var noGrad = no_grad();
        List<Tensor> all = [loss.detach().view(1), meanQ.view(1), norm?.view(1) ?? _unknown, targetMean.view(1)];
        if (priorities is not null)
            all.Add(priorities);
        _results.Values.copy_(cat(all));
    }

    public void Fetch(int slot) => _results.Download(slot);

    /// <summary>The figures once they are there, and the priorities.</summary>
    public UpdateStats Read(int slot, Span<float> priorities)
    {
        var values = _results.Read(slot);
        values.Slice(Count, priorities.Length).CopyTo(priorities);
        return Of(values);
    }

    /// <summary>Figures as <see cref="Write"/> lays them out.</summary>
    public static UpdateStats Of(ReadOnlySpan<float> values) =>
        LearnerStats.Of(values[0], values[1], values[2] == NotAsked ? null : values[2], values[3]);

    public void Dispose()
    {
        _results.Dispose();
        _unknown.Dispose();
    }
}
