using FastDqn.Core;
using FastDqn.Environments;
using FastDqn.Media;
using FastDqn.Training.Loops;

namespace FastDqn.Training.Evaluation;

/// <summary>
/// Environments that film training: of environment 0 the episodes 1, 8, 27, 64, ... (cubes) and every 1000th become
/// <c>episode-000027.gif</c>. Nothing else changes: steps, state and results are those of the environments inside.
/// </summary>
public sealed class EpisodeFilms : IVectorEnvironment, IRenderable
{
    /// <summary>Two minutes of play at 15 pictures a second.</summary>
    private const int MaxPictures = 1800;

    private readonly IVectorEnvironment _inside;
    private readonly IRenderable _picture;
    private readonly string _folder;
    private readonly StageTimes? _times;
    private readonly byte[] _rgb;
    private readonly int _width;
    private readonly int _height;
    private GifFile? _film;
    private int _pictures;
    private long _episode;
    private bool _broken;

    private EpisodeFilms(IVectorEnvironment inside, IRenderable picture, string folder, StageTimes? times)
    {
        (_inside, _picture, _folder, _times) = (inside, picture, folder, times);
        (_width, _height) = picture.RenderSize(0);
        _rgb = new byte[_width * _height * 3];
    }

    public string Name => _inside.Name;

    public int Count => _inside.Count;

    public ObservationSpec Observation => _inside.Observation;

    public IReadOnlyList<string> ActionNames => _inside.ActionNames;

    public double FramesPerStep => _inside.FramesPerStep;

    public double StepsPerSecond => _inside.StepsPerSecond;

    /// <summary>The environments with filming, or as they are where they cannot be drawn. Owns them.</summary>
    /// <param name="environments">Those that play.</param>
    /// <param name="folder">Where films go.</param>
    /// <param name="times">Told what filming takes of a step; null: nobody.</param>
    public static IVectorEnvironment Of(IVectorEnvironment environments, string folder, StageTimes? times = null) =>
        environments is IRenderable picture ? new EpisodeFilms(environments, picture, folder, times) : environments;

    /// <summary>Is the n-th episode, counted from 1, one that is filmed?</summary>
    public static bool IsFilmed(long episode)
    {
        var root = (long)Math.Round(Math.Cbrt(episode));
        return episode > 0 && (episode % 1000 == 0 || (episode < 1000 && root * root * root == episode));
    }

    public void Reset(ulong seed, ReadOnlySpan<nint> frames, StepResult result)
    {
        _inside.Reset(seed, frames, result);
        Abandon();
        Try(_ => Begin(), result);
    }

    public void Step(ReadOnlySpan<int> actions, ReadOnlySpan<nint> frames, StepResult result)
    {
        ArgumentNullException.ThrowIfNull(result);
        _inside.Step(actions, frames, result);
        if (_film is null && result.EpisodeStart[0] == 0)
            return;
        var start = StageTimes.Now;
        Try(Film, result);
        _times?.AddPart(Stage.Films, Stage.Environment, start);
    }

    public (int Width, int Height) RenderSize(int index) => _picture.RenderSize(index);

    public void RenderRgb(int index, Span<byte> rgb) => _picture.RenderRgb(index, rgb);

    public void Save(StateWriter writer)
    {
        ArgumentNullException.ThrowIfNull(writer);
        writer.Section("films", 1);
        writer.WriteInt64(_episode);
        _inside.Save(writer);
    }

    /// <summary>A film that was under way when the state was saved is not continued.</summary>
    public void Load(StateReader reader)
    {
        ArgumentNullException.ThrowIfNull(reader);
        reader.Section("films", 1);
        _episode = reader.ReadInt64();
        _inside.Load(reader);
        Abandon();
    }

    public void Dispose()
    {
        Abandon();
        _inside.Dispose();
    }

    private void Film(StepResult result)
    {
        if (result.EpisodeStart[0] == 1)
        {
            // A game whose last life ended without a word on the game.
            if (_film is not null)
                Finish();
            Begin();
        }
        else if (_film is not null)
        {
            Add();
        }

        var over = (result.Terminated[0] | result.Truncated[0]) != 0 && !result.LifeEnded(0);
        if (_film is not null && (over || _pictures == MaxPictures))
            Finish();
    }

    // A full disk must not end a training for the sake of its films.
    private void Try(Action<StepResult> work, StepResult result)
    {
        try
        {
            work(result);
        }
        catch (Exception e) when (e is FastDqnException or IOException or UnauthorizedAccessException)
        {
            Abandon();
            _broken = true;
        }
    }

    private void Begin()
    {
        _episode++;
        if (_broken || !IsFilmed(_episode))
            return;
        Directory.CreateDirectory(_folder);
        var path = Path.Combine(_folder, FormattableString.Invariant($"episode-{_episode:D6}.gif"));
        _film = new GifFile(path, _width, _height, StepsPerSecond);
        _pictures = 0;
        Add();
    }

    private void Add()
    {
        _picture.RenderRgb(0, _rgb);
        _film!.Add(_rgb);
        _pictures++;
    }

    private void Finish()
    {
        _film!.Finish();
        Abandon();
    }

    private void Abandon()
    {
        _film?.Dispose();
        _film = null;
    }
}
