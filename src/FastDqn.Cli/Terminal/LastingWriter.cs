using System.Text;

namespace FastDqn.Cli.Terminal;

/// <summary>
/// stderr as a long run needs it: when whoever read it is gone (a terminal that was closed, a reader that ended), what
/// is said is lost, and nothing else is.
/// </summary>
internal sealed class LastingWriter(TextWriter inner) : TextWriter
{
    public override Encoding Encoding => inner.Encoding;

    public override void Write(char value) => Try(() => inner.Write(value));

    public override void Write(string? value) => Try(() => inner.Write(value));

    public override void Write(char[] buffer, int index, int count) => Try(() => inner.Write(buffer, index, count));

    public override void WriteLine(string? value) => Try(() => inner.WriteLine(value));

    public override void Flush() => Try(inner.Flush);

    private static void Try(Action write)
    {
        try
        {
            write();
        }
        catch (Exception e) when (e is IOException or ObjectDisposedException or UnauthorizedAccessException)
        {
            // There is nobody to tell.
        }
    }
}
