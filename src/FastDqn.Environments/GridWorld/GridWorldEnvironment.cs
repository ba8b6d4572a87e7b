using FastDqn.Core;

namespace FastDqn.Environments.GridWorld;

/// <summary>
/// The grid world of A. Juliani's "Simple reinforcement learning with TensorFlow, part 4": one hero (blue) on size x
/// size cells, four goals (green, +1) and two fires (red, -1), all on distinct cells. Walls block at no penalty. What
/// the hero steps on gives its reward and reappears, same kind, on a cell that nothing holds, the hero included. An
/// episode has no end of its own: it is truncated at 50 steps. Observation: uint8 3x84x84, the world in a white border,
/// nearest neighbour; or, `partial`, the 3x3 cells around the hero. Reference points by simulation: random play 1.95 an
/// episode, the nearest goal by the shortest path round the fires 26.1.
/// </summary>
public sealed class GridWorldEnvironment : IVectorEnvironment, IRenderable
{
    public const int Goals = 4;
    public const int Fires = 2;
    public const int EpisodeSteps = 50;

    private const int Objects = Goals + Fires;
    private const int Side = 84;
    private const int PictureScale = 4;
    private const int Red = 0, Green = 1, Blue = 2;
    private static readonly string[] Actions = ["up", "down", "left", "right"];

    private readonly int _size;
    private readonly bool _partial;
    private readonly int[] _heroes;
    private readonly int[] _objects;
    private readonly int[] _steps;
    private readonly byte[] _over;
    private readonly RandomStream[] _random;
    private readonly byte[] _cells;
    private readonly byte[] _picture = new byte[3 * Side * Side];

