namespace FastDqn.Learning.Weights;

/// <summary>What a network takes of a weight file.</summary>
/// <param name="New">Weights of the head that the file lacks, or has in another shape: they stay as they were.</param>
/// <param name="Unused">Tensors of the file that the network has no place for.</param>
public sealed record WeightFit(IReadOnlyList<string> New, IReadOnlyList<string> Unused)
{
    /// <summary>The head that starts anew and what is not used, in a line; null: everything fits.</summary>
    public string? Note
    {
        get
        {
            string[] parts =
            [
                New.Count > 0 ? $"the head differs: {string.Join(", ", New)} start anew" : "",
                Unused.Count > 0 ? $"not used: {string.Join(", ", Unused)}" : "",
            ];
            var said = string.Join("; ", parts.Where(part => part.Length > 0));
            return said.Length > 0 ? said : null;
        }
    }
}
