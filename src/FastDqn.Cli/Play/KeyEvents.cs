using System.Globalization;

namespace FastDqn.Cli.Play;

/// <summary>Keys that have no character.</summary>
internal static class Keys
{
    public const int Up = 0x10001;
    public const int Down = 0x10002;
    public const int Right = 0x10003;
    public const int Left = 0x10004;
    public const int Interrupt = 0x03;
}

internal enum KeyAction
{
    Press,
    Repeat,
    Release,
}

/// <summary>One key event; <paramref name="Key"/> is a lower-case character or one of <see cref="Keys"/>.</summary>
internal readonly record struct KeyEvent(int Key, KeyAction Action);

/// <summary>
/// Turns the bytes of a terminal into key events. Plain terminals send presses only; those that speak the kitty
/// keyboard protocol also send releases, which sets <see cref="SendsReleases"/>. Bytes may arrive in any pieces.
/// </summary>
internal sealed class KeyParser
{
    /// <summary>Asks for press, repeat and release events of all keys; other terminals ignore it.</summary>
    public const string Enable = "\e[>11u\e[?u";

    /// <summary>Undoes <see cref="Enable"/>.</summary>
    public const string Disable = "\e[<u";

    private const int MaxSequence = 32;
    private readonly List<byte> _sequence = [];

    /// <summary>The terminal has answered that it reports releases.</summary>
    public bool SendsReleases { get; private set; }

    public void Add(ReadOnlySpan<byte> bytes, Action<KeyEvent> emit)
    {
        foreach (var b in bytes)
            Add(b, emit);
    }

    private void Add(byte b, Action<KeyEvent> emit)
    {
        if (b == 0x1B)
        {
            _sequence.Clear();
            _sequence.Add(b);
        }
        else if (_sequence.Count == 0)
        {
            Plain(b, emit);
        }
        else if (_sequence.Count == 1 && b is not ((byte)'[' or (byte)'O'))
        {
            // Escape followed by a key: alt and that key, or an escape that was a key of its own.
            _sequence.Clear();
            Plain(b, emit);
        }
        else
        {
            _sequence.Add(b);
            if (_sequence.Count > 2 && b is >= 0x40 and <= 0x7E)
            {
                Sequence((char)b, System.Text.Encoding.ASCII.GetString([.. _sequence.Skip(2).SkipLast(1)]), emit);
                _sequence.Clear();
            }
            else if (_sequence.Count > MaxSequence)
            {
                _sequence.Clear();
            }
        }
    }

    private static void Plain(byte b, Action<KeyEvent> emit)
    {
        if (b is Keys.Interrupt or (byte)'\r' or (byte)'\t' or >= 0x20 and < 0x7F)
            emit(new KeyEvent(char.ToLowerInvariant((char)b), KeyAction.Press));
    }

    private void Sequence(char final, string body, Action<KeyEvent> emit)
    {
        if (final == 'u' && body.StartsWith('?'))
        {
            SendsReleases = int.TryParse(body[1..], CultureInfo.InvariantCulture, out var flags) && (flags & 2) != 0;
            return;
        }

        // CSI key ; modifiers : event u, and CSI 1 ; modifiers : event A for the arrows.
        var fields = body.Split(';');
        var action = fields.Length > 1 && fields[1].Split(':') is [_, var kind, ..]
            ? kind switch { "3" => KeyAction.Release, "2" => KeyAction.Repeat, _ => KeyAction.Press }
            : KeyAction.Press;
        var control = fields.Length > 1
            && int.TryParse(fields[1].Split(':')[0], CultureInfo.InvariantCulture, out var modifiers)
            && ((modifiers - 1) & 4) != 0;
        var key = final switch
        {
            'A' => Keys.Up,
            'B' => Keys.Down,
            'C' => Keys.Right,
            'D' => Keys.Left,
            'u' when int.TryParse(fields[0].Split(':')[0], CultureInfo.InvariantCulture, out var code) =>
                code is >= 0 and < 128 ? char.ToLowerInvariant((char)code) : code,
            _ => 0,
        };
        if (control && key == 'c')
            key = Keys.Interrupt;
        if (key != 0)
            emit(new KeyEvent(key, action));
    }
}
