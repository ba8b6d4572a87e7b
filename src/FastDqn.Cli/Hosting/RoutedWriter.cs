using System.Text;

namespace FastDqn.Cli.Hosting;

/// <summary>
/// Stands for the console where several trainings share a process: what a training writes, on whichever of its threads,
/// goes into its own log; anything else goes where it did.
/// </summary>
internal sealed class RoutedWriter(TextWriter otherwise) : TextWriter
{
    private static readonly AsyncLocal<TextWriter?> Route = new();

    public override Encoding Encoding => otherwise.Encoding;

    private TextWriter Target => Route.Value ?? otherwise;

    /// <summary>
    /// Sends what this thread, and those that it starts from now on, write to <paramref name="log"/>.
    /// </summary>
    public static void Use(TextWriter log) => Route.Value = log;

    public override void Write(char value) => Target.Write(value);

    public override void Write(string? value) => Target.Write(value);

    public override void Write(char[] buffer, int index, int count) => Target.Write(buffer, index, count);

    public override void WriteLine(string? value) => Target.WriteLine(value);

    public override void Flush() => Target.Flush();
}
