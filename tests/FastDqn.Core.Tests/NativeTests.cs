using System.Globalization;
using System.Text.RegularExpressions;
using FastDqn.Tests;

namespace FastDqn.Core.Tests;

public sealed partial class NativeTests
{
    [Fact]
    public void AStructOfAnotherSizeIsRefusedWithOneLine()
    {
        Native.EnsureLoaded(new NativeStruct("fdq_replay_stack", 24));
        var error = Assert.Throws<FastDqnException>(() => Native.EnsureLoaded(new NativeStruct("fdq_replay_stack", 20)));
        Assert.Equal(ErrorKind.Unavailable, error.Kind);
        Assert.Equal(
            "libfastdqn.so has 24 bytes for fdq_replay_stack, this program 20: run ./build.sh build", error.Message);
    }

    [Fact]
    public void StatusesOfTheNativeLibraryAreTheNumbersOfErrorKind()
    {
        var header = File.ReadAllText(Path.Combine(SourceTree.Root, "native/include/fastdqn/status.h"));
        var statuses = Status().Matches(header).Select(match =>
            (Plain(match.Groups[1].Value), int.Parse(match.Groups[2].Value, CultureInfo.InvariantCulture)));
        var kinds = Enum.GetValues<ErrorKind>().Select(kind => (Plain(kind.ToString()), (int)kind));
        Assert.Equal(kinds.Prepend(("OK", 0)), statuses);

        static string Plain(string name) => name.Replace("_", "", StringComparison.Ordinal).ToUpperInvariant();
    }

    [GeneratedRegex(@"^\s*FDQ_(\w+) = (\d+),", RegexOptions.Multiline)]
    private static partial Regex Status();
}
