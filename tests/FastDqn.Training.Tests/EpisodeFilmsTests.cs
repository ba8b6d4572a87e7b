using System.Runtime.InteropServices;
using FastDqn.Core;
using FastDqn.Environments;
using FastDqn.Environments.CartPole;
using FastDqn.Tests;
using FastDqn.Training.Evaluation;

namespace FastDqn.Training.Tests;

public sealed unsafe class EpisodeFilmsTests : IDisposable
{
    private readonly TempFolder _folder = new();

    [Fact]
    public void CubesAreFilmedAndThenEveryThousandth() =>
        Assert.Equal(
            [1, 8, 27, 64, 125, 216, 343, 512, 729, 1000, 2000, 3000],
            Enumerable.Range(0, 3500).Where(episode => EpisodeFilms.IsFilmed(episode)));

    [Fact]
    public void FilmsOfTheEpisodesAreWrittenAndNothingElseChanges()
    {
        using var plain = CartPoleEnvironment.V1(2);
        using var filmed = EpisodeFilms.Of(CartPoleEnvironment.V1(2), _folder.Path);
        Assert.Equal(Play(plain, 400, 1), Play(filmed, 400, 1));
        var films = Directory.GetFiles(_folder.Path).Select(Path.GetFileName).Order().ToArray();
        Assert.Equal(
            ["episode-000001.gif", "episode-000008.gif"],
            films.Where(f => f!.EndsWith(".gif", StringComparison.Ordinal)).Take(2));
        Assert.Equal("GIF89a", System.Text.Encoding.ASCII.GetString(File.ReadAllBytes(_folder.File(films[0]!)), 0, 6));
    }

    [Fact]
    public void ARestoredOneContinuesWithTheSameBytesAndTheSameNumbers()
    {
        using var first = EpisodeFilms.Of(CartPoleEnvironment.V1(2), _folder.Path);
        Play(first, 100, 1);
        using var memory = new MemoryStream();
        first.Save(new StateWriter(memory));
        memory.Position = 0;
        var expected = Play(first, 300, 2, reset: false);
        var names = Directory.GetFiles(_folder.Path).Length;
        using var second = EpisodeFilms.Of(CartPoleEnvironment.V1(2), _folder.Path);
        second.Load(new StateReader(memory));
        Assert.Equal(expected, Play(second, 300, 2, reset: false));
        Assert.Equal(names, Directory.GetFiles(_folder.Path).Length);
    }

    [Fact]
    public void AResetInTheMiddleOfARunGoesOnWithTheNumbers()
    {
        using var films = EpisodeFilms.Of(CartPoleEnvironment.V1(2), _folder.Path);
        Play(films, 100, 1);
        var before = File.ReadAllBytes(_folder.File("episode-000001.gif"));
        Play(films, 100, 2);
        Assert.Equal(before, File.ReadAllBytes(_folder.File("episode-000001.gif")));
    }

    public void Dispose() => _folder.Dispose();

    private static List<float> Play(IVectorEnvironment environment, int steps, ulong seed, bool reset = true)
    {
        var memory = (byte*)NativeMemory.AllocZeroed(32);
        nint[] frames = [(nint)memory, (nint)(memory + 16)];
        var result = new StepResult(2);
        var random = new RandomStream(seed);
        var seen = new List<float>();
        if (reset)
            environment.Reset(5, frames, result);
        for (var step = 0; step < steps; step++)
        {
            environment.Step([random.NextInt32(2), random.NextInt32(2)], frames, result);
            seen.AddRange(new ReadOnlySpan<float>(memory, 8));
        }

        NativeMemory.Free(memory);
        return seen;
    }
}
