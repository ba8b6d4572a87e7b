namespace FastDqn.Training.Configuration;

/// <summary>
/// Makes a property of <see cref="TrainConfig"/> an option: its text is what <c>--help</c>, <c>docs/configuration.md</c>
/// and error messages say about it. The default is the property's initial value.
/// </summary>
[AttributeUsage(AttributeTargets.Property)]
public sealed class OptionAttribute(string description) : Attribute
{
    public string Description { get; } = description;

    /// <summary>What the number counts: "agent steps", "frames", "transitions"; empty where there is none.</summary>
    public string Unit { get; init; } = "";

    /// <summary>Smallest value allowed.</summary>
    public double Min { get; init; } = double.NegativeInfinity;

    /// <summary><see cref="Min"/> itself is not allowed.</summary>
    public bool MinExcluded { get; init; }

    /// <summary>Largest value allowed.</summary>
    public double Max { get; init; } = double.PositiveInfinity;

    /// <summary><see cref="Max"/> itself is not allowed.</summary>
    public bool MaxExcluded { get; init; }

    /// <summary>The list is one of pairs: an ascending step and a share.</summary>
    public bool Schedule { get; init; }

    /// <summary>The words allowed, for text options that are not an enumeration.</summary>
    public string[] Choices { get; init; } = [];
}
