using System.Diagnostics;
using System.Runtime.CompilerServices;
using FastDqn.Core;
using FastDqn.Training.Runs;
using FastDqn.Training.Telemetry;
using OpenTelemetry;
using OpenTelemetry.Metrics;
using OpenTelemetry.Resources;
using OpenTelemetry.Trace;

namespace FastDqn.Cli.Hosting;

/// <summary>
/// Metrics and traces of a process's trainings to an OpenTelemetry collector, where OTEL_EXPORTER_OTLP_ENDPOINT names
/// one. The packages are loaded only then.
/// </summary>
internal static class OpenTelemetryExport
{
    public const string Variable = "OTEL_EXPORTER_OTLP_ENDPOINT";

    /// <summary>Begins; the rest is sent at the end. Null where nobody asked for it.</summary>
    public static IDisposable? Start()
    {
        if (Environment.GetEnvironmentVariable(Variable) is not { Length: > 0 } endpoint)
            return null;
        return Uri.TryCreate(endpoint, UriKind.Absolute, out var address) && address.Scheme is "http" or "https"
            ? Begin()
            : throw new FastDqnException(ErrorKind.Usage, $"{Variable}={endpoint}: is not http://HOST:PORT");
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static Export Begin()
    {
        var resource = ResourceBuilder.CreateDefault().AddService(
            "fastdqn", serviceVersion: RunInfo.ProgramVersion, serviceInstanceId: $"{Environment.MachineName}:{Environment.ProcessId}");
        return new Export(
            Sdk.CreateMeterProviderBuilder().SetResourceBuilder(resource).AddMeter(TrainingMeter.Name).AddOtlpExporter().Build(),
            Sdk.CreateTracerProviderBuilder().SetResourceBuilder(resource).AddSource(TrainingTraces.Name).SetSampler(new RoundSampler())
                .AddOtlpExporter().Build());
    }

    private sealed class Export(MeterProvider meters, TracerProvider traces) : IDisposable
    {
        public void Dispose()
        {
            meters.Dispose();
            traces.Dispose();
        }
    }

    /// <summary>
    /// Of thousands of rounds and updates a second one each is sent, and the updates of a round that is; all else is.
    /// </summary>
    private sealed class RoundSampler : Sampler
    {
        private long _round;
        private long _update;

        public override SamplingResult ShouldSample(in SamplingParameters samplingParameters) => new(samplingParameters.Name switch
        {
            TrainingTraces.Round => IsDue(ref _round),
            TrainingTraces.Update => Activity.Current is { OperationName: TrainingTraces.Round, Recorded: true } || IsDue(ref _update),
            _ => true,
        });

        private static bool IsDue(ref long at)
        {
            var (now, due) = (Stopwatch.GetTimestamp(), Volatile.Read(ref at));
            return now >= due && Interlocked.CompareExchange(ref at, now + Stopwatch.Frequency, due) == due;
        }
    }
}
