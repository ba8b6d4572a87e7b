using FastDqn.Core;

namespace FastDqn.Bench;

/// <summary>Pictures like a game's: bands, a wall of bricks, and small things that move from frame to frame.</summary>
internal static class GamePictures
{
    /// <summary>(count, rows, columns) bytes, each frame the next moment of one scene.</summary>
    public static byte[] Frames(RandomStream random, int count, int rows, int columns)
    {
        var scene = new byte[rows * columns];
        for (var band = 0; band < 6; band++)
            scene.AsSpan(random.NextInt32(rows / 2) * columns, columns * (rows / 20)).Fill((byte)random.NextInt32(256));
        for (var brick = 0; brick < 40; brick++)
        {
            Box(
                scene, columns, rows / 4 + (brick / 10 * rows / 40), brick % 10 * columns / 10,
                rows / 50, (columns / 10) - 1, (byte)random.NextInt32(256));
        }

        var things = Enumerable.Range(0, 6).Select(_ => (
            Y: random.NextInt32(rows), X: random.NextInt32(columns), Dy: random.NextInt32(5) - 2, Dx: random.NextInt32(5) - 2,
            Value: (byte)random.NextInt32(256))).ToArray();
        var frames = new byte[(long)count * scene.Length];
        for (var i = 0; i < count; i++)
        {
            var frame = frames.AsSpan(i * scene.Length, scene.Length);
            scene.CopyTo(frame);
            foreach (var (y, x, dy, dx, value) in things)
            {
                Box(
                    frame, columns, Wrap(y + (i * dy), rows - (rows / 20)), Wrap(x + (i * dx), columns - (columns / 20)),
                    rows / 25, columns / 20, value);
            }
        }

        return frames;
    }

    private static int Wrap(int value, int size) => ((value % size) + size) % size;

    private static void Box(Span<byte> picture, int columns, int top, int left, int height, int width, byte value)
    {
        for (var y = top; y < top + height; y++)
            picture.Slice((y * columns) + left, width).Fill(value);
    }
}
