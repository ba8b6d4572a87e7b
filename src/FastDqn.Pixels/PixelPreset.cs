using FastDqn.Core;

namespace FastDqn.Pixels;

/// <summary>How two frames become one picture (the console draws some objects every other frame only).</summary>
public enum FrameCombination
{
    /// <summary>The palette's own luminance of each frame, then the larger value.</summary>
    GrayThenMax,

    /// <summary>The larger value of each colour channel, then gray.</summary>
    MaxThenGray,

    /// <summary>The newer frame alone.</summary>
    Newest,
}

/// <summary>How a colour becomes a gray level.</summary>
public enum GrayRule
{
    /// <summary>The emulator's table by palette index: round(.2989 R + .587 G + .114 B).</summary>
    Palette,

    /// <summary>OpenCV's RGB2GRAY: (9798 R + 19235 G + 3735 B + 16384) >> 15.</summary>
    OpenCv,

    /// <summary>
    /// floor((.299 R + (1 - (.299 + .587)) B) + .587 G), each product and sum rounded to double: NumPy's tensordot.
    /// </summary>
    Truncated,

    /// <summary>(R + G + B) / 3 rounded down, and 0 where the sum is 448 (a wall's colour).</summary>
    ColourMean,

    /// <summary>Pillow's convert("L"): (19595 R + 38470 G + 7471 B + 32768) >> 16.</summary>
    Pillow,

    /// <summary>The same rounded down, as Pillow did before its version 7.</summary>
    PillowOld,

    /// <summary>
    /// TensorFlow's rgb_to_grayscale: floor((.2989 r + .587 g + .114 b) x 255.5) of r = R / 255 and so on, each product
    /// and sum rounded to float, from the left.
    /// </summary>
    TensorFlow,
}

/// <summary>How a picture is made smaller.</summary>
public enum ResizeRule
{
    /// <summary>OpenCV's INTER_AREA: the mean of the covered area, in float, rounded to even.</summary>
    Area,

    /// <summary>OpenCV's INTER_LINEAR: four neighbours, 11-bit weights.</summary>
    Linear,

    /// <summary>Pillow's BILINEAR: a triangle as wide as the shrink, 22-bit weights, columns first.</summary>
    PillowBilinear,

    /// <summary>OpenCV's INTER_NEAREST: the pixel at floor(i x scale).</summary>
    Nearest,

    /// <summary>Every second row and column.</summary>
    EverySecond,

    /// <summary>Pillow's BICUBIC (a = -0.5), in the same way; its default since version 7.</summary>
    PillowBicubic,

    /// <summary>Pillow's NEAREST: the pixel at the covered area's centre, scales added up in double.</summary>
    PillowNearest,

    /// <summary>TensorFlow 2's nearest neighbour: the pixel at floor((i + 0.5) x scale), in float.</summary>
    TensorFlowNearest,
}

