using FastDqn.Tests;

namespace FastDqn.Pixels.Tests;

public sealed class InstructionSetTests
{
    public static TheoryData<string> Sets => FewerInstructions.Sets;

    [Theory]
    [MemberData(nameof(Sets))]
    public void Results_are_the_same_without_wider_vectors(string set) =>
        FewerInstructions.RunAgain(set, typeof(GoldenTests));
}
