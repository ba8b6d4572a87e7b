namespace FastDqn.Learning.Networks;

/// <summary>Collects a network's rows while its layers are declared.</summary>
internal sealed class NetworkRows(ParameterLayout layout)
{
    private readonly List<NetworkRow> _rows = [];

    /// <summary>The layer that the next one follows.</summary>
    public string Last { get; set; } = "";

    /// <summary>How often the next layers run for one observation: once, or for each sampled fraction.</summary>
    public int Times { get; set; } = 1;

    /// <summary>Of all layers so far.</summary>
    public long MultiplyAdds => _rows.Sum(row => row.MultiplyAdds);

    /// <summary>Adds a layer that takes <paramref name="inputs"/>; without any: the last one's output.</summary>
    public void Add(string name, string kind, long[] shape, long multiplyAdds = 0, params string[] inputs)
    {
        IReadOnlyList<string> sources = inputs.Length > 0 ? inputs : Last.Length > 0 ? [Last] : [];
        _rows.Add(new NetworkRow(name, kind, sources, shape, 0, multiplyAdds * Times));
        Last = name;
    }

    /// <summary>Adds layers as one, whose parameters are counted already.</summary>
    public void AddWhole(string name, string kind, long[] shape, long parameters, long multiplyAdds)
    {
        Add(name, kind, shape, multiplyAdds);
        _rows[^1] = _rows[^1] with { Parameters = parameters };
    }

    public void Add(string name, string kind, Planes planes, long multiplyAdds = 0, params string[] inputs) =>
        Add(name, kind, planes.Sides, multiplyAdds, inputs);

    /// <summary>All rows, with their parameters counted.</summary>
    public IReadOnlyList<NetworkRow> Counted()
    {
        var counts = layout.Parameters.GroupBy(slot => slot.Name[..slot.Name.LastIndexOf('.')], StringComparer.Ordinal)
            .ToDictionary(group => group.Key, group => group.Sum(slot => slot.Count), StringComparer.Ordinal);
        return [.. _rows.Select(row => row.Parameters > 0 ? row : row with { Parameters = counts.GetValueOrDefault(row.Name) })];
    }
}
