using System.Text.Json;
using FastDqn.Core;
using FastDqn.Sweeps.Space;

namespace FastDqn.Sweeps.Samplers;

/// <summary>
/// CMA-ES (Hansen 2016) over the numeric parameters without conditions, each scaled to [0, 1] (logarithms where the
/// parameter has a logarithmic range); choices and conditional parameters are drawn independently. The strategy's
/// state is rebuilt from the history: every trial remembers its generation and its point, and a generation
/// consists of the first trials of it to finish.
/// </summary>
public sealed class CmaEsSampler : ISampler
{
    private readonly ParameterSpace _space;
    private readonly SamplerOptions _options;
    private readonly List<(Parameter Parameter, NumberDomain Domain)> _numbers;

    public CmaEsSampler(ParameterSpace space, SamplerOptions options)
    {
        (_space, _options) = (space, options);
        _numbers =
        [
            .. space.Parameters
                .Where(p => p.Conditions.Count == 0 && p.Domain is NumberDomain { Count: null or > 1 })
                .Select(p => (p, (NumberDomain)p.Domain)),
        ];
        if (_numbers.Count == 0)
            throw new FastDqnException(
                ErrorKind.Usage, "cmaes needs at least one numeric parameter without a condition; use tpe for choices");
    }

    public Suggestion Suggest(int number, IReadOnlyList<Observation> history)
    {
        var random = new RandomStream(_options.Seed, "cmaes-sampler", number);
        var strategy = Replay(history);
        var point = strategy.Sample(random);
        var values = new Dictionary<string, ParameterValue>(StringComparer.Ordinal);
        for (var i = 0; i < _numbers.Count; i++)
        {
            var domain = _numbers[i].Domain;
            values[_numbers[i].Parameter.Name] = domain.FromScale(domain.Low + ((domain.High - domain.Low) * point[i]));
        }

        var assignment = _space.Build((group, _) => group.Parameters
            .Select(p => values.TryGetValue(p.Name, out var value) ? value : p.Domain.Sample(random)));
        return new Suggestion(assignment, JsonSerializer.Serialize(new Mark(strategy.Generation, point)))
        {
            Reason = $"CMA-ES: generation {strategy.Generation} of {strategy.Population} trials each",
        };
    }

    Suggestion? ISampler.Suggest(int number, IReadOnlyList<Observation> history) => Suggest(number, history);

    private CmaEs Replay(IReadOnlyList<Observation> history)
    {
        var strategy = new CmaEs([.. _numbers.Select(_ => 0.5)], _options.Sigma, _options.Population);
        var byGeneration = history
            .Where(t => t.State is TrialState.Complete or TrialState.Pruned && t.FinishOrder > 0 && t.Attributes.Length > 0)
            .Select(t => (Trial: t, Mark: ReadMark(t)))
            .Where(t => t.Mark.Point.Length == _numbers.Count)
            .ToLookup(t => t.Mark.Generation);
        while (true)
        {
            var members = byGeneration[strategy.Generation].OrderBy(t => t.Trial.FinishOrder).Take(strategy.Population).ToList();
            if (members.Count < strategy.Population)
                return strategy;
            strategy.Tell([.. members
                .OrderBy(t => double.IsNaN(t.Trial.Loss) ? double.PositiveInfinity : t.Trial.Loss)
                .ThenBy(t => t.Trial.Number).Select(t => t.Mark.Point)]);
        }
    }

    private static Mark ReadMark(Observation trial)
    {
        try
        {
            return JsonSerializer.Deserialize<Mark>(trial.Attributes) ?? new Mark(-1, []);
        }
        catch (JsonException e)
        {
            throw new FastDqnException(ErrorKind.BadData, $"trial {trial.Number}: the sampler's note is damaged: {e.Message}", e);
        }
    }

    private sealed record Mark(int Generation, double[] Point);
}
