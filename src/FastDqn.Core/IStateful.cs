namespace FastDqn.Core;

/// <summary>
/// A part whose whole state can be written and read back so that it continues with the same bytes.
/// </summary>
public interface IStateful
{
    /// <summary>Writes the whole state. The part is unchanged.</summary>
    void Save(StateWriter writer);

    /// <summary>
    /// Replaces the whole state. Throws <see cref="FastDqnException"/> (<see cref="ErrorKind.BadData"/>) when the
    /// data is not this part's, is torn or does not fit its configuration.
    /// </summary>
    void Load(StateReader reader);
}
