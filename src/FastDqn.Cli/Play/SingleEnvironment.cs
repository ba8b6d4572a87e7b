using System.Runtime.InteropServices;
using FastDqn.Cli.Hosting;
using FastDqn.Core;
using FastDqn.Environments;

namespace FastDqn.Cli.Play;

/// <summary>One environment with the memory that its frames go to.</summary>
internal sealed unsafe class SingleEnvironment : IDisposable
{
    private readonly byte* _frame;
    private readonly nint[] _frames;
    private readonly int[] _action = new int[1];

    public SingleEnvironment(SessionHeader header)
    {
        var own = OwnCode.Given.Environments;
        // Wherever the session is played again, it is with this very image.
        Header = header with { Environment = EnvironmentFactory.Pin(header.Environment with { Count = 1 }, own) };
        using var made = new Unfinished();
        Environment = made.Add(EnvironmentFactory.Create(Header.Environment, own));
        if (Environment is not IRenderable)
            throw new FastDqnException(ErrorKind.Usage, $"{Environment.Name} cannot be drawn");
        Picture = (IRenderable)Environment;
        _frame = (byte*)NativeMemory.AllocZeroed((nuint)Environment.Observation.FrameBytes);
        _frames = [(nint)_frame];
        (Width, Height) = Picture.RenderSize(0);
        Rgb = new byte[Width * Height * 3];
        made.Keep();
    }

    public SessionHeader Header { get; }

    public IVectorEnvironment Environment { get; }

    public IRenderable Picture { get; }

    public int Width { get; }

    public int Height { get; }

    /// <summary>The newest picture; <see cref="Draw"/> fills it.</summary>
    public byte[] Rgb { get; }

    public StepResult Result { get; } = new(1);

    public Transition Reset()
    {
        Environment.Reset(Header.Seed, _frames, Result);
        return Transition.Of(-1, Result, Frame);
    }

    public Transition Step(int action)
    {
        _action[0] = action;
        Environment.Step(_action, _frames, Result);
        return Transition.Of(action, Result, Frame);
    }

    public void Draw() => Picture.RenderRgb(0, Rgb);

    public void Dispose()
    {
        Environment.Dispose();
        NativeMemory.Free(_frame);
    }

    private ReadOnlySpan<byte> Frame => new(_frame, Environment.Observation.FrameBytes);
}
