using FastDqn.Core;

namespace FastDqn.Environments.Memory;

/// <summary>
/// Small tasks whose observations, a few floats, do not tell what to do: only who remembers earlier ones knows. Each
/// environment draws from its own generator.
/// </summary>
public abstract class MemoryEnvironment : IVectorEnvironment, IRenderable
{
    /// <summary>Pixels of a cell's side.</summary>
    private const int Cell = 24;

    private readonly RandomStream[] _random;
    private readonly int[] _state;
    private readonly int _stateSize;
    private readonly byte[] _over;
    private readonly int _columns;
    private readonly int _rows;

    /// <param name="name">The name as given to <c>--env</c>.</param>
    /// <param name="count">Environments stepped together.</param>
    /// <param name="floats">Of an observation.</param>
    /// <param name="actions">Names of the actions.</param>
    /// <param name="stateSize">Whole numbers that make an environment's state.</param>
    /// <param name="picture">Columns and rows of the picture's cells.</param>
    private protected MemoryEnvironment(
        string name, int count, int floats, IReadOnlyList<string> actions, int stateSize, (int Columns, int Rows) picture)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(count);
        (Name, Count, ActionNames, _stateSize) = (name, count, actions, stateSize);
        Observation = new ObservationSpec(ObservationType.Float32, [floats]);
        (_columns, _rows) = picture;
        _state = new int[count * stateSize];
        _over = new byte[count];
        _random = [.. Enumerable.Range(0, count).Select(i => new RandomStream(0, name, i))];
    }

    public string Name { get; }

    public int Count { get; }

    public ObservationSpec Observation { get; }

    public IReadOnlyList<string> ActionNames { get; }

    public double FramesPerStep => 1;

    public void Reset(ulong seed, ReadOnlySpan<nint> frames, StepResult result)
    {
        ArgumentNullException.ThrowIfNull(result);
        Check(frames.Length, result.Count);
        for (var i = 0; i < Count; i++)
        {
            _random[i] = new RandomStream(seed, Name, i);
            Start(i, result);
            Show(i, frames[i]);
        }
    }

    public void Step(ReadOnlySpan<int> actions, ReadOnlySpan<nint> frames, StepResult result)
    {
        ArgumentNullException.ThrowIfNull(result);
        Check(frames.Length, result.Count);
        if (actions.Length != Count)
            throw new ArgumentException($"{actions.Length} actions for {Count} environments", nameof(actions));
        foreach (var action in actions)
        {
            if ((uint)action >= (uint)ActionNames.Count)
                throw new FastDqnException(ErrorKind.Usage, $"action {action} of {Name} is not 0 to {ActionNames.Count - 1}");
        }

        for (var i = 0; i < Count; i++)
        {
            if (_over[i] != 0)
            {
                Start(i, result);
            }
            else
            {
                var (reward, terminated, truncated) = Move(StateOf(i), actions[i], _random[i]);
                _over[i] = (byte)(terminated || truncated ? 1 : 0);
                Report(i, result, reward, terminated, truncated, start: false);
            }

            Show(i, frames[i]);
        }
    }

    public void Save(StateWriter writer)
    {
        ArgumentNullException.ThrowIfNull(writer);
        writer.Section(Name, 1);
        writer.WriteSpan<int>(_state);
        writer.WriteSpan<byte>(_over);
        foreach (var random in _random)
            random.Save(writer);
    }

    public void Load(StateReader reader)
    {
        ArgumentNullException.ThrowIfNull(reader);
        reader.Section(Name, 1);
        reader.ReadSpan(_state.AsSpan());
        reader.ReadSpan(_over.AsSpan());
        for (var i = 0; i < Count; i++)
        {
            _random[i].Load(reader);
            if (!CanBe(StateOf(i)))
                throw new FastDqnException(ErrorKind.BadData, $"bad state: an environment {Name} in a state that cannot be");
        }
    }

    public (int Width, int Height) RenderSize(int index) => (_columns * Cell, _rows * Cell);

    public void RenderRgb(int index, Span<byte> rgb)
    {
        var width = _columns * Cell;
        for (var row = 0; row < _rows; row++)
        {
            for (var column = 0; column < _columns; column++)
            {
                var (red, green, blue) = Colour(StateOf(index), column, row);
                for (var y = row * Cell; y < (row + 1) * Cell; y++)
                {
                    for (var at = 3 * ((y * width) + (column * Cell)); at < 3 * ((y * width) + ((column + 1) * Cell)); at += 3)
                        (rgb[at], rgb[at + 1], rgb[at + 2]) = (red, green, blue);
                }
            }
        }
    }

    public void Dispose() => GC.SuppressFinalize(this);

    /// <summary>The state of an environment's first step.</summary>
    private protected abstract void Begin(Span<int> state, RandomStream random);

    /// <summary>A step.</summary>
    private protected abstract (float Reward, bool Terminated, bool Truncated) Move(Span<int> state, int action, RandomStream random);

    /// <summary>Writes the observation over zeros.</summary>
    private protected abstract void Observe(ReadOnlySpan<int> state, Span<float> observation);

    /// <summary>Whether a loaded state is one.</summary>
    private protected abstract bool CanBe(ReadOnlySpan<int> state);

    /// <summary>Of a cell of the picture.</summary>
    private protected abstract (byte Red, byte Green, byte Blue) Colour(ReadOnlySpan<int> state, int column, int row);

    private protected Span<int> StateOf(int index) => _state.AsSpan(index * _stateSize, _stateSize);

    private void Start(int index, StepResult result)
    {
        Begin(StateOf(index), _random[index]);
        _over[index] = 0;
        Report(index, result, 0, terminated: false, truncated: false, start: true);
    }

    private unsafe void Show(int index, nint frame)
    {
        var observation = new Span<float>((void*)frame, Observation.FrameElements);
        observation.Clear();
        Observe(StateOf(index), observation);
    }

    private static void Report(int index, StepResult result, float reward, bool terminated, bool truncated, bool start)
    {
        result.Rewards[index] = reward;
        result.Terminated[index] = (byte)(terminated ? 1 : 0);
        result.Truncated[index] = (byte)(truncated ? 1 : 0);
        result.LifeLost[index] = 0;
        result.EpisodeStart[index] = (byte)(start ? 1 : 0);
        result.Lives[index] = 0;
        result.Frames[index] = start ? 0 : 1;
    }

    private void Check(int frames, int results)
    {
        if (frames != Count || results != Count)
            throw new ArgumentException($"{frames} frames and {results} results for {Count} environments");
    }
}
