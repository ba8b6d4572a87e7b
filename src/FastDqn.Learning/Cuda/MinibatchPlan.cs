using System.Runtime.InteropServices;
using FastDqn.Core;
using FastDqn.Learning.Specs;
using TorchSharp;
using static TorchSharp.torch;

namespace FastDqn.Learning.Cuda;

/// <summary>
/// Updates of one shape on a device: the minibatch, its fractions and the figures at fixed addresses, and the work
/// between them.
/// </summary>
internal sealed class MinibatchPlan : IDisposable
{
    private readonly DeviceQueue _queue;
    private readonly DeviceInput<float> _floats;
    private readonly DeviceInput<long> _longs;
    private readonly Tensor _observations;
    private readonly int _ahead;
    private readonly long _bytes;

    public MinibatchPlan(
        DeviceQueue queue, Device device, NetworkInput input, int size, int ahead, bool prioritized, bool placed,
        Action<MinibatchPlan> compute)
    {
        (_queue, Size, _ahead, _bytes) = (queue, size, ahead, (long)size * input.Bytes);
        var type = input.Kind == ObservationKind.UInt8 ? ScalarType.Byte : ScalarType.Float32;
        _observations = zeros([2 + ahead, size, .. input.Shape.Select(side => (long)side)], type, device).DetachFromDisposeScope();
        Observations = _observations.select(0, 0).DetachFromDisposeScope();
        Next = _observations.select(0, 1).DetachFromDisposeScope();
        var places = placed ? (2 + ahead) * StackPlace.Numbers : 0;
        _longs = new DeviceInput<long>(queue, device, ScalarType.Int64, size * (1 + ahead + places));
        Actions = _longs.Values.narrow(0, 0, size).DetachFromDisposeScope();
        Places = placed ? _longs.Values.narrow(0, (1 + ahead) * size, places * size).DetachFromDisposeScope() : null;
        var rows = prioritized ? 3 : 2;
        _floats = new DeviceInput<float>(queue, device, ScalarType.Float32, rows + ahead, size);
        if (ahead > 0)
        {
            Following = _observations.narrow(0, 2, ahead).flatten(0, 1).DetachFromDisposeScope();
            FollowingActions = _longs.Values.narrow(0, size, ahead * size).DetachFromDisposeScope();
            FollowingValid = _floats.Values.narrow(0, rows, ahead).flatten().DetachFromDisposeScope();
        }

        Returns = _floats.Values.select(0, 0).DetachFromDisposeScope();
        Discounts = _floats.Values.select(0, 1).DetachFromDisposeScope();
        Weights = prioritized ? _floats.Values.select(0, 2).DetachFromDisposeScope() : null;
        Draws = new DeviceDraws(queue, device);
        Figures = new DeviceFigures(queue, device, prioritized ? size : 0, DeviceInput<float>.Slots);
        Work = new PlannedWork(queue, () => compute(this));
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

    /// <summary>
    /// Queues the copies of a minibatch's numbers and places, which may change once this returns, or of its
    /// observations, which may not before the work is done.
    /// </summary>
    public void Upload(Minibatch batch, int slot)
    {
        var longs = _longs.Host(slot);
        batch.ActionSpan.CopyTo(longs);
        batch.FollowingActionSpan.CopyTo(longs[Size..]);
        if (Places is not null)
        {
            var places = MemoryMarshal.Cast<long, StackPlace>(longs[((1 + _ahead) * Size)..]);
            batch.Places.CopyTo(places);
            batch.NextPlaces.CopyTo(places[Size..]);
            batch.FollowingPlaces.CopyTo(places[(2 * Size)..]);
        }

        _longs.Upload(slot);
        var floats = _floats.Host(slot);
        batch.ReturnSpan.CopyTo(floats);
        batch.DiscountSpan.CopyTo(floats[Size..]);
        if (Weights is not null)
            batch.WeightSpan.CopyTo(floats[(2 * Size)..]);
        batch.FollowingValidSpan.CopyTo(floats[((Weights is null ? 2 : 3) * Size)..]);
        _floats.Upload(slot);
        if (Places is not null)
            return;
        _queue.Upload(batch.Observations, _observations, _bytes);
        _queue.Upload(batch.NextObservations, _observations, _bytes, offset: _bytes);
        if (_ahead > 0)
            _queue.Upload(batch.Following, _observations, _ahead * _bytes, offset: 2 * _bytes);
    }

    /// <summary>A part of the work: makes the observations that <see cref="Places"/> names.</summary>
    public void Gather(DeviceQueue queue, DeviceFrames frames) => frames.Gather(queue, Places!, (2 + _ahead) * Size, _observations);

    public void Dispose()
    {
        Work.Dispose();
        Draws.Dispose();
        Figures.Dispose();
        Tensor?[] views = [Observations, Next, Following, FollowingActions, FollowingValid, Actions, Places, Returns, Discounts, Weights];
        foreach (var tensor in (Tensor?[])[.. views, _observations])
            tensor?.Dispose();
        _longs.Dispose();
        _floats.Dispose();
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
