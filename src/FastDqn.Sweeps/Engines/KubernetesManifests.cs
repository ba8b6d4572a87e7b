using System.Globalization;
using System.Text;
using System.Text.Json;
using System.Text.RegularExpressions;
using FastDqn.Core;
using FastDqn.Sweeps.StudyFile;

namespace FastDqn.Sweeps.Engines;

/// <summary>
/// A study as a Kubernetes Indexed Job: each pod is a worker (<c>fastdqn sweep resume --join</c>) on the shared
/// PostgreSQL, so every sampler works and a pod that dies is found by its missing heartbeat. The address of the
/// database is in a Secret (<c>NAME-storage</c>, key <c>url</c>), the study folder on a persistent volume.
/// </summary>
public static partial class KubernetesManifests
{
    /// <summary>Where the study folders are inside the pods.</summary>
    public const string Mount = "/studies";

    /// <summary>The Job, and the Secret with the database's address, as one YAML text.</summary>
    /// <exception cref="FastDqnException"><see cref="ErrorKind.Usage"/>: no image, or a value that Kubernetes
    /// refuses.</exception>
    public static string Write(StudySpec spec, string storage)
    {
        var options = spec.Kubernetes;
        if (options.Image.Length == 0)
            throw new FastDqnException(ErrorKind.Usage, "kubernetes needs 'image:' in the study file's 'kubernetes' section");
        if (!storage.StartsWith("postgres", StringComparison.Ordinal))
            throw new FastDqnException(
                ErrorKind.Usage, "kubernetes needs --storage postgres://...: pods on several nodes cannot share an SQLite file");
        foreach (var (key, value, pattern) in new[]
        {
            ("namespace", options.Namespace, DnsLabel()),
            ("cores", options.Cores, Quantity()),
            ("memory", options.Memory, Quantity()),
        })
            if (!pattern.IsMatch(value))
                throw new FastDqnException(ErrorKind.Usage, $"kubernetes.{key}: Kubernetes does not take '{value}'");
        var name = ResourceName(spec.Name);
        var folder = Quoted($"{Mount}/{spec.Name}");
        var text = new StringBuilder();
        text.Append(CultureInfo.InvariantCulture, $"""
            apiVersion: v1
            kind: Secret
            metadata:
              name: {name}-storage
              namespace: {options.Namespace}
            type: Opaque
            stringData:
              url: {Quoted(storage)}
            ---
            apiVersion: batch/v1
            kind: Job
            metadata:
              name: {name}
              namespace: {options.Namespace}
              labels:
                app.kubernetes.io/name: fastdqn
                app.kubernetes.io/component: sweep
            spec:
              completionMode: Indexed
              completions: {options.Parallel}
              parallelism: {options.Parallel}
              backoffLimitPerIndex: {spec.Retries}
              template:
                metadata:
                  labels:
                    app.kubernetes.io/name: fastdqn
                    app.kubernetes.io/component: sweep
                spec:
                  restartPolicy: Never
                  terminationGracePeriodSeconds: {options.GraceSeconds}
                  containers:
                    - name: worker
                      image: {Quoted(options.Image)}
                      command: ["fastdqn", "sweep", "resume", {Quoted(spec.Name)}, "--folder", {folder}, "--parallel", "1", "--join"]
                      env:
                        - name: FASTDQN_STORAGE
                          valueFrom:
                            secretKeyRef:
                              name: {name}-storage
                              key: url
                      resources:
                        requests:
                          cpu: {Quoted(options.Cores)}
                          memory: {Quoted(options.Memory)}
                        limits:
                          memory: {Quoted(options.Memory)}

            """);
        if (options.Gpus > 0)
            text.Append(
                CultureInfo.InvariantCulture,
                $"              nvidia.com/gpu: {Quoted(options.Gpus.ToString(CultureInfo.InvariantCulture))}\n");
        if (options.Claim.Length > 0)
            text.Append(CultureInfo.InvariantCulture, $"""
                          volumeMounts:
                            - name: studies
                              mountPath: {Mount}
                      volumes:
                        - name: studies
                          persistentVolumeClaim:
                            claimName: {Quoted(options.Claim)}

                """);
        return text.ToString();
    }

    /// <summary>
    /// A study's name as Kubernetes takes it: lower case letters, digits and '-', at most 50 of them.
    /// </summary>
    public static string ResourceName(string study)
    {
        var plain = string.Concat(study.ToLowerInvariant().Select(c => char.IsAsciiLetterOrDigit(c) ? c : '-'));
        return "fastdqn-" + plain[..Math.Min(plain.Length, 42)].Trim('-');
    }

    // JSON strings are YAML strings.
    private static string Quoted(string text) => JsonSerializer.Serialize(text);

    [GeneratedRegex(@"^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$")]
    private static partial Regex DnsLabel();

    [GeneratedRegex(@"^[0-9]+(\.[0-9]+)?(m|k|M|G|T|Ki|Mi|Gi|Ti)?$")]
    private static partial Regex Quantity();
}