/// <summary>
/// A named way from the console's frames to observations, and the habits around it of the program it is named after
/// (docs/preprocessing.md says what each was checked against).
/// </summary>
/// <param name="Name">As on the command line.</param>
/// <param name="Id">The number across the C ABI.</param>
/// <param name="GrayAfterResize">The three channels are resized, then made gray.</param>
/// <param name="CropTop">First row taken.</param>
/// <param name="CropRows">Rows taken; 0 for all below <paramref name="CropTop"/>.</param>
/// <param name="Width">Columns of an observation, unless asked otherwise.</param>
/// <param name="Height">Rows of an observation, unless asked otherwise.</param>
public sealed record PixelPreset(
    string Name,
    int Id,
    FrameCombination Combination,
    GrayRule Gray,
    ResizeRule Resize,
    bool GrayAfterResize = false,
    int CropTop = 0,
    int CropRows = 0,
    int Width = 84,
    int Height = 84)
{
    /// <summary>ALE's vector environment.</summary>
    public static PixelPreset Ale { get; } = new("ale", 0, FrameCombination.GrayThenMax, GrayRule.Palette, ResizeRule.Area);

    /// <summary>Dopamine's AtariPreprocessing (Castro et al. 2018).</summary>
    public static PixelPreset Dopamine { get; } = new("dopamine", 1, FrameCombination.GrayThenMax, GrayRule.Palette, ResizeRule.Area);

    /// <summary>The order of Mnih et al. 2015: maximum of the colours, luminance, bilinear.</summary>
    public static PixelPreset Nature { get; } = new("nature", 2, FrameCombination.MaxThenGray, GrayRule.OpenCv, ResizeRule.Linear);

    /// <summary>Stable-Baselines3's AtariWrapper.</summary>
    public static PixelPreset Sb3 { get; } = new("sb3", 3, FrameCombination.MaxThenGray, GrayRule.OpenCv, ResizeRule.Area);

    /// <summary>CleanRL's dqn_atari: the colours are resized, then made gray.</summary>
    public static PixelPreset CleanRl { get; } =
        new("cleanrl", 4, FrameCombination.MaxThenGray, GrayRule.OpenCv, ResizeRule.Area, GrayAfterResize: true);

    /// <summary>DQN Zoo's Atari processor.</summary>
    public static PixelPreset DqnZoo { get; } =
        new("dqn-zoo", 5, FrameCombination.MaxThenGray, GrayRule.Truncated, ResizeRule.PillowBilinear);

    /// <summary>Rows 34..193, nearest pixel.</summary>
    public static PixelPreset Crop160 { get; } =
        new("crop160", 6, FrameCombination.MaxThenGray, GrayRule.OpenCv, ResizeRule.Nearest, CropTop: 34, CropRows: 160);

    /// <summary>
    /// 88x80 for Ms. Pac-Man: rows 1..175 and columns by twos, colour sum / 3. The tutorial's value is this byte less
    /// 128.
    /// </summary>
    public static PixelPreset MsPacman88 { get; } =
        new(
            "mspacman88", 7, FrameCombination.Newest, GrayRule.ColourMean, ResizeRule.EverySecond,
            CropTop: 1, CropRows: 175, Width: 80, Height: 88);

    /// <summary>
    /// A colour frame by Pillow's resize and convert("L") as they were before version 7: nearest pixel, gray rounded
    /// down.
    /// </summary>
    public static PixelPreset PillowNearest { get; } =
        new("pillow-nearest", 8, FrameCombination.Newest, GrayRule.PillowOld, ResizeRule.PillowNearest);

    /// <summary>The same as they are since: bicubic by colour channel, then gray, rounded.</summary>
    public static PixelPreset PillowBicubic { get; } =
        new("pillow-bicubic", 9, FrameCombination.Newest, GrayRule.Pillow, ResizeRule.PillowBicubic, GrayAfterResize: true);

    /// <summary>TensorFlow 2's gray, rows 34..193, its nearest pixel.</summary>
    public static PixelPreset Tf2Crop160 { get; } =
        new(
            "tf2-crop160", 10, FrameCombination.Newest, GrayRule.TensorFlow, ResizeRule.TensorFlowNearest,
            CropTop: 34, CropRows: 160);

    /// <summary>All of them, by <see cref="Id"/>.</summary>
    public static IReadOnlyList<PixelPreset> All { get; } =
        [Ale, Dopamine, Nature, Sb3, CleanRl, DqnZoo, Crop160, MsPacman88, PillowNearest, PillowBicubic, Tf2Crop160];

    /// <summary>
    /// The preset called <paramref name="name"/>; throws <see cref="ErrorKind.Usage"/> with the names there are.
    /// </summary>
    public static PixelPreset Named(string name) =>
        All.FirstOrDefault(preset => string.Equals(preset.Name, name, StringComparison.Ordinal))
        ?? throw new FastDqnException(
            ErrorKind.Usage, $"unknown pixel preset '{name}'; known: {string.Join(", ", All.Select(preset => preset.Name))}");
}
