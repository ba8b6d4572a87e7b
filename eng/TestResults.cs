// Adds up JUnit files of ctest and xUnit: dotnet run TestResults.cs -- FOLDER [RUNNER=EXIT-CODE ...]
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
    // ctest's file has the name of its part, and a case "PART/Suite.Case"; xUnit's names the assembly.
    var name = Path.GetFileNameWithoutExtension(file);
    using var reader = XmlReader.Create(file, new XmlReaderSettings { CheckCharacters = false });
    foreach (var suite in XDocument.Load(reader).Descendants("testsuite"))
    {
        var assembly = Path.GetFileNameWithoutExtension((string?)suite.Attribute("name") ?? "");
        foreach (var test in suite.Elements("testcase"))
        {
            var title = (string)test.Attribute("name")!;
            var isNative = title.Contains('/') && (string?)test.Attribute("classname") == title;
            var (runner, part) = isNative ? (name, $"{name}/{title[..title.IndexOf('/')]}") : ("", assembly);
            var output = (string?)test.Element("system-out") ?? "";
            if (test.Element("skipped") is { } skipped)
                yield return new(runner, part, title, Outcome.Skipped, isNative ? SkipReason(output) : Said(skipped).Trim());
            else if ((test.Element("failure") ?? test.Element("error")) is { } failure)
                yield return new(runner, part, title, Outcome.Failed, $"{Said(failure)}\n{(isNative ? output : failure.Value).Trim()}");
            else
                yield return new(runner, part, title, Outcome.Passed, "");
        }
    }
}

static string Said(XElement result) => (string?)result.Attribute("message") ?? result.Value;

// GoogleTest prints "FILE:LINE: Skipped" and the reason below it.
static string SkipReason(string output) => Regex.Match(output, @": Skipped\n(.*)").Groups[1].Value.Trim();

internal enum Outcome { Passed, Failed, Skipped }

internal sealed record Result(string Runner, string Part, string Name, Outcome Outcome, string Message);
