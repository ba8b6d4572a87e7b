using FastDqn.Sweeps.StudyFile;

namespace FastDqn.Sweeps.Reports;

/// <summary>
/// Trials under several objectives: who is beaten by nobody, and an order for samplers that want one number.
/// </summary>
public static class Pareto
{
    /// <summary>
    /// The front that each point lies on: 0 for those that no other beats in one objective without being worse in
    /// another, 1 for those that only they do, and so on (the fast sort of Deb et al. 2002, NSGA-II).
    /// </summary>
    /// <param name="points">Losses, an objective each.</param>
    public static IReadOnlyList<int> Fronts(IReadOnlyList<IReadOnlyList<double>> points)
    {
        ArgumentNullException.ThrowIfNull(points);
        var fronts = new int[points.Count];
        Array.Fill(fronts, -1);
        for (var (front, left) = (0, points.Count); left > 0; front++)
        {
            var those = Enumerable.Range(0, points.Count).Where(i => fronts[i] < 0)
                .Where(i => !Enumerable.Range(0, points.Count).Any(j => fronts[j] < 0 && Dominates(points[j], points[i]))).ToList();
            foreach (var i in those)
                fronts[i] = front;
            left -= those.Count;
        }

        return fronts;
    }

    /// <summary>
    /// One loss for each point: the number of its front, and within a front less the farther its neighbours are
    /// (crowding distance), so that the ends and the gaps of a front come first.
    /// </summary>
    public static IReadOnlyList<double> Losses(IReadOnlyList<IReadOnlyList<double>> points)
    {
        var fronts = Fronts(points);
        var crowding = new double[points.Count];
        foreach (var front in Enumerable.Range(0, points.Count).GroupBy(i => fronts[i]))
        {
            for (var objective = 0; objective < points[0].Count; objective++)
            {
                var order = front.OrderBy(i => points[i][objective]).ThenBy(i => i).ToList();
                var width = points[order[^1]][objective] - points[order[0]][objective];
                crowding[order[0]] = crowding[order[^1]] = double.PositiveInfinity;
                for (var k = 1; k < order.Count - 1 && width > 0; k++)
                    crowding[order[k]] += (points[order[k + 1]][objective] - points[order[k - 1]][objective]) / width;
            }
        }

        return [.. fronts.Select((front, i) => front + (0.5 / (1 + crowding[i])))];
    }

    private static bool Dominates(IReadOnlyList<double> a, IReadOnlyList<double> b) =>
        a.Zip(b).All(p => p.First <= p.Second) && a.Zip(b).Any(p => p.First < p.Second);
}
