using FastDqn.Tests;

namespace FastDqn.Environments.Tests;

public sealed class InstructionSetTests
{
    public static TheoryData<string> Sets => FewerInstructions.Sets;

    [Theory]
    [MemberData(nameof(Sets))]
    public void ResultsAreTheSameWithoutWiderVectors(string set) =>
        FewerInstructions.RunAgain(set, typeof(CartPoleTests), typeof(CartPolePixelsTests));
}
