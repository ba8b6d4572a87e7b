using FastDqn.Core;

namespace FastDqn.Learning.Specs;

/// <summary>
/// What is changed at random in the observations of a minibatch, never in those that are acted on: options
/// <c>augment.*</c>.
/// </summary>
public sealed record AugmentSpec
{
    /// <summary>Yarats et al. 2021 (DrQ): the border repeats; all frames of a stack move together.</summary>
    [Option("Most pixels that an image is shifted by, up or down and left or right; 0: none is", Unit = "pixels", Min = 0, Max = 64)]
    public int Shift { get; init; }

    /// <summary>1 + s clip(N(0, 1), -2, 2), a factor for a whole stack (Schwarzer et al. 2021, SPR).</summary>
    [Option("Deviation of the factor that an image's brightness is multiplied with; 0: none is", Min = 0, Max = 0.5)]
    public double Intensity { get; init; }

    /// <summary>Anything is changed.</summary>
    internal bool Any => Shift > 0 || Intensity > 0;
}
