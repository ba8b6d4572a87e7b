using System.CommandLine;
using FastDqn.Cli.Verbs;

namespace FastDqn.Cli;

/// <summary>The verbs in the order that <c>--help</c> shows them.</summary>
internal static class VerbList
{
    public static IEnumerable<Command> Create() =>
    [
        TrainVerb.Create(),
        ResumeVerb.Create(),
        RunsVerb.Create(),
        EvalVerb.Create(),
        SummaryVerb.Create(),
        WeightsVerb.Create(),
        EnvsVerb.Create(),
        DoctorVerb.Create(),
        VerifyTracesVerb.Create(),
        RecordTraceVerb.Create(),
        RomsVerb.Create(),
        BatchVerb.Create(),
        BenchmarkVerb.Create(),
        AggregateVerb.Create(),
        ShowVerb.Create(),
        PlayVerb.Create(),
        WatchVerb.Create(),
        TeamVerb.Create(),
        PlotVerb.Create(),
        ReportVerb.Create(),
        ServeVerb.Create(),
        ExportVerb.Create(),
        MdpVerb.Create(),
        SweepVerb.Create(),
        AskVerb.Create(),
        TellVerb.Create(),
        CompletionsVerb.Create(),
    ];
}
