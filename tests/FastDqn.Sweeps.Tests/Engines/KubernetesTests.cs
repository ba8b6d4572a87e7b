using FastDqn.Core;
using FastDqn.Sweeps.Engines;
using FastDqn.Sweeps.StudyFile;
using FastDqn.Sweeps.Tests.Support;

namespace FastDqn.Sweeps.Tests.Engines;

public sealed class KubernetesTests
{
    private const string Storage = "postgres://me:pass@db:5432/studies";

    private const string Whole =
        "{image: 'registry/fastdqn:1', parallel: 6, claim: studies, cores: 500m, memory: 8Gi, gpus: 1, grace: 90}";

    private static StudySpec Spec(string kubernetes) =>
        StudyFileReader.Read(FakeTrainer.StudyText("/bin/true", retries: 3, more: $"kubernetes: {kubernetes}"), "My_Study.yaml");

    [Fact]
    public void TheManifestsAreValidAgainstTheApisSchema()
    {
        var text = KubernetesManifests.Write(Spec(Whole), Storage);
        Assert.Empty(KubernetesSchema.Check(text));
        Assert.Empty(KubernetesSchema.Check(KubernetesManifests.Write(Spec("{image: x}"), Storage)));
        string[] lines =
        [
            "completionMode: Indexed", "completions: 6", "parallelism: 6", "backoffLimitPerIndex: 3",
            "terminationGracePeriodSeconds: 90", "nvidia.com/gpu: \"1\"", "claimName: \"studies\"",
        ];
        foreach (var line in lines)
            Assert.Contains(line, text, StringComparison.Ordinal);
        Assert.Contains(
            """["fastdqn", "sweep", "resume", "test-study", "--folder", "/studies/test-study", "--parallel", "1", "--join"]""",
            text,
            StringComparison.Ordinal);
        // The password is in the Secret alone.
        Assert.DoesNotContain("pass", text.Split("---\n")[1], StringComparison.Ordinal);
    }

    [Fact]
    public void TheManifestsPassTheValidatorsMadeFromKubernetesOwnApiDescription()
    {
        var validate = KubernetesModels.Require();
        Assert.Equal("", validate(KubernetesManifests.Write(Spec(Whole), Storage)));
        var text = KubernetesManifests.Write(Spec("{image: x, parallel: 6}"), Storage);
        Assert.Equal("", validate(text));
        Assert.Contains(
            "completions must be integer",
            validate(text.Replace("completions: 6", "completions: six", StringComparison.Ordinal)),
            StringComparison.Ordinal);
        Assert.Contains(
            "containers",
            validate(text.Replace("containers:", "container:", StringComparison.Ordinal)),
            StringComparison.Ordinal);
        Assert.Contains(
            "type must be string",
            validate(text.Replace("type: Opaque", "type: 7", StringComparison.Ordinal)),
            StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("parallelism: 6", "paralelism: 6", "unknown field")]
    [InlineData("completions: 6", "completions: \"6\"", "is not int")]
    [InlineData("nvidia.com/gpu: \"1\"", "nvidia.com/gpu: one", "is not quantity")]
    [InlineData("restartPolicy: Never", "restartPolicy: Always", "is not =Never|OnFailure")]
    [InlineData("          image: \"x\"\n", "", "image: missing")]
    public void TheCheckItselfFindsMistakes(string right, string wrong, string error)
    {
        var text = KubernetesManifests.Write(Spec("{image: x, parallel: 6, gpus: 1}"), Storage);
        Assert.Contains(right.Trim(), text, StringComparison.Ordinal);
        var changed = text
            .Replace(right, wrong, StringComparison.Ordinal)
            .Replace(right.Trim(), wrong.Trim(), StringComparison.Ordinal);
        Assert.Contains(KubernetesSchema.Check(changed), e => e.Contains(error, StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("{image: x}", "study.db", "postgres")]
    [InlineData("{parallel: 2}", Storage, "image")]
    [InlineData("{image: x, memory: lots}", Storage, "kubernetes.memory")]
    [InlineData("{image: x, namespace: A_B}", Storage, "kubernetes.namespace")]
    public void WhatKubernetesWouldRefuseIsRefusedHere(string section, string storage, string what)
    {
        var e = Assert.Throws<FastDqnException>(() => KubernetesManifests.Write(Spec(section), storage));
        Assert.Equal(ErrorKind.Usage, e.Kind);
        Assert.Contains(what, e.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("My_Study.v2", "fastdqn-my-study-v2")]
    [InlineData("x-", "fastdqn-x")]
    public void NamesBecomeDnsLabels(string study, string name) => Assert.Equal(name, KubernetesManifests.ResourceName(study));
}
