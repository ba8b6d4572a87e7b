using System.Runtime.InteropServices;
using FastDqn.Core;
using FastDqn.Learning.Cuda;
using FastDqn.Learning.Interop;
using FastDqn.Learning.Networks;
using FastDqn.Learning.Optimization;
using FastDqn.Learning.Specs;
using FastDqn.Learning.Targets;
using TorchSharp;
using static TorchSharp.torch;

namespace FastDqn.Learning;

/// <summary>
/// Updates of recurrent networks (Kapturowski et al. 2019, R2D2). Both networks are run through the burn-in from the
/// stored state, without gradient, and then through the steps that are learned from and those that their returns reach.
/// </summary>
public sealed partial class DqnLearner
{
    private SequencePlan? _sequences;

    /// <summary>On a device operation by operation; the figures are read at once.</summary>
    private UpdateStats UpdateOnSequences(Minibatch batch, bool wantNorm)
    {
        using var entered = Queue.Enter();
        using var scope = NewDisposeScope();
        Send(batch);
        var sequences = Take(batch);
        var (actions, returns) = (Host(batch.Actions, ScalarType.Int64, batch.Learned), Floats(batch.Returns, batch.Learned));
        var discounts = Floats(batch.Discounts, batch.Learned);
        var bootstraps = Host(batch.Bootstraps, ScalarType.Int64, batch.Learned);

        Tensor targetQ;
        using (no_grad())
            targetQ = Network.Q(Unroll(Target, sequences, learns: false), _atoms);
        var output = Unroll(Online, sequences, learns: true);
        var q = Network.Q(output, _atoms);
        Tensor target;
        using (no_grad())
        {
            var chooser = Spec.Target.Double ? q.detach().index_select(0, bootstraps) : null;
            target = Max(returns, discounts, targetQ.index_select(0, bootstraps), chooser);
        }

        var predicted = q.narrow(0, 0, batch.Learned).gather(1, actions.unsqueeze(1)).squeeze(1);
        var errors = ErrorsOf(output.narrow(0, 0, batch.Learned), actions, predicted, target) * Floats(batch.Valid, batch.Learned);
        if (batch.Prioritized)
            errors = (errors.view(-1, batch.Size) * Floats(batch.Weights, batch.Size)).view(-1);
        // Summed over a sequence's steps, as Acme's R2D2 has it.
        var sum = errors.sum();
        var norm = Descend(Spec.Loss.SumOverBatch ? sum : sum.mul(Numbers.Of(1.0 / batch.Size)), wantNorm);
        CountUpdate();
        return Describe(
            batch, PinnedTensor.Span<float>(sum.detach().cpu())[0], PinnedTensor.Span<float>(predicted.detach().cpu().contiguous()),
            PinnedTensor.Span<float>(target.cpu().contiguous()), norm);
    }

    private Sequences Take(Minibatch batch)
    {
        _batchShape[0] = batch.Rows;
        if (batch.Places.Length > 0 && _sequences is null)
            Frames!.Gather(batch.Places, batch.Observations);
        return new Sequences(
            batch.Sequence!,
            batch.Size,
            _sequences?.Observations ?? Host(batch.Observations, Input.Type, _batchShape),
            OnDevice(Network.LastOf(batch.LastActionSpan, batch.LastRewardSpan)),
            Floats(batch.Starts, batch.Rows),
            Host(batch.States, ScalarType.Float32, batch.Size, Network.StateSize));
    }

    /// <summary>The head's output of all steps after the burn-in, step after step.</summary>
    private Tensor Unroll(ParameterSet parameters, in Sequences sequences, bool learns)
    {
        var (shape, size) = (sequences.Shape, sequences.Size);
        var state = sequences.State;
        long burnIn = shape.BurnIn * size;
        if (burnIn > 0)
        {
            using var noGrad = no_grad();
            (_, state) = Remember(sequences, 0, burnIn, state, new Pass(Training: false, Noise: null, Pool));
        }

        var pass = new Pass(Training: learns, Noise: null, Pool, learns ? Tape : null);
        var (features, _) = Remember(sequences, burnIn, (shape.Steps * size) - burnIn, state, pass);
        return Network.Head(parameters, features, fractions: null, pass);

        (Tensor Features, Tensor State) Remember(in Sequences all, long first, long count, Tensor before, in Pass pass) =>
            Network.Remember(
                parameters, Network.Features(parameters, all.Observations.narrow(0, first, count), pass), all.Last.narrow(0, first, count),
                before, all.Starts.narrow(0, first, count), pass);
    }

