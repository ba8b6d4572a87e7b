using System.Diagnostics;
using FastDqn.Core;
using FastDqn.Learning;
using FastDqn.Training;
using FastDqn.Training.Acting;
using FastDqn.Training.Configuration;
using FastDqn.Training.Loops;

namespace FastDqn.Bench;

/// <summary>
/// Agent steps per second while learning, at the setting of CleanRL's <c>dqn_atari.py</c>: Nature network, minibatches
/// of 32, an update every 4 agent steps, on the bundled game. Overlap on is compared with overlap off, one thread and
/// two, 1 and 8 environments; the rows after each say where the time of the faster one went,
/// in milliseconds per update.
/// </summary>
internal static class TrainSuite
{
    private const int Rounds = 3;
    private const double SecondsEach = 2.5;

    public static IReadOnlyList<BenchRow> Run()
    {
        var rows = new List<BenchRow>();
        foreach (var environments in new[] { 1, 8 })
        {
            foreach (var threads in new[] { 1, 2 })
            {
                using var off = new Subject(environments, threads, overlap: false);
                using var on = new Subject(environments, threads, overlap: true);
                // In turns, so that what else the machine does falls on both alike.
                for (var round = 0; round < Rounds; round++)
                {
                    off.Measure();
                    on.Measure();
                }

                var name = $"{environments} env, {threads} learner {(threads == 1 ? "thread" : "threads")}";
                rows.Add(new BenchRow($"{name}, overlap off", off.Best, "agent steps/s"));
                rows.Add(new BenchRow($"{name}, overlap on", on.Best, "agent steps/s", "overlap off", off.Best, on.Best / off.Best));
                rows.AddRange(on.Stages(name));
            }
        }

        return rows;
    }

    /// <summary>A training that is measured piece by piece.</summary>
    private sealed class Subject : IDisposable
    {
        private readonly Environments.IVectorEnvironment _environments;
        private readonly RunCounters _counters = new();
        private readonly StageTimes _times = new(trace: false);
        private readonly DqnLoop _loop;

        public Subject(int environments, int threads, bool overlap)
        {
            var config = new ConfigLayers()
                .AddOption("algorithm.name", "dqn-cleanrl", "bench").AddOption("env.name", "bricks", "bench")
                .AddOption("env.count", $"{environments}", "bench").AddOption("env.threads", "1", "bench")
                .AddOption("replay.capacity", "20000", "bench").AddOption("schedule.warm_up", "1000", "bench")
                .AddOption("exploration.end", "0.05", "bench").AddOption("exploration.steps", "1000", "bench")
                .AddOption("train.overlap", overlap ? "on" : "off", "bench").AddOption("run.threads", $"{threads}", "bench").Resolve();
            _environments = EnvironmentBinding.ForTraining(config);
            _loop = new DqnLoop(config, _environments, new LoopContext(
                Algorithms.ToSpec(config), EnvironmentBinding.InputOf(_environments.Observation), "cpu", _counters,
                new EpisodeTracker(environments), _times, static _ => { })
            {
                LearnerThreads = threads,
            });
            _loop.Begin();
            while (_counters.Updates < 10)
                _loop.Advance();
        }

        /// <summary>Most agent steps a second over the rounds.</summary>
        public double Best { get; private set; }

        public void Measure()
        {
            var clock = Stopwatch.StartNew();
            var steps = _counters.Steps;
            while (clock.Elapsed.TotalSeconds < SecondsEach)
                _loop.Advance();
            Best = Math.Max(Best, (_counters.Steps - steps) / clock.Elapsed.TotalSeconds);
        }

        public IEnumerable<BenchRow> Stages(string name) =>
            from stage in new[]
            {
                Stage.Update, Stage.Act, Stage.Environment, Stage.Append, Stage.Sample,
                Stage.ActorWait, Stage.LearnerWait, Stage.Refresh,
            }
            where _times.Count(stage) > 0
            select new BenchRow(
                $"{name}, {OptionRecord.NameOf(stage.ToString())}", 1000 * _times.Seconds(stage) / _counters.Updates, "ms an update");

        public void Dispose()
        {
            _loop.Dispose();
            _environments.Dispose();
        }
    }
}
