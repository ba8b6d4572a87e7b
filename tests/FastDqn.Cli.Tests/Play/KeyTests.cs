using System.Text;
using FastDqn.Cli.Play;

namespace FastDqn.Cli.Tests.Play;

public sealed class KeyTests
{
    private static readonly string[] Paddle = ["NOOP", "FIRE", "RIGHT", "LEFT"];
    private static readonly string[] Grid = ["up", "down", "left", "right"];
    private static readonly string[] All =
    [
        "NOOP", "FIRE", "UP", "RIGHT", "LEFT", "DOWN", "UPRIGHT", "UPLEFT", "DOWNRIGHT", "DOWNLEFT",
        "UPFIRE", "RIGHTFIRE", "LEFTFIRE", "DOWNFIRE", "UPRIGHTFIRE", "UPLEFTFIRE", "DOWNRIGHTFIRE", "DOWNLEFTFIRE",
    ];

    [Theory]
    [InlineData("a", 'a', 0)]
    [InlineData("A", 'a', 0)]
    [InlineData("\e[C", Keys.Right, 0)]
    [InlineData("\eOA", Keys.Up, 0)]
    [InlineData("\e[1;1:3D", Keys.Left, 2)]
    [InlineData("\e[1;1:2B", Keys.Down, 1)]
    [InlineData("\e[97;1:3u", 'a', 2)]
    [InlineData("\e[97u", 'a', 0)]
    [InlineData("\e[99;5u", Keys.Interrupt, 0)]
    [InlineData("\x03", Keys.Interrupt, 0)]
    [InlineData("\ex", 'x', 0)]
    public void BytesBecomeKeysInWhateverPiecesTheyCome(string bytes, int key, int action)
    {
        foreach (var pieces in new[] { 1, bytes.Length })
        {
            var parser = new KeyParser();
            List<KeyEvent> events = [];
            foreach (var piece in Encoding.ASCII.GetBytes(bytes).Chunk(pieces))
                parser.Add(piece, events.Add);
            Assert.Equal([new KeyEvent(key, (KeyAction)action)], events);
        }
    }

    [Fact]
    public void ATerminalThatAnswersReportsReleases()
    {
        var parser = new KeyParser();
        parser.Add("\e[?11u"u8, _ => Assert.Fail("an answer is no key"));
        Assert.True(parser.SendsReleases);
    }

    [Fact]
    public void EveryTapShowsInAStepOfItsOwnWhenNoActionJoinsThem()
    {
        var held = new HeldKeys(new ActionKeys(Paddle), 9);
        foreach (var key in new[] { Keys.Left, Keys.Right, ' ', Keys.Left, Keys.Left })
            held.Add(new KeyEvent(key, KeyAction.Press));
        Assert.Equal([3, 2, 1, 3, 3], Enumerable.Range(0, 5).Select(_ => held.Next()));
    }

    [Fact]
    public void ATapReleasedWithinAStepStillLastsThatStep()
    {
        var held = new HeldKeys(new ActionKeys(Paddle), 9) { Releases = true };
        held.Add(new KeyEvent(Keys.Left, KeyAction.Press));
        held.Add(new KeyEvent(Keys.Left, KeyAction.Release));
        Assert.Equal([3, 0, 0], Enumerable.Range(0, 3).Select(_ => held.Next()));
    }

    [Fact]
    public void AHeldKeyLastsUntilItsReleaseAndGivesWayToATapForOneStep()
    {
        var held = new HeldKeys(new ActionKeys(Paddle), 1) { Releases = true };
        held.Add(new KeyEvent(Keys.Right, KeyAction.Press));
        Assert.Equal([2, 2], [held.Next(), held.Next()]);
        held.Add(new KeyEvent(' ', KeyAction.Press));
        held.Add(new KeyEvent(' ', KeyAction.Release));
        Assert.Equal([1, 2, 2], [held.Next(), held.Next(), held.Next()]);
        held.Add(new KeyEvent(Keys.Right, KeyAction.Release));
        Assert.Equal(0, held.Next());
    }

    [Fact]
    public void WithoutReleasesAPressHoldsForAWhileAndRepeatsProlongIt()
    {
        var held = new HeldKeys(new ActionKeys(Paddle), 3);
        held.Add(new KeyEvent(Keys.Left, KeyAction.Press));
        Assert.Equal([3, 3], [held.Next(), held.Next()]);
        held.Add(new KeyEvent(Keys.Left, KeyAction.Repeat));
        Assert.Equal([3, 3, 3, 0], [held.Next(), held.Next(), held.Next(), held.Next()]);
    }

    [Theory]
    [InlineData(new[] { Keys.Up, Keys.Left, (int)' ' }, "UPLEFTFIRE")]
    [InlineData(new[] { (int)'s', (int)'d' }, "DOWNRIGHT")]
    [InlineData(new[] { (int)' ' }, "FIRE")]
    [InlineData(new int[0], "NOOP")]
    public void KeysTogetherAreTheJointAction(int[] keys, string action) => Assert.Equal(action, All[new ActionKeys(All).Choose(keys)]);

    [Fact]
    public void AGridTakesEachPressAsAStep()
    {
        var held = new HeldKeys(new ActionKeys(Grid), 0);
        held.Add(new KeyEvent(Keys.Up, KeyAction.Press));
        held.Add(new KeyEvent(Keys.Right, KeyAction.Press));
        Assert.Equal([0, 3], [held.Next(), held.Next()]);
        Assert.Equal(ActionKeys.None, held.Next());
    }

    [Fact]
    public void ActionsWithoutDirectionsTakeTheDigits()
    {
        var keys = new ActionKeys(["buy", "hold", "sell"]);
        Assert.Equal(2, keys.Choose(['3']));
        Assert.False(keys.IsActionKey('4'));
        Assert.Contains("3 sell", keys.Help, StringComparison.Ordinal);
    }
}
