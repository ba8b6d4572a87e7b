namespace FastDqn.Learning.Networks;

/// <summary>A layer of a network as people read it: a line of its table, a node of its graph.</summary>
/// <param name="Name">As its parameters', without the last word.</param>
/// <param name="Kind">What it does.</param>
/// <param name="Inputs">Names of the layers whose outputs it takes.</param>
/// <param name="Shape">Of its output, for one observation.</param>
/// <param name="Parameters">Trained numbers.</param>
/// <param name="MultiplyAdds">Products with weights, for one observation.</param>
public sealed record NetworkRow(
    string Name, string Kind, IReadOnlyList<string> Inputs, IReadOnlyList<long> Shape, long Parameters, long MultiplyAdds)
{
    /// <summary>The shape as text, 32x20x20.</summary>
    public string ShapeText => string.Join('x', Shape);
}