    /// <param name="name">The name as given to <c>--env</c>.</param>
    /// <param name="count">Environments stepped together.</param>
    /// <param name="partial">Show only the 3x3 cells around the hero.</param>
    /// <param name="size">Cells a side, 3 to 82: the border and the world must fit 84 pixels.</param>
    public GridWorldEnvironment(string name, int count, bool partial = false, int size = 5)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(count);
        ArgumentOutOfRangeException.ThrowIfLessThan(size, 3);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(size, Side - 2);
        Name = name;
        Count = count;
        _size = size;
        _partial = partial;
        _heroes = new int[count];
        _objects = new int[count * Objects];
        _steps = new int[count];
        _over = new byte[count];
        _random = [.. Enumerable.Range(0, count).Select(i => new RandomStream(0, "gridworld", i))];
        _cells = new byte[3 * (size + 2) * (size + 2)];
    }

    public string Name { get; }

    public int Count { get; }

    public ObservationSpec Observation { get; } = new(ObservationType.UInt8, [3, Side, Side]);

    public IReadOnlyList<string> ActionNames => Actions;

    public double FramesPerStep => 1;

    /// <summary>Cells a side.</summary>
    public int Size => _size;

    /// <summary>Cell of the hero, row x size + column.</summary>
    public int HeroOf(int index) => _heroes[index];

    /// <summary>Cells of the four goals.</summary>
    public ReadOnlySpan<int> GoalsOf(int index) => _objects.AsSpan(index * Objects, Goals);

    /// <summary>Cells of the two fires.</summary>
    public ReadOnlySpan<int> FiresOf(int index) => _objects.AsSpan((index * Objects) + Goals, Fires);

    public void Reset(ulong seed, ReadOnlySpan<nint> frames, StepResult result)
    {
        ArgumentNullException.ThrowIfNull(result);
        CheckCounts(frames.Length, result.Count);
        for (var i = 0; i < Count; i++)
        {
            _random[i] = new RandomStream(seed, "gridworld", i);
            Begin(i, result);
            WriteFrame(i, frames[i]);
        }
    }

    public void Step(ReadOnlySpan<int> actions, ReadOnlySpan<nint> frames, StepResult result)
    {
        ArgumentNullException.ThrowIfNull(result);
        CheckCounts(frames.Length, result.Count);
        if (actions.Length != Count)
            throw new ArgumentException($"{actions.Length} actions for {Count} environments", nameof(actions));
        foreach (var action in actions)
        {
            if ((uint)action >= (uint)Actions.Length)
                throw new FastDqnException(
                    ErrorKind.Usage, $"action {action} of the grid world is not 0 (up), 1 (down), 2 (left) or 3 (right)");
        }

        for (var i = 0; i < Count; i++)
        {
            if (_over[i] != 0)
                Begin(i, result);
            else
                Move(i, actions[i], result);
            WriteFrame(i, frames[i]);
        }
    }

    public void Save(StateWriter writer)
    {
        ArgumentNullException.ThrowIfNull(writer);
        writer.Section("gridworld", 1);
        writer.WriteInt32(Count);
        writer.WriteInt32(_size);
        writer.WriteSpan<int>(_heroes);
        writer.WriteSpan<int>(_objects);
        writer.WriteSpan<int>(_steps);
        writer.WriteSpan<byte>(_over);
        foreach (var random in _random)
            random.Save(writer);
    }

    public void Load(StateReader reader)
    {
        ArgumentNullException.ThrowIfNull(reader);
        reader.Section("gridworld", 1);
        var (count, size) = (reader.ReadInt32(), reader.ReadInt32());
        if (count != Count || size != _size)
            throw new FastDqnException(
                ErrorKind.BadData, $"bad state: {count} grid worlds of size {size} stored where {Count} of {_size} belong");
        reader.ReadSpan(_heroes.AsSpan());
        reader.ReadSpan(_objects.AsSpan());
        reader.ReadSpan(_steps.AsSpan());
        reader.ReadSpan(_over.AsSpan());
        if (_heroes.Concat(_objects).Any(cell => (uint)cell >= (uint)(_size * _size)))
            throw new FastDqnException(ErrorKind.BadData, "bad state: something of a grid world lies outside it");
        foreach (var random in _random)
            random.Load(reader);
    }

    public (int Width, int Height) RenderSize(int index) => (Side * PictureScale, Side * PictureScale);

    /// <summary>Draws the whole world, also where the agent sees a part of it.</summary>
    public void RenderRgb(int index, Span<byte> rgb)
    {
        Draw(index, partial: false, _picture);
        for (var y = 0; y < Side * PictureScale; y++)
        {
            for (var x = 0; x < Side * PictureScale; x++)
            {
                var source = (y / PictureScale * Side) + (x / PictureScale);
                var target = 3 * ((y * Side * PictureScale) + x);
                for (var channel = 0; channel < 3; channel++)
                    rgb[target + channel] = _picture[(channel * Side * Side) + source];
            }
        }
    }

    public void Dispose()
    {
    }

    private void Move(int index, int action, StepResult result)
    {
        var (row, column) = Math.DivRem(_heroes[index], _size);
        switch (action)
        {
            case 0: row = Math.Max(row - 1, 0); break;
            case 1: row = Math.Min(row + 1, _size - 1); break;
            case 2: column = Math.Max(column - 1, 0); break;
            default: column = Math.Min(column + 1, _size - 1); break;
        }

        var hero = (row * _size) + column;
        _heroes[index] = hero;
        var reward = 0f;
        var objects = _objects.AsSpan(index * Objects, Objects);
        var met = objects.IndexOf(hero);
        if (met >= 0)
        {
            reward = met < Goals ? 1 : -1;
            // The object still lies under the hero, so its own cell is not free either.
            objects[met] = FreeCell(index, Objects);
        }

        var cut = ++_steps[index] >= EpisodeSteps;
        _over[index] = cut ? (byte)1 : (byte)0;
        Report(index, result, reward, truncated: cut, start: false);
    }

    private void Begin(int index, StepResult result)
    {
        _heroes[index] = _random[index].NextInt32(_size * _size);
        for (var i = 0; i < Objects; i++)
            _objects[(index * Objects) + i] = FreeCell(index, i);
        _steps[index] = 0;
        _over[index] = 0;
        Report(index, result, 0, truncated: false, start: true);
    }

    private static void Report(int index, StepResult result, float reward, bool truncated, bool start)
    {
        result.Rewards[index] = reward;
        result.Terminated[index] = 0;
        result.Truncated[index] = truncated ? (byte)1 : (byte)0;
        result.LifeLost[index] = 0;
        result.EpisodeStart[index] = start ? (byte)1 : (byte)0;
        result.Lives[index] = 0;
        result.Frames[index] = start ? 0 : 1;
    }

    /// <summary>
    /// A uniformly drawn cell that neither the hero nor the first <paramref name="placed"/> objects hold.
    /// </summary>
    private int FreeCell(int index, int placed)
    {
        var objects = _objects.AsSpan(index * Objects, placed);
        while (true)
        {
            var cell = _random[index].NextInt32(_size * _size);
            if (cell != _heroes[index] && !objects.Contains(cell))
                return cell;
        }
    }

    private unsafe void WriteFrame(int index, nint frame) => Draw(index, _partial, new Span<byte>((void*)frame, 3 * Side * Side));

    private void Draw(int index, bool partial, Span<byte> picture)
    {
        var bordered = _size + 2;
        var plane = bordered * bordered;
        var cells = _cells.AsSpan();
        cells.Fill(255);
        for (var channel = 0; channel < 3; channel++)
        {
            for (var row = 1; row <= _size; row++)
                cells.Slice((channel * plane) + (row * bordered) + 1, _size).Clear();
        }

        Mark(Blue, _heroes[index]);
        foreach (var goal in GoalsOf(index))
            Mark(Green, goal);
        foreach (var fire in FiresOf(index))
            Mark(Red, fire);

        // The window shown: everything, or the 3x3 cells around the hero.
        var (top, left) = partial ? Math.DivRem(_heroes[index], _size) : (0, 0);
        var shown = partial ? 3 : bordered;
        for (var channel = 0; channel < 3; channel++)
        {
            var previous = -1;
            for (var y = 0; y < Side; y++)
            {
                var line = picture.Slice((channel * Side * Side) + (y * Side), Side);
                var row = ((2 * y) + 1) * shown / (2 * Side);
                if (row == previous)
                {
                    picture.Slice((channel * Side * Side) + ((y - 1) * Side), Side).CopyTo(line);
                    continue;
                }

                previous = row;
                var source = cells.Slice((channel * plane) + ((top + row) * bordered) + left, shown);
                for (var x = 0; x < Side; x++)
                    line[x] = source[((2 * x) + 1) * shown / (2 * Side)];
            }
        }

        void Mark(int channel, int cell)
        {
            var (row, column) = Math.DivRem(cell, _size);
            _cells[(channel * plane) + ((row + 1) * bordered) + column + 1] = 255;
        }
    }

    private void CheckCounts(int frames, int results)
    {
        if (frames != Count || results != Count)
            throw new ArgumentException($"{frames} frames and {results} results for {Count} environments");
    }
}
