using System.Globalization;

namespace FastDqn.Core;

/// <summary>
/// Makes a property of an options record an option of the program. What stands here and the property's initial value,
/// which is the default, are all that is written about it: the command line, files, environment variables, sweeps,
/// help, docs and checks read it from here.
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

    /// <summary>The words allowed, for text options whose words are data and not an enumeration.</summary>
    public string[] Choices { get; init; } = [];

    /// <summary>
    /// What a user who sets this option turns off, each as <c>key=value</c>: in the layers below, so that a default can
    /// never beat what was set. A number turns nothing off while it is 0.
    /// </summary>
    public string[] TurnsOff { get; init; } = [];

    /// <summary>
    /// The options that do the same in another way: one file or command line must not set this one and another of them.
    /// </summary>
    public string[] InsteadOf { get; init; } = [];

    /// <summary>A run that goes on may have another value: its results do not follow from this option.</summary>
    public bool MayChange { get; init; }

    /// <summary>
    /// Results follow from it, and yet another value may take over in the middle of a run: nothing that a checkpoint
    /// holds is of its size or kind. A run that is branched off another (population-based training) may change it.
    /// </summary>
    public bool MidRun { get; init; }

    /// <summary>
    /// At which values the course of a run depends on its whole length, so that a run made longer later is not the
    /// start of one that long: a value, <c>not VALUE</c>, or <c>not OPTION</c> for any but another option's; empty:
    /// at none.
    /// </summary>
    public string FollowsLengthAt { get; init; } = "";

    /// <summary>
    /// The range in words: "1..64", "at least 0", "above 0, at most 1"; empty where every number is allowed.
    /// </summary>
    public string Range
    {
        get
        {
            var (bottom, top) = (!double.IsInfinity(Min), !double.IsInfinity(Max));
            if (bottom && top && !MinExcluded && !MaxExcluded)
                return string.Create(CultureInfo.InvariantCulture, $"{Min}..{Max}");
            string[] ends =
            [
                bottom ? string.Create(CultureInfo.InvariantCulture, $"{(MinExcluded ? "above" : "at least")} {Min}") : "",
                top ? string.Create(CultureInfo.InvariantCulture, $"{(MaxExcluded ? "below" : "at most")} {Max}") : "",
            ];
            return string.Join(", ", ends.Where(end => end.Length > 0));
        }
    }

    /// <summary>Whether the range holds a number; NaN lies in none.</summary>
    public bool Allows(double value) =>
        value >= Min && value <= Max && !(MinExcluded && value.Equals(Min)) && !(MaxExcluded && value.Equals(Max));
}
