using FastDqn.Core;
using FastDqn.Training.Configuration;

namespace FastDqn.Training.Evaluation;

/// <summary>A published choice of Atari games, and what its results are put together to.</summary>
/// <param name="Name">As in <c>fastdqn benchmark</c>.</param>
/// <param name="Source">Where it is from.</param>
/// <param name="Games">Names as in <c>--env</c>.</param>
/// <param name="Frames">Emulated frames that the field trains for on it.</param>
public sealed record AtariSuite(string Name, string Source, IReadOnlyList<string> Games, long Frames)
{
    private const long Frames200M = 200_000_000;

    /// <summary>All suites.</summary>
    public static IReadOnlyList<AtariSuite> All { get; } =
    [
        // The coefficients are those of the authors' programs; a fit of their data set, without intercept, gives them.
        new("atari-5", "Aitchison et al. 2023", ["battle_zone", "double_dunk", "name_this_game", "phoenix", "qbert"], Frames200M)
        {
            Coefficients = [0.3819751237831753, 0.0679099488887574, 0.310804148620847, 0.12412619402774641, 0.08048518286466755],
            RelativeError = 0.104,
        },
        new(
            "atari-10", "Aitchison et al. 2023",
            [
                "amidar", "bowling", "frostbite", "kung_fu_master", "riverraid", "battle_zone", "double_dunk", "name_this_game", "phoenix",
                "qbert",
            ],
            Frames200M)
        {
            Coefficients =
            [
                0.08246357439570691, 0.0559032813915904, 0.06912572845204429, 0.09861731598935165, 0.048594292965417056,
                0.18882008828001498, 0.08519154019954558, 0.12869695652405946, 0.16432707026384483, 0.05922863791062832,
            ],
            RelativeError = 0.072,
        },
        new("atari-57", "Wang et al. 2016", [.. HumanScores.All.Keys.Order(StringComparer.Ordinal)], Frames200M),
        new(
            "atari-100k", "Kaiser et al. 2020",
            [
                "alien", "amidar", "assault", "asterix", "bank_heist", "battle_zone", "boxing", "breakout", "chopper_command",
                "crazy_climber", "demon_attack", "freeway", "frostbite", "gopher", "hero", "jamesbond", "kangaroo", "krull",
                "kung_fu_master", "ms_pacman", "pong", "private_eye", "qbert", "road_runner", "seaquest", "up_n_down",
            ],
            400_000)
        {
            Algorithms = ["der", "drq-eps", "spr", "sr-spr"],
        },
    ];

    /// <summary>Algorithm presets for its length; the first is what a benchmark takes by itself.</summary>
    public IReadOnlyList<string> Algorithms { get; init; } = [new AlgorithmOptions().Name];

    /// <summary>
    /// Weights of the games' logarithms in the estimate of the median over all 57 games; empty where there is none.
    /// </summary>
    public IReadOnlyList<double> Coefficients { get; init; } = [];

    /// <summary>The estimate's mean relative error over published agents, cross-validated.</summary>
    public double RelativeError { get; init; }

    /// <summary>
    /// The suite called <paramref name="name"/>; <see cref="ErrorKind.Usage"/> with all names when there is none.
    /// </summary>
    public static AtariSuite Get(string name) => All.FirstOrDefault(suite => suite.Name == name) ?? throw new FastDqnException(
        ErrorKind.Usage,
        $"suite '{name}' is unknown{NearestMatch.Hint(name, All.Select(s => s.Name))} "
        + $"(there are {string.Join(", ", All.Select(s => s.Name))})");

    /// <summary>
    /// The median human-normalised score over all 57 games, estimated from this suite's: 10^(sum of c log10(1 + 100 s))
    /// - 1 in percent, where a game below random play counts as random play (Aitchison et al. 2023). It is a
    /// share here, as all scores are.
    /// </summary>
    /// <param name="scores">Human-normalised scores of each game's runs, in the order of <see cref="Games"/>.</param>
    public double MedianOf57(IReadOnlyList<double[]> scores)
    {
        ArgumentNullException.ThrowIfNull(scores);
        if (scores.Count != Coefficients.Count)
            throw new ArgumentException($"{Name}: {scores.Count} games, {Coefficients.Count} coefficients", nameof(scores));
        var logarithm = Coefficients.Zip(scores, (c, game) => c * Math.Log10(1 + (100 * Math.Max(0, game.Average())))).Sum();
        return (Math.Pow(10, logarithm) - 1) / 100;
    }
}
