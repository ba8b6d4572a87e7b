using FastDqn.Core;
using FastDqn.Environments.Atari;

namespace FastDqn.Environments;

/// <summary>Where the pixels of Atari games are made.</summary>
public enum PixelPlace
{
    /// <summary>By the threads that step the games.</summary>
    Cpu,

    /// <summary>By kernels on the learner's device.</summary>
    Device,

    /// <summary>Where it is faster.</summary>
    Auto,
}

/// <summary>Which environments to make: options <c>env.*</c>.</summary>
public sealed record EnvironmentOptions
{
    [Option(
        "Environment: a built-in one or an Atari game whose ROM is found (fastdqn envs lists them)",
        TurnsOff = ["env.rom=", "env.rom_md5="])]
    public string Name { get; init; } = BundledGame.Name;

    [Option("Path of an Atari 2600 ROM image; replaces env.name's search", TurnsOff = ["env.rom_md5="], MayChange = true)]
    public string Rom { get; init; } = "";

    [Option("Folder that ROM images are searched in, by MD5; empty: FASTDQN_ROMS and the usual places", MayChange = true)]
    public string RomDir { get; init; } = "";

    [Option("MD5 that the ROM must have; empty: any. A run notes its own, and goes on with no other")]
    public string RomMd5 { get; init; } = "";

    [Option("Train on a ROM that is no known game all the same: it runs, without reward and without an end", MayChange = true)]
    public bool UnknownRom { get; init; }

    [Option("Environments stepped together", Unit = "environments", Min = 1, Max = 4096)]
    public int Count { get; init; } = 1;

    [Option(
        "Where the pixels of Atari games in training are made: cpu, by the threads that step them; device, by kernels on the learner's "
        + "device; auto: where a short measurement says it is faster (docs/gpu.md). Never changes results",
        MayChange = true)]
    public PixelPlace PixelDevice { get; init; }

    /// <summary>How Atari games are played.</summary>
    [OptionGroup]
    public AtariOptions Atari { get; init; } = new();
}
