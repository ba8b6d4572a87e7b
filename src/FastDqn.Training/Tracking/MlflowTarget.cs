using System.Web;
using FastDqn.Core;

namespace FastDqn.Training.Tracking;

/// <summary>
/// An MLflow server, and the experiment there that a run belongs to: <c>mlflow:http://HOST:5000?experiment=NAME</c>.
/// </summary>
/// <param name="Server">The server's address, without a slash at its end.</param>
/// <param name="Experiment">The experiment's name; it is made where it is missing.</param>
public sealed record MlflowTarget(string Server, string Experiment)
{
    private const string Scheme = "mlflow:";
    private const string DefaultExperiment = "FastDqn";

    /// <exception cref="FastDqnException"><see cref="ErrorKind.Usage"/>: it names no server.</exception>
    public static MlflowTarget Parse(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        if (!text.StartsWith(Scheme, StringComparison.Ordinal)
            || !Uri.TryCreate(text[Scheme.Length..], UriKind.Absolute, out var address) || address.Scheme is not ("http" or "https"))
            throw Wrong(text, $"is not {Scheme}http://HOST:PORT (MLflow is the tracker that is known)");
        if (address.UserInfo.Length > 0)
        {
            throw Wrong(
                $"{Scheme}{address.Scheme}://...@{address.Authority}",
                "holds a password, which would be written into the run: set MLFLOW_TRACKING_USERNAME and MLFLOW_TRACKING_PASSWORD");
        }

        var query = HttpUtility.ParseQueryString(address.Query);
        if (query.AllKeys.FirstOrDefault(key => key != "experiment") is { } unknown)
            throw Wrong(text, $"'{unknown}' is not known (there is experiment=NAME)");
        var experiment = query["experiment"] is { Length: > 0 } name ? name : DefaultExperiment;
        return new MlflowTarget(address.GetLeftPart(UriPartial.Path).TrimEnd('/'), experiment);
    }

    private static FastDqnException Wrong(string text, string why) => new(ErrorKind.Usage, $"log.track: '{text}' {why}");
}
