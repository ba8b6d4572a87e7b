using FastDqn.Core;
using FastDqn.Environments;
using FastDqn.Training;

namespace FastDqn.Cli.Watch;

/// <summary>
/// Asks for exploring actions in the terminal, drawing the state in question; there must be one environment.
/// </summary>
internal sealed class TerminalAdviser : IAdviser
{
    private readonly IVectorEnvironment _environment;
    private readonly ActionAnswers _answers;
    private long _asked;

    /// <exception cref="FastDqnException"><see cref="ErrorKind.Usage"/>: an environment that cannot be asked for, or an
    /// answer that is no action of it.</exception>
    public TerminalAdviser(IVectorEnvironment environment, ActionAnswers answers)
    {
        if (environment.Count != 1 || environment is not IRenderable)
            throw new FastDqnException(
                ErrorKind.Usage,
                $"--ask needs a single environment that can be drawn; this is {environment.Name} x {environment.Count} (--envs 1)");
        answers.Check(environment.ActionNames);
        (_environment, _answers) = (environment, answers);
    }

    public int Advise(int index, int drawn)
    {
        if (_answers.Ended)
            return drawn;
        _asked++;
        ActionAnswers.Show((IRenderable)_environment);
        Console.Error.WriteLine($"exploring, question {_asked}");
        return _answers.Read(_environment.ActionNames, drawn) ?? drawn;
    }
}
