using System.Text;

namespace FastDqn.Cli.Play;

/// <summary>
/// The immediate rewards of the last steps as a line of bars: green above nothing, red for losses, the newest at the
/// right.
/// </summary>
internal sealed class RewardStrip(int columns)
{
    private const string Bars = "▁▂▃▄▅▆▇█";
    private readonly double[] _rewards = new double[columns];
    private int _next;

    public void Add(double reward)
    {
        _rewards[_next] = reward;
        _next = (_next + 1) % columns;
    }

    /// <summary>The strip with its colours; as many cells as it has columns.</summary>
    public string Render()
    {
        var largest = Math.Max(1e-9, _rewards.Max(Math.Abs));
        var text = new StringBuilder();
        var colour = 0;
        for (var i = 0; i < columns; i++)
        {
            var reward = _rewards[(_next + i) % columns];
            var wanted = reward > 0 ? 32 : reward < 0 ? 31 : 90;
            if (wanted != colour)
                text.Append(System.Globalization.CultureInfo.InvariantCulture, $"\e[{colour = wanted}m");
            text.Append(reward == 0 ? '·' : Bars[(int)Math.Round(Math.Abs(reward) / largest * (Bars.Length - 1))]);
        }

        return text.Append("\e[0m").ToString();
    }
}
