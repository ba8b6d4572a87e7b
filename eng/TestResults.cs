// Adds up the reports of ctest (JUnit) and xUnit (its own format: its JUnit breaks off where a message has a control
// character): dotnet run TestResults.cs -- FOLDER [RUNNER=EXIT-CODE ...]
// Prints a line per part, the failures with their messages, why tests were skipped, and at last
// "N passed, N failed, N skipped". The runners named did not end well: one in whose part no test failed is a failure.
#:property PublishAot=false
using System.Text.RegularExpressions;
using System.Xml;
using System.Xml.Linq;

var results = Directory.EnumerateFiles(args[0], "*.xml").SelectMany(Read).ToList();
foreach (var part in results.GroupBy(r => r.Part).OrderBy(p => p.Key, StringComparer.Ordinal))
{
    var (good, bad, left) = (Count(part, Outcome.Passed), Count(part, Outcome.Failed), Count(part, Outcome.Skipped));
    Console.WriteLine($"  {part.Key,-40} {good,5} passed {bad,3} failed {left,3} skipped");
    var reasons = part.Where(r => r.Outcome == Outcome.Skipped).GroupBy(r => r.Message);
    foreach (var reason in reasons.OrderBy(r => r.Key, StringComparer.Ordinal))
        Console.WriteLine($"      skipped: {reason.Count(),5} {reason.Key}");
}

foreach (var failure in results.Where(r => r.Outcome == Outcome.Failed))
    Console.WriteLine($"FAILED {failure.Part}: {failure.Name}\n    {failure.Message.ReplaceLineEndings("\n    ")}");

var failed = Count(results, Outcome.Failed);
foreach (var runner in args[1..].Select(a => a.Split('=')))
{
    if (results.Any(r => r.Outcome == Outcome.Failed && (r.Runner == runner[0] || r.Runner.Length == 0)))
        continue;
    failed++;
    var log = Path.Combine(args[0], runner[0] + ".log");
    var why = runner[1] is "124" or "137" ? "took too long" : $"ended with {runner[1]}";
    Console.WriteLine($"FAILED {runner[0]}: its tests' runner {why}; the whole log: {log}");
    foreach (var line in File.ReadLines(log).TakeLast(40))
        Console.WriteLine($"    {line}");
}

var passed = Count(results, Outcome.Passed);
Console.WriteLine($"{passed} passed, {failed} failed, {Count(results, Outcome.Skipped)} skipped");
return failed == 0 && passed > 0 ? 0 : 1;

static int Count(IEnumerable<Result> results, Outcome outcome) => results.Count(r => r.Outcome == outcome);

static IEnumerable<Result> Read(string file)
{
    XDocument report;
    try
    {
        using var reader = XmlReader.Create(file, new XmlReaderSettings { CheckCharacters = false });
        report = XDocument.Load(reader);
    }
    catch (XmlException e)
    {
        return [new("", Path.GetFileName(file), "the report cannot be read", Outcome.Failed, e.Message)];
    }

    return report.Root!.Name == "assemblies" ? report.Root.Elements("assembly").SelectMany(OfXunit) : OfCtest(file, report);
}

// An error is what a fixture threw when it was set up or taken down: it belongs to no test.
static IEnumerable<Result> OfXunit(XElement assembly)
{
    var part = Path.GetFileNameWithoutExtension((string)assembly.Attribute("name")!);
    foreach (var test in assembly.Descendants("test").Concat(assembly.Descendants("error")))
    {
        var outcome = (string?)test.Attribute("result") switch
        {
            "Pass" => Outcome.Passed,
            "Skip" or "NotRun" => Outcome.Skipped,
            _ => Outcome.Failed,
        };
        var failure = test.Element("failure");
        var message = failure is not null ? $"{(string?)failure.Element("message")}\n{(string?)failure.Element("stack-trace")}"
            : (string?)test.Element("reason") ?? "runs on request only";
        yield return new("", part, Plain((string?)test.Attribute("name") ?? ""), outcome, Plain(message.Trim()));
    }
}

// xUnit writes quotes and backslashes as C# does.
static string Plain(string text) => text.Replace(@"\\", @"\").Replace("\\\"", "\"");

// The file has the name of the runner, and a case "PART/Suite.Case". GoogleTest prints "FILE:LINE: Skipped" and the
// reason below it.
static IEnumerable<Result> OfCtest(string file, XDocument report)
{
    var runner = Path.GetFileNameWithoutExtension(file);
    foreach (var test in report.Descendants("testcase"))
    {
        var title = (string)test.Attribute("name")!;
        var output = (string?)test.Element("system-out") ?? "";
        var failure = test.Element("failure") ?? test.Element("error");
        var (outcome, message) = failure is not null ? (Outcome.Failed, $"{(string?)failure.Attribute("message")}\n{output}")
            : test.Element("skipped") is null ? (Outcome.Passed, "")
            : (Outcome.Skipped, Regex.Match(output, @": Skipped\n(.*)").Groups[1].Value);
        yield return new(runner, $"{runner}/{title.Split('/')[0]}", title, outcome, message.Trim());
    }
}

internal enum Outcome { Passed, Failed, Skipped }

internal sealed record Result(string Runner, string Part, string Name, Outcome Outcome, string Message);
