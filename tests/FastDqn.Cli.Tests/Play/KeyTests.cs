using System.Text;
using FastDqn.Cli.Play;
using FastDqn.Core;
using FastDqn.Tests;

namespace FastDqn.Cli.Tests.Play;

public sealed class KeyTests
{
    private static readonly string[] Paddle = ["NOOP", "FIRE", "RIGHT", "LEFT"];
    private static readonly string[] Invaders = ["NOOP", "FIRE", "RIGHT", "LEFT", "RIGHTFIRE", "LEFTFIRE"];
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

    [Theory]
    [InlineData(new[] { (int)'s' }, "LEFTFIRE")]
    [InlineData(new[] { (int)'d' }, "RIGHTFIRE")]
    [InlineData(new[] { Keys.Left, ' ' }, "LEFTFIRE")]
    [InlineData(new[] { Keys.Right }, "RIGHT")]
    public void WhereThereAreTwoDirectionsALetterMovesAndFires(int[] keys, string action)
    {
        var known = new ActionKeys(Invaders);
        Assert.Equal(action, Invaders[known.Choose(keys)]);
        Assert.False(known.IsActionKey('a'));
        Assert.Equal("left/right move, space fires, s/d move and fire", known.Help);
    }

    [Fact]
    public void APlayersOwnKeysTakeThePlaceOfTheUsualOnes()
    {
        using var folder = new TempFolder();
        var map = KeyMapFile.Read(folder.Write("keys.yaml", "J: left\nk: RIGHTFIRE\nspace: FIRE\nx: NOOP\n"), Invaders);
        var keys = new ActionKeys(Invaders, map);
        Assert.Equal([3, 4, 5, 0], [keys.Choose(['j']), keys.Choose(['k']), keys.Choose(['j', ' ']), keys.Choose(['x'])]);
        Assert.True(keys.IsActionKey('x'));
        Assert.False(keys.IsActionKey(Keys.Left));
        Assert.Equal("j LEFT  k RIGHTFIRE  space FIRE  x NOOP", keys.Help);

        // Actions that are no directions: each key is one.
        var trade = new ActionKeys(["buy", "sell"], KeyMapFile.Read(folder.Write("trade.yaml", "up: sell\nb: buy\n"), ["buy", "sell"]));
        Assert.Equal([1, 0], [trade.Choose([Keys.Up]), trade.Choose(['b'])]);
        Assert.False(trade.IsActionKey('1'));
    }

    [Theory]
    [InlineData("s: LEFTFRIE", ":1:4: 'LEFTFRIE' is no action; did you mean 'LEFTFIRE'?")]
    [InlineData("space: FIRE\nspcae: LEFT", ":2:1: 'spcae' is no key; did you mean 'space'?")]
    [InlineData("q: LEFT", ":1:1: 'q' is the program's own key")]
    [InlineData("s: LEFT\nS: RIGHT", ":2:1: the key 'S' is given twice")]
    [InlineData("- s", "must be a mapping")]
    [InlineData("", "empty")]
    public void WhatIsWrongInAMapOfKeysIsSaidWithItsPlace(string text, string expected)
    {
        using var folder = new TempFolder();
        var error = Assert.Throws<FastDqnException>(() => KeyMapFile.Read(folder.Write("keys.yaml", text), Invaders));
        Assert.Equal(ErrorKind.BadData, error.Kind);
        Assert.Contains(expected, error.Message, StringComparison.Ordinal);
        Assert.DoesNotContain('\n', error.Message);
    }

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
