namespace FastDqn.Training;

/// <summary>What a run is asked besides its configuration: nothing here changes its results.</summary>
/// <param name="Profile">Print where the time went and write a Chrome trace.</param>
public sealed record RunTools(bool Profile = false);
