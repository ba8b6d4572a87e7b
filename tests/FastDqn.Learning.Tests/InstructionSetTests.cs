using FastDqn.Tests;

namespace FastDqn.Learning.Tests;

/// <summary>
/// The CPU layers give other bytes with other vector instructions; with each they must agree with libtorch's
/// operations and not depend on the number of threads.
/// </summary>
public sealed class InstructionSetTests
{
    public static TheoryData<string> Sets => FewerInstructions.Sets;

    [Theory]
    [MemberData(nameof(Sets))]
    public void NetworksLearnAlikeWithoutWiderVectors(string set) => FewerInstructions.RunAgain(set, typeof(KernelLayerTests));

    [Theory]
    [MemberData(nameof(Sets))]
    public void RecurrentNetworksLearnAlikeWithoutWiderVectors(string set) => FewerInstructions.RunAgain(set, typeof(RecurrentTests));
}
