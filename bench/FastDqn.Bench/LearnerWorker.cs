using System.Diagnostics;
using System.Globalization;
using FastDqn.Core;
using FastDqn.Learning;
using FastDqn.Learning.Interop;
using FastDqn.Learning.Networks;
using FastDqn.Learning.Optimization;
using FastDqn.Learning.Specs;
using static TorchSharp.torch;

namespace FastDqn.Bench;

/// <summary>
/// Our side of the learner suite, a process of its own as its peers are. Reads lines from stdin, as peer_learner.py
/// does, and answers each with numbers on one line.
/// </summary>
internal sealed class LearnerWorker : IDisposable
{
    private const int Batch = 32;
    private const int Actions = 6;
    private static readonly NetworkInput Input = new(ObservationKind.UInt8, [4, 84, 84]);

    private readonly int _threads;
    private readonly DqnLearner _learner;

    private readonly Minibatch _batch = MakeBatch(Input);
    private readonly int[] _actions = new int[Batch];
    private readonly float[] _values = new float[Batch];

    private LearnerWorker(int threads)
    {
        _threads = threads;
        _learner = new DqnLearner(
            AlgorithmPresets.Get("dqn-cleanrl") with { Target = new TargetSpec { Period = int.MaxValue } },
            Input, Actions, seed: 1, threads: threads);
    }

    /// <summary>Serves until stdin ends.</summary>
    public static int Serve(int threads)
    {
        using var worker = new LearnerWorker(threads);
        while (Console.ReadLine() is { } line)
        {
            var words = line.Split(' ');
            var count = int.Parse(words[^1], CultureInfo.InvariantCulture);
            var answer = words[0] switch
            {
                "update" => Times(count, () => worker._learner.Update(worker._batch)),
                "act" => worker.Act(int.Parse(words[1], CultureInfo.InvariantCulture), count),
                "parts" => worker.Parts(count),
                "allocated" => [worker.Allocated(count)],
                "memory" => Memory(count),
                _ => throw new ArgumentException($"unknown request '{line}'"),
            };
            Console.WriteLine(string.Join(' ', answer.Select(v => v.ToString("f1", CultureInfo.InvariantCulture))));
        }

        return 0;
    }

    public void Dispose()
    {
        _learner.Dispose();
        _batch.Dispose();
    }

    private static double[] Times(int count, Action work)
    {
        var times = new double[count];
        for (var i = 0; i < count; i++)
        {
            var start = Stopwatch.GetTimestamp();
            work();
            times[i] = Stopwatch.GetElapsedTime(start).TotalMicroseconds;
        }

        return times;
    }

    private static Minibatch MakeBatch(NetworkInput input)
    {
        var random = new RandomStream(1);
        var batch = new Minibatch(Batch, input.Bytes, prioritized: false);
        if (input.Kind == ObservationKind.UInt8)
        {
            foreach (ref var value in batch.ObservationSpan)
                value = (byte)random.NextInt32(256);
            foreach (ref var value in batch.NextObservationSpan)
                value = (byte)random.NextInt32(256);
        }

        foreach (ref var value in batch.ActionSpan)
            value = random.NextInt64(Actions);
        foreach (ref var value in batch.ReturnSpan)
            value = (float)random.NextGaussian();
        foreach (ref var value in batch.DiscountSpan)
            value = random.NextDouble() < 0.1 ? 0 : 0.99f;
        return batch;
    }

    /// <summary>
    /// Resident memory (MiB) at ten points of <paramref name="count"/> updates of an MLP, after a tenth of warm-up.
    /// </summary>
    private static double[] Memory(int count)
    {
        var input = new NetworkInput(ObservationKind.Float32, [4]);
        var spec = new AlgorithmSpec { Body = new BodySpec { Kind = BodyKind.Mlp }, Schedule = new ScheduleSpec() };
        using var learner = new DqnLearner(spec, input, Actions, seed: 1);
        using var batch = MakeBatch(input);
        var resident = new double[10];
        for (var i = -count / 10; i < count; i++)
        {
            learner.Update(batch);
            if (i < 0 || (i + 1) % (count / 10) != 0)
                continue;
            // Without the managed heap's slack, which grows to the collector's budget and is reused.
            GC.Collect(2, GCCollectionMode.Aggressive, blocking: true, compacting: true);
            resident[i / (count / 10)] = Environment.WorkingSet / 1048576.0;
        }

        return resident;
    }

    private double[] Act(int batch, int count) => Times(count, () => _learner.Act(_batch.Observations, batch, _actions, _values));

    private double Allocated(int count)
    {
        _learner.Update(_batch);
        var before = GC.GetAllocatedBytesForCurrentThread();
        for (var i = 0; i < count; i++)
            _learner.Update(_batch);
        return (GC.GetAllocatedBytesForCurrentThread() - before) / (double)count;
    }

    /// <summary>
    /// Medians (us): input conversion of one batch, forward without gradient, forward and backward, optimizer, an empty
    /// operation.
    /// </summary>
    private double[] Parts(int count)
    {
        using var parameters = new ParameterSet(_learner.Network.Layout, CPU, trainable: true);
        parameters.Initialize(new RandomStream(1));
        using var pool = new KernelPool(_threads);
        using var optimizer = FlatOptimizer.Create(_learner.Spec.Optimizer, parameters, pool);
        var tape = new Tape();
        using var observations = PinnedTensor.Over(_batch.Observations, ScalarType.Byte, Batch, 4, 84, 84);
        double Median(Action work)
        {
            var times = Times(count, () =>
            {
                using var scope = NewDisposeScope();
                work();
            });
            Array.Sort(times);
            return times[count / 2];
        }

        Tensor Forward()
        {
            var pass = new Pass(Training: true, null, pool, is_grad_enabled() ? tape : null);
            return _learner.Network.Head(parameters, _learner.Network.Features(parameters, observations, pass), null, pass);
        }

        using var tiny = zeros(1);
        return
        [
            Median(() => pool.ToRows(Batch, 4, 84 * 84, observations, Layer.Empty(Batch, new Planes(4, 84, 84)))),
            Median(() =>
            {
                using var noGrad = no_grad();
                Forward();
            }),
            Median(() => tape.Backward(Forward().sum(), pool)),
            Median(() => optimizer.Step()),
            Median(() => tiny.add_(1)),
        ];
    }
}
