using FastDqn.Core;
using FastDqn.Environments.Atari;
using FastDqn.Tests;

namespace FastDqn.Environments.Tests.Atari;

public sealed class TraceTests
{
    public static TheoryData<string, string> Files()
    {
        var data = new TheoryData<string, string>();
        foreach (var kind in new[] { "ale-traces", "ale-vector-traces" })
        {
            var folder = LocalData.Shared is null ? null : Path.Combine(LocalData.Shared, "data", kind);
            if (folder is null || !Directory.Exists(folder))
                data.Add(kind, "tetris.jsonl");
            else
                foreach (var file in Directory.GetFiles(folder, "*.jsonl").Order(StringComparer.Ordinal))
                    data.Add(kind, Path.GetFileName(file));
        }
        return data;
    }

    [Theory]
    [MemberData(nameof(Files))]
    public void ARecordedTraceIsExact(string kind, string name)
    {
        var file = LocalData.SharedFile("data", kind, name);
        var verdicts = new TraceVerifier(LocalData.Library).Verify(file).ToArray();
        if (verdicts.All(verdict => verdict.Outcome == TraceOutcome.NoRom))
            Assert.Skip(verdicts[0].Detail);
        Assert.All(
            verdicts, verdict => Assert.True(verdict.Outcome == TraceOutcome.Exact, $"{verdict.Game} {verdict.Kind}: {verdict.Detail}"));
    }

    [Fact]
    public void ARecordedTraceOfTheBundledGameVerifiesAndSurvivesItsFile()
    {
        using var cartridge = AtariCartridge.Bundled();
        var plain = new ConsoleTrace { RomMd5 = "", Game = "", Kind = "plain", RandomSeed = 5, Steps = 300 };
        var sticky = plain with { Kind = "sticky", RepeatActionProbability = 0.25f, FrameSkip = 4, Steps = 200 };
        var vector = new VectorTrace
        {
            RomMd5 = "",
            Game = "",
            Kind = "life-loss",
            Seeds = [1, 2],
            NoopMax = 30,
            FireReset = true,
            LifeLossInfo = true,
            RewardClipping = true,
            Steps = 150,
        };
        var file = Path.GetTempFileName();
        try
        {
            File.WriteAllLines(
                file,
                new AtariTrace[] { plain, sticky, vector }.Select(trace => TraceFile.Write(TraceRecorder.Record(trace, cartridge))));
            var verdicts = new TraceVerifier(LocalData.Library).Verify(file).ToArray();
            Assert.Equal(3, verdicts.Length);
            Assert.All(verdicts, verdict => Assert.True(verdict.Outcome == TraceOutcome.Exact, verdict.Detail));
            Assert.Equal([24, 25, 34], verdicts.Select(verdict => verdict.Checkpoints).ToArray());
        }
        finally
        {
            File.Delete(file);
        }
    }

    [Fact]
    public void TheFirstDifferenceIsNamedWithItsStep()
    {
        using var cartridge = AtariCartridge.Bundled();
        var trace = TraceRecorder.Record(
            new ConsoleTrace { RomMd5 = "", Game = "", Kind = "plain", RandomSeed = 5, Steps = 40 }, cartridge);
        var verifier = new TraceVerifier(LocalData.Library);
        TraceVerdict With(int index, Func<TraceCheckpoint, TraceCheckpoint> change)
        {
            var checkpoints = trace.Checkpoints.ToArray();
            checkpoints[index] = change(checkpoints[index]);
            return verifier.Verify(trace with { Checkpoints = checkpoints });
        }

        var ram = With(3, c => c with { Ram = c.Ram ^ 1 });
        Assert.Equal((TraceOutcome.Differs, 3, "ram"), (ram.Outcome, ram.Step, Assert.Single(ram.Differences)));
        var screen = With(7, c => c with { Screen = c.Screen ^ 1, Digest = c.Digest ^ 1 });
        Assert.Equal((7, "screen,digest"), (screen.Step, string.Join(',', screen.Differences)));
        Assert.Equal("lives", Assert.Single(With(0, c => c with { Lives = c.Lives + 1 }).Differences));
        Assert.Equal("reward", Assert.Single(With(20, c => c with { Return = c.Return + 1 }).Differences));
        Assert.Equal("end", Assert.Single(With(20, c => c with { Ends = c.Ends + 1 }).Differences));
        Assert.Equal("digest", Assert.Single(With(20, c => c with { Digest = c.Digest + 1 }).Differences));
        Assert.Equal("steps", Assert.Single(With(20, c => c with { Step = 1000 }).Differences));
    }

    [Theory]
    [InlineData("", "holds no trace")]
    [InlineData("{", "line 1: not a trace")]
    [InlineData("[]", "line 1: not a trace")]
    [InlineData("{\"rom_md5\":\"x\"}", "line 1: not a trace")]
    [InlineData("{\"rom_md5\":1,\"num_envs\":2}", "line 1: not a trace")]
    public void AFileThatIsNoTraceIsRefusedWithItsLine(string text, string message)
    {
        var file = Path.GetTempFileName();
        try
        {
            File.WriteAllText(file, text);
            var error = Assert.Throws<FastDqnException>(() => TraceFile.Read(file));
            Assert.Equal(ErrorKind.BadData, error.Kind);
            Assert.Contains(message, error.Message, StringComparison.Ordinal);
        }
        finally
        {
            File.Delete(file);
        }
    }

    [Fact]
    public void AMissingRomIsAVerdictAndNotAnError()
    {
        var trace = new ConsoleTrace { RomMd5 = new string('0', 32), Game = "nothing", Kind = "plain", RandomSeed = 1, Steps = 1 };
        Assert.Equal(TraceOutcome.NoRom, new TraceVerifier(new RomLibrary([])).Verify(trace).Outcome);
    }
}
