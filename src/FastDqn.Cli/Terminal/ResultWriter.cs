using System.Text;
using FastDqn.Core;

namespace FastDqn.Cli.Terminal;

/// <summary>stdout: where it cannot be written, the error says so. A reader who has had enough is none.</summary>
internal sealed class ResultWriter(TextWriter inner) : TextWriter
{
    private readonly bool _terminal = !Console.IsOutputRedirected;

    public override Encoding Encoding => inner.Encoding;

    public override void Write(char value) => Try(() => inner.Write(value));

    public override void Write(string? value) => Try(() => inner.Write(value));

    public override void Write(char[] buffer, int index, int count) => Try(() => inner.Write(buffer, index, count));

    public override void WriteLine(string? value) => Try(() => inner.WriteLine(value));

    public override void Flush() => Try(inner.Flush);

    private void Try(Action write)
    {
        try
        {
            write();
        }
        catch (UnauthorizedAccessException e)
        {
            // The runtime's name for a file that is not open.
            throw new FastDqnException(ErrorKind.Failure, "stdout is closed: the result cannot be told", e);
        }
        catch (IOException) when (_terminal)
        {
            // A terminal that went away; SIGHUP says the rest.
        }
        catch (IOException e)
        {
            throw new FastDqnException(ErrorKind.Failure, $"stdout cannot be written: {e.Message.ReplaceLineEndings(" ")}", e);
        }
    }
}
