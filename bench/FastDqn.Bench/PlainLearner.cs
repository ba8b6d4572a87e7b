using System.Diagnostics;
using System.Globalization;
using System.Runtime.InteropServices;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace FastDqn.Bench;

/// <summary>
/// The learner suite's peer: CleanRL's update and acting as a user of TorchSharp would write them, modules and
/// <c>optim.Adam</c>, on libtorch as it comes. Nothing of FastDqn is touched in this process, so that none of its
/// settings apply.
/// </summary>
internal sealed class PlainLearner
{
    private const int Batch = 32;
    private const int Actions = 6;
    private readonly Sequential _online = Network();
    private readonly Sequential _target = Network();
    private readonly Adam _optimizer;
    private readonly Tensor _observations = randint(0, 256, [Batch, 4, 84, 84], ScalarType.Byte);
    private readonly Tensor _next = randint(0, 256, [Batch, 4, 84, 84], ScalarType.Byte);
    private readonly Tensor _actions = randint(0, Actions, [Batch, 1], ScalarType.Int64);
    private readonly Tensor _rewards = randn([Batch]);
    private readonly Tensor _goesOn = ones([Batch]);

    private PlainLearner() => _optimizer = optim.Adam(_online.parameters(), 1e-4);

    /// <summary>Answers "update COUNT" and "act BATCH COUNT" with microseconds, until stdin ends.</summary>
    public static int Serve(int threads)
    {
        // The package's libtorch lies in a folder of its own here.
        foreach (var name in (string[])["libtorch/libc10.so", "libtorch/libtorch_cpu.so", "libtorch/libtorch.so", "libLibTorchSharp.so"])
            NativeLibrary.Load(Path.Combine(AppContext.BaseDirectory, name));
        set_num_threads(threads);
        var learner = new PlainLearner();
        while (Console.ReadLine() is { } line)
        {
            var words = line.Split(' ');
            var times = new double[int.Parse(words[^1], CultureInfo.InvariantCulture)];
            for (var i = 0; i < times.Length; i++)
            {
                var start = Stopwatch.GetTimestamp();
                if (words[0] == "update")
                    learner.Update();
                else
                    learner.Act(int.Parse(words[1], CultureInfo.InvariantCulture));
                times[i] = Stopwatch.GetElapsedTime(start).TotalMicroseconds;
            }

            Console.WriteLine(string.Join(' ', times.Select(v => v.ToString("f1", CultureInfo.InvariantCulture))));
        }

        return 0;
    }

    private static Sequential Network() => Sequential(
        Conv2d(4, 32, 8, 4), ReLU(), Conv2d(32, 64, 4, 2), ReLU(), Conv2d(64, 64, 3, 1), ReLU(),
        Flatten(), Linear(3136, 512), ReLU(), Linear(512, Actions));

    private void Update()
    {
        using var scope = NewDisposeScope();
        Tensor target;
        using (no_grad())
            target = _rewards + (0.99 * _target.forward(_next.to(ScalarType.Float32) / 255).amax([1]) * _goesOn);
        var q = _online.forward(_observations.to(ScalarType.Float32) / 255).gather(1, _actions).squeeze(1);
        var loss = functional.mse_loss(q, target);
        _optimizer.zero_grad();
        loss.backward();
        _optimizer.step();
        _ = loss.item<float>();
    }

    private void Act(int batch)
    {
        using var scope = NewDisposeScope();
        using var noGrad = no_grad();
        _ = _online.forward(_observations.narrow(0, 0, batch).to(ScalarType.Float32) / 255).argmax(1).data<long>().ToArray();
    }
}
