using FastDqn.Core;

namespace FastDqn.Sweeps.Engines;

/// <summary>
/// Starts runs on this machine, one to a slot: each in a process of its own, or trainings several to a process.
/// </summary>
public sealed class LocalEngine : IDisposable
{
    private readonly ProcessLauncher _launcher = new();
    private readonly Queue<Slot> _free;
    private readonly Dictionary<int, HostProcess> _hosts = [];

    /// <param name="slots">The machine's shares.</param>
    /// <param name="inProcess">Trainings in one process at most; 1: each in its own.</param>
    /// <param name="logs">The folder for what the shared processes write.</param>
    public LocalEngine(IReadOnlyList<Slot> slots, int inProcess = 1, string logs = "")
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(inProcess);
        Slots = slots;
        _free = new Queue<Slot>(slots);
        if (inProcess == 1)
            return;
        // A process sees one set of GPUs, so those that share it have the same.
        foreach (var group in slots.GroupBy(s => string.Join(",", s.Gpus)).SelectMany(g => g.Chunk(inProcess)).Where(g => g.Length > 1))
        {
            var host = new HostProcess(
                _launcher, group, Path.Combine(logs, FormattableString.Invariant($"host-{Environment.ProcessId}-{group[0].Index}.log")));
            foreach (var slot in group)
                _hosts.Add(slot.Index, host);
        }
    }

    /// <summary>Why a command cannot be started on this machine, or null.</summary>
    public static string? Problem(IReadOnlyList<string> command) => ProcessLauncher.Problem(command);

    public IReadOnlyList<Slot> Slots { get; }

    public int FreeSlots => _free.Count;

    /// <summary>The free slot that the next run gets.</summary>
    public Slot Next => _free.Peek();

    /// <summary>Starts a run in a free slot.</summary>
    /// <param name="plan">What to run.</param>
    /// <param name="alone">In a process of its own whatever the slot's habit is.</param>
    /// <exception cref="FastDqnException">The program does not exist or cannot be started.</exception>
    public ILocalRun Start(RunPlan plan, bool alone = false)
    {
        var slot = _free.Dequeue();
        try
        {
            var command = plan.Next();
            Directory.CreateDirectory(Path.GetDirectoryName(plan.Log)!);
            Directory.CreateDirectory(Path.GetDirectoryName(plan.RunDirectory)!);
            if (!plan.IsTraining)
                Directory.CreateDirectory(plan.RunDirectory);
            if (plan.IsTraining && !alone && _hosts.TryGetValue(slot.Index, out var host))
                return host.Start([.. command.Skip(RunPlan.Program().Count)], plan.Log, slot);
            if (plan.IsTraining)
                return new LocalRun(
                    _launcher.Start(command, slot.Cores, slot.TrainingEnvironment, plan.Log, talks: false), slot, plan.Log);
            var environment = new Dictionary<string, string>(slot.Environment) { [RunProcesses.Variable] = plan.RunDirectory };
            return new LocalRun(
                _launcher.Start(command, slot.Cores, environment, plan.Log, talks: false), slot, plan.Log, plan.RunDirectory);
        }
        catch
        {
            _free.Enqueue(slot);
            throw;
        }
    }

    /// <summary>Takes a slot back after its run ended.</summary>
    public void Free(ILocalRun run)
    {
        _free.Enqueue(run.Slot);
        run.Dispose();
    }

    public void Dispose()
    {
        foreach (var host in _hosts.Values.Distinct())
            host.Dispose();
        _launcher.Dispose();
    }
}
