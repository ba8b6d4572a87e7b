using System.Globalization;
using System.Text.Json;
using FastDqn.Core;
using FastDqn.Sweeps.Space;

namespace FastDqn.Sweeps.Samplers;

/// <summary>
/// Population-based training (Jaderberg et al. 2017, "Population based training of neural networks") with truncation
/// selection. A trial is one member's piece of one generation: its runs go on from the checkpoints of its parent, the
/// trial before it or, for the worst of the population, one of the best (exploit), and then with perturbed or newly
/// drawn options (explore). A piece is never written on once it is over, so whoever goes on from it needs nobody's
/// leave, and the lineage is what the trials say of their parents.
/// </summary>
public sealed class PopulationSampler(ParameterSpace space, SamplerOptions options) : ISampler
{
    private readonly PopulationOptions _pbt = options.Pbt;

    /// <summary>A trial's place: which member's piece of which generation it is.</summary>
    public sealed record Place(int Member, int Generation, int Parent, bool Exploits);

    public Suggestion? Suggest(int number, IReadOnlyList<Observation> history)
    {
        ArgumentNullException.ThrowIfNull(history);
        var random = new RandomStream(options.Seed, "population-sampler", number);
        if (number < _pbt.Population)
        {
            return new Suggestion(space.Sample(random), Note(new Place(number, 0, -1, false)))
            {
                Budget = BudgetOf(0),
                Reason = $"member {number} begins",
            };
        }

        var placed = history.Select(t => (Trial: t, Place: PlaceOf(t.Attributes))).ToList();
        // Members that are behind first: with one worker the generations come one after the other.
        var due = placed.GroupBy(t => t.Place.Member).Select(g => g.MaxBy(t => t.Place.Generation))
            .Where(t => IsOver(t.Trial) && t.Place.Generation + 1 < _pbt.Generations)
            .OrderBy(t => t.Place.Generation).ThenBy(t => t.Place.Member).FirstOrDefault();
        if (due.Trial is null)
            return null;
        // Values are compared at the same length only.
        var peers = placed.Where(t => t.Place.Generation == due.Place.Generation).Select(t => t.Trial).ToList();
        if (_pbt.Synchronous && (peers.Count < _pbt.Population || !peers.TrueForAll(IsOver)))
            return null;
        var ranked = peers.Where(t => t.State == TrialState.Complete && double.IsFinite(t.Loss))
            .OrderBy(t => t.Loss).ThenBy(t => t.Number).ToList();
        return ranked.Count == 0 ? null : Continue(due.Trial, due.Place, ranked, random);
    }

    /// <summary>A trial's place, from its attributes.</summary>
    public static Place PlaceOf(string attributes)
    {
        try
        {
            return JsonSerializer.Deserialize<Place>(attributes) ?? throw new JsonException("null");
        }
        catch (JsonException e)
        {
            throw new FastDqnException(ErrorKind.BadData, $"a trial's place in its population is damaged: {e.Message}", e);
        }
    }

    private static string Note(Place place) => JsonSerializer.Serialize(place);

    private static bool IsOver(Observation trial) => trial.State is TrialState.Complete or TrialState.Failed or TrialState.Pruned;

    private long BudgetOf(int generation) => _pbt.Interval * (generation + 1);

    private Suggestion Continue(Observation own, Place place, List<Observation> ranked, RandomStream random)
    {
        var generation = place.Generation + 1;
        var share = Math.Max(1, (int)(ranked.Count * _pbt.Quantile));
        var rank = ranked.FindIndex(t => t.Number == own.Number);
        // One whose runs failed has nothing to go on from. With one that is all there is, nothing is better.
        var exploits = rank < 0 || (rank >= ranked.Count - share && rank >= share);
        if (!exploits)
        {
            return new Suggestion(own.Parameters, Note(new Place(place.Member, generation, own.Number, false)))
            {
                Budget = BudgetOf(generation),
                Parent = own.Number,
                Reason = $"member {place.Member} goes on from trial {own.Number}, {rank + 1} of {ranked.Count}",
            };
        }

        var source = ranked[random.NextInt32(share)];
        var standing = rank < 0 ? "failed" : string.Create(CultureInfo.InvariantCulture, $"was {rank + 1} of {ranked.Count}");
        return new Suggestion(Explore(source.Parameters, random), Note(new Place(place.Member, generation, source.Number, true)))
        {
            Budget = BudgetOf(generation),
            Parent = source.Number,
            Reason = $"member {place.Member} takes over from trial {source.Number} (trial {own.Number} {standing}) and explores",
        };
    }

    private Assignment Explore(Assignment parameters, RandomStream random) => new(parameters.Select(pair =>
    {
        var domain = space.Parameters.First(p => p.Name == pair.Key).Domain;
        if (!_pbt.Explored.Contains(pair.Key))
            return pair;
        var drawn = random.NextDouble() < _pbt.Resample;
        return KeyValuePair.Create(pair.Key, drawn ? domain.Sample(random) : Perturb(domain, pair.Value, random));
    }));

    // A number is multiplied; a choice moves to the one before or after it in its list.
    private ParameterValue Perturb(Domain domain, ParameterValue value, RandomStream random)
    {
        if (domain is ChoiceDomain choice)
        {
            var index = choice.IndexOf(value) + (random.NextInt32(2) == 0 ? -1 : 1);
            return choice.Choices[Math.Clamp(index, 0, choice.Choices.Count - 1)];
        }

        var factor = _pbt.Factors[random.NextInt32(_pbt.Factors.Count)];
        return ((NumberDomain)domain).ToValue(value.Number * factor);
    }
}
