using System.CommandLine;
using FastDqn.Environments;
using FastDqn.Training.Configuration;

namespace FastDqn.Cli.Verbs;

/// <summary><c>--rom</c> and <c>--roms</c> of verbs that take a run: where its ROM is now.</summary>
internal sealed class RomArguments
{
    private readonly Option<string?> _rom = new("--rom") { Description = "Where the run's ROM image is now" };
    private readonly Option<string?> _roms = new("--roms", "--rom-dir") { Description = "Folder to search for the run's ROM now" };

    public RomArguments(Command command)
    {
        command.Options.Add(_rom);
        command.Options.Add(_roms);
    }

    /// <summary>What was given: the key, the option that names it, the value.</summary>
    public IEnumerable<(string Name, string Option, string? Value)> Given(ParseResult parsed) =>
        [("env.rom", _rom.Name, parsed.GetValue(_rom)), ("env.rom_dir", _roms.Name, parsed.GetValue(_roms))];

    /// <summary>Puts what was given into a run's configuration.</summary>
    public Func<TrainConfig, TrainConfig> In(ParseResult parsed) => config => config with
    {
        Env = config.Env with
        {
            Rom = parsed.GetValue(_rom) is { } rom ? EnvironmentFactory.Whole(rom) : config.Env.Rom,
            RomDir = parsed.GetValue(_roms) is { } roms ? EnvironmentFactory.Whole(roms) : config.Env.RomDir,
        },
    };
}
