using System.Diagnostics;
using System.Globalization;
using System.Security.Cryptography;
using FastDqn.Tests;

namespace FastDqn.Sweeps.Tests.Support;

/// <summary>
/// A real Slurm with all its state in a temporary folder (munged, slurmctld, a slurmd a node; no accounting database).
/// Its nodes n0, n1, ... are this machine under several names. What waits in the partition <c>urgent</c> takes nodes
/// from what runs in the others, which goes back into the queue. SLURM_CONF of this process points to it while it is
/// up.
/// </summary>
public abstract class SlurmCluster : IDisposable
{
    private const int Port = 16817;

    private readonly TempFolder _folder = new();
    private readonly List<string> _daemons = [];
    private readonly int _nodes;
    private readonly bool _started;

    protected SlurmCluster(int nodes)
    {
        _nodes = nodes;
        var missing = new[] { "munged", "munge", "slurmctld", "slurmd", "sbatch", "scontrol" }.Where(p => Find(p) is null).ToList();
        if (missing.Count > 0 || Environment.UserName != "root")
        {
            Problem = missing.Count > 0
                ? $"Slurm is not installed ({string.Join(", ", missing)} missing; apt-get install slurm-wlm munge)"
                : "a Slurm of its own needs root";
            return;
        }

        foreach (var name in new[] { "state", "spool", "log", "munge" })
            Directory.CreateDirectory(_folder.File(name));
        var munge = _folder.File("munge");
        File.SetUnixFileMode(munge, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        var key = Path.Combine(munge, "key");
        File.WriteAllBytes(key, RandomNumberGenerator.GetBytes(1024));
        File.SetUnixFileMode(key, UnixFileMode.UserRead | UnixFileMode.UserWrite);
        var configuration = _folder.File("slurm.conf");
        File.WriteAllText(configuration, Configuration());
        Environment.SetEnvironmentVariable("SLURM_CONF", configuration);
        _started = true;
        Call(
            "munged", "--force", $"--key-file={key}", $"--socket={munge}/sock", $"--pid-file={munge}/pid",
            $"--log-file={munge}/log", $"--seed-file={munge}/seed");
        Call("slurmctld");
        for (var i = 0; i < nodes; i++)
            Call("slurmd", "-N", Name(i));
        for (var i = 0; i < 600; i++)
        {
            if (Call("sinfo", "-h", "-N", "-p", "main", "-o", "%t").Split('\n', StringSplitOptions.RemoveEmptyEntries) is var states
                && states.Length == nodes && states.All(s => s == "idle"))
            {
                return;
            }

            Thread.Sleep(100);
        }

        Problem = "Slurm did not come up within a minute: " + File.ReadLines(_folder.File("log/slurmctld.log")).LastOrDefault();
    }

    /// <summary>Why there is no Slurm, or null.</summary>
    public string? Problem { get; }

    public static string Name(int node) => string.Create(CultureInfo.InvariantCulture, $"n{node}");

    public static string Call(string program, params string[] arguments)
    {
        var start = new ProcessStartInfo(program, arguments) { RedirectStandardOutput = true, RedirectStandardError = true };
        using var process = Process.Start(start)!;
        // Daemons keep the pipes of their parent open, so only the direct child is waited for.
        process.WaitForExit(10_000);
        return program is "munged" or "slurmctld" or "slurmd" ? "" : process.StandardOutput.ReadToEnd();
    }

    public void Dispose()
    {
        Dispose(disposing: true);
        GC.SuppressFinalize(this);
    }

    protected virtual void Dispose(bool disposing)
    {
        if (_started)
        {
            _daemons.AddRange(Directory.EnumerateFiles(_folder.Path, "slurm*.pid").Select(file => File.ReadAllText(file).Trim()));
            Call("scontrol", "shutdown");
            Call("munged", "--stop", $"--socket={_folder.Path}/munge/sock", $"--pid-file={_folder.Path}/munge/pid");
            Environment.SetEnvironmentVariable("SLURM_CONF", null);
            // The next one takes the same ports; a slurmd that waits for a step has removed its pid file already.
            SpinWait.SpinUntil(() => !_daemons.Any(IsAlive), TimeSpan.FromSeconds(10));
            foreach (var left in _daemons.Where(IsAlive))
                Call("kill", "-KILL", left);
        }

        _folder.Dispose();
    }

    private static bool IsAlive(string pid) => Directory.Exists($"/proc/{pid}");

    private static string? Find(string program) => (Environment.GetEnvironmentVariable("PATH") + ":/usr/sbin").Split(':')
        .Select(d => Path.Combine(d, program)).FirstOrDefault(File.Exists);

    private static string Host() => Environment.MachineName.Split('.')[0];

    private string Configuration()
    {
        var memory = File.ReadLines("/proc/meminfo")
            .First(l => l.StartsWith("MemTotal", StringComparison.Ordinal))
            .Split(' ', StringSplitOptions.RemoveEmptyEntries)[1];
        var mebibytes = ((long.Parse(memory, CultureInfo.InvariantCulture) / 1024) - 512) / _nodes;
        var (last, cores) = (Port + _nodes, _nodes == 1 ? Environment.ProcessorCount : 1);
        // cred_expire is also how long a requeued job waits before it starts again (120 s by default).
        return $"""
            ClusterName=fastdqn
            SlurmctldHost={Host()}(127.0.0.1)
            SlurmctldPort={Port}
            SlurmUser=root
            SlurmdUser=root
            AuthType=auth/munge
            AuthInfo=socket={_folder.Path}/munge/sock,cred_expire=5
            CredType=cred/munge
            StateSaveLocation={_folder.Path}/state
            SlurmdSpoolDir={_folder.Path}/spool/%n
            SlurmctldPidFile={_folder.Path}/slurmctld.pid
            SlurmdPidFile={_folder.Path}/slurmd-%n.pid
            SlurmctldLogFile={_folder.Path}/log/slurmctld.log
            SlurmdLogFile={_folder.Path}/log/slurmd-%n.log
            ProctrackType=proctrack/linuxproc
            TaskPlugin=task/none
            SwitchType=switch/none
            MpiDefault=none
            ReturnToService=2
            SchedulerType=sched/backfill
            SchedulerParameters=sched_interval=1,bf_interval=1
            SelectType=select/cons_tres
            SelectTypeParameters=CR_Core
            AccountingStorageType=accounting_storage/none
            JobAcctGatherType=jobacct_gather/none
            JobCompType=jobcomp/filetxt
            JobCompLoc={_folder.Path}/log/jobcomp.log
            KillWait=2
            MinJobAge=3600
            SlurmdParameters=config_overrides
            PreemptType=preempt/partition_prio
            PreemptMode=REQUEUE
            NodeName=n[0-{_nodes - 1}] NodeHostname={Host()} NodeAddr=127.0.0.1 Port=[{Port + 1}-{last}] CPUs={cores} RealMemory={mebibytes}
            PartitionName=main Nodes=ALL Default=YES MaxTime=INFINITE State=UP PriorityTier=1
            PartitionName=urgent Nodes=ALL MaxTime=INFINITE State=UP PriorityTier=10 PreemptMode=OFF

            """;
    }
}

/// <summary>One node.</summary>
public sealed class SlurmNode() : SlurmCluster(1);

/// <summary>Four nodes.</summary>
public sealed class FourSlurmNodes() : SlurmCluster(4);
