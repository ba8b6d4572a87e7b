using System.Reflection;
using System.Text;
using FastDqn.Core;
using FastDqn.Environments;
using FastDqn.Environments.Atari;
using FastDqn.Learning;
using FastDqn.Replay;
using FastDqn.Tests;
using FastDqn.Training.Configuration;
using FastDqn.Training.Evaluation;

namespace FastDqn.Training.Tests.Own;

/// <summary>
/// What the packages' READMEs promise: a change of it is a change of <c>Own/public-surface.txt</c>, which reviewers
/// see.
/// </summary>
public sealed class PublicSurfaceTests
{
    private static readonly Type[] Promised =
    [
        typeof(AtariCartridge), typeof(AtariConsole), typeof(AtariVector), typeof(EnvironmentContract), typeof(EnvironmentRegistry),
        typeof(ErrorKind), typeof(EvalResult), typeof(Extensions), typeof(FastDqnEnvironmentAttribute), typeof(FastDqnException),
        typeof(FastDqnRuleAttribute), typeof(HeadBuilder), typeof(HeadForward), typeof(HeadLayer), typeof(HeadParameter), typeof(HeadPass),
        typeof(IEnvironment), typeof(IHeadRule), typeof(ILossRule), typeof(IRenderable), typeof(IStateful), typeof(ITargetRule),
        typeof(ITrainControl), typeof(ITrainObserver), typeof(IVectorEnvironment), typeof(NamedEnvironment), typeof(ObservationSpan),
        typeof(ObservationSpec), typeof(RandomStream), typeof(ReplayBatch), typeof(ReplayRing), typeof(ReplayRingOptions),
        typeof(ReplaySampler), typeof(RuleRegistry<>), typeof(RunEnd), typeof(RunTools), typeof(StateReader), typeof(StateWriter),
        typeof(StepOutcome), typeof(StepResult), typeof(TargetInputs), typeof(TrainConfig), typeof(TrainProgress), typeof(TrainResult),
        typeof(Trainer), typeof(UpdateStats),
    ];

    [Fact]
    public void ItIsAsReviewed()
    {
        var actual = string.Join('\n', Promised.OrderBy(type => type.FullName, StringComparer.Ordinal).Select(Describe)) + "\n";
        var written = Path.Combine(AppContext.BaseDirectory, "public-surface.txt");
        File.WriteAllText(written, actual);
        var reviewed = File.ReadAllText(Path.Combine(SourceTree.Root, "tests", "FastDqn.Training.Tests", "Own", "public-surface.txt"));
        Assert.True(
            reviewed == actual, $"the public surface changed: compare {written} with Own/public-surface.txt; copy it if it is meant");
    }

    private static string Describe(Type type)
    {
        const BindingFlags own = BindingFlags.Public | BindingFlags.Instance | BindingFlags.Static | BindingFlags.DeclaredOnly;
        var members = type.GetMembers(own).Where(member => member is not MethodInfo { IsSpecialName: true } && !IsOfRecord(member))
            .Select(member => $"    {member}").Order(StringComparer.Ordinal);
        return new StringBuilder(type.ToString()).Append('\n').AppendJoin('\n', members).ToString();
    }

    /// <summary>What the compiler writes for every record.</summary>
    private static bool IsOfRecord(MemberInfo member) =>
        member.Name is "Equals" or "GetHashCode" or "ToString" or "<Clone>$" or "Deconstruct" or "PrintMembers"
        || member.GetCustomAttribute<System.Runtime.CompilerServices.CompilerGeneratedAttribute>() is not null;
}
