using FastDqn.Training.Runs;

namespace FastDqn.Cli.Hosting;

/// <summary>What a training is given that shares its process with others.</summary>
/// <param name="Signals">Its own; the process's signals are handed on to them.</param>
/// <param name="Cores">How many cores its thread counts are for.</param>
/// <param name="Arguments">Its command line, as a process of its own would have had it.</param>
internal sealed record HostContext(StopSignals Signals, int Cores, IReadOnlyList<string> Arguments);