    /// <summary>
    /// On a device the numbers of the step are sent before it, and where frames are kept there the observations made.
    /// </summary>
    private void Send(Minibatch batch)
    {
        if (Optimizer is not DeviceOptimizer optimizer)
            return;
        var placed = batch.Places.Length;
        if (_sequences?.Placed != placed)
        {
            _sequences?.Dispose();
            _sequences = new SequencePlan(Queue, optimizer, Input, placed);
        }

        optimizer.Bind(_sequences.Numbers);
        optimizer.Prepare(_sequences.Block.HostFloats(slot: 0));
        batch.Places.CopyTo(MemoryMarshal.Cast<long, StackPlace>(_sequences.Block.HostIntegers(slot: 0)));
        _sequences.Block.Upload(slot: 0);
        if (_sequences.Observations is { } observations)
            Frames!.Gather(Queue, _sequences.Block.Integers, placed, observations);
    }

    /// <summary>The figures, over the steps that are transitions, and the sequences' priorities.</summary>
    private UpdateStats Describe(Minibatch batch, float sum, ReadOnlySpan<float> predicted, ReadOnlySpan<float> target, Tensor? norm)
    {
        var valid = batch.ValidSpan;
        var all = 0;
        var (predictedSum, targetSum) = (0.0, 0.0);
        for (var i = 0; i < batch.Size; i++)
        {
            var (largest, total, count) = (0f, 0.0, 0);
            for (var row = i; row < batch.Learned; row += batch.Size)
            {
                if (valid[row] == 0)
                    continue;
                var error = Math.Abs(target[row] - predicted[row]);
                (largest, total, count) = (Math.Max(largest, error), total + error, count + 1);
                (predictedSum, targetSum) = (predictedSum + predicted[row], targetSum + target[row]);
            }

            all += count;
            if (batch.Prioritized)
                batch.ErrorSpan[i] = (float)((Spec.Replay.Eta * largest) + ((1 - Spec.Replay.Eta) * total / Math.Max(1, count)));
        }

        var steps = Math.Max(1, all);
        float? length = norm is null ? null : PinnedTensor.Span<float>(norm.cpu())[0];
        return LearnerStats.Of(sum / steps, (float)(predictedSum / steps), length, (float)(targetSum / steps));
    }

    private Tensor Floats(nint data, long count) => Host(data, ScalarType.Float32, count);

    private Tensor Host(nint data, ScalarType type, params ReadOnlySpan<long> shape) => OnDevice(FromHost(data, type, shape));

    private Tensor OnDevice(Tensor host) => Pool is null ? host.to(Device) : host;

    /// <summary>What a device is given of an update on sequences in one copy.</summary>
    private sealed class SequencePlan : IDisposable
    {
        public SequencePlan(DeviceQueue queue, DeviceOptimizer optimizer, NetworkInput input, int placed)
        {
            Placed = placed;
            Block = new DeviceBlock(queue, optimizer.Device, (long)placed * StackPlace.Numbers, optimizer.Count, slots: 1);
            Numbers = optimizer.NumbersOf(Block.Floats);
            if (placed > 0)
                Observations = input.Zeros(optimizer.Device, placed);
        }

        /// <summary>Observations that are made of frames on the device; 0: they are copied.</summary>
        public int Placed { get; }

        public DeviceBlock Block { get; }

        public Tensor[] Numbers { get; }

        public Tensor? Observations { get; }

        public void Dispose()
        {
            Observations?.Dispose();
            foreach (var number in Numbers)
                number.Dispose();
            Block.Dispose();
        }
    }

    /// <summary>What the networks see of B sequences, step after step.</summary>
    private readonly record struct Sequences(
        SequenceShape Shape, int Size, Tensor Observations, Tensor Last, Tensor Starts, Tensor State);
}
