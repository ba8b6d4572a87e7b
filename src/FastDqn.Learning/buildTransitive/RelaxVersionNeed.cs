using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Text;
using Microsoft.Build.Framework;
using Microsoft.Build.Utilities;

/// <summary>
/// Copies a 64-bit ELF library and marks one version that it needs of libstdc++ as weak, so that it also loads where
/// the C++ runtime is older. Refuses when the library uses more of that version than the one symbol which no code
/// calls.
/// </summary>
public sealed class RelaxVersionNeed : Task
{
    private const string Version = "GLIBCXX_3.4.32";
    private const string HarmlessSymbol = "_ZSt21ios_base_library_initv";
    private const ushort WeakFlag = 2; // VER_FLG_WEAK

    [Required]
    public string From { get; set; } = "";

    [Required]
    public string To { get; set; } = "";

    public override bool Execute()
    {
        try
        {
            if (File.Exists(To) && File.GetLastWriteTimeUtc(To) == File.GetLastWriteTimeUtc(From))
                return true;
            var library = File.ReadAllBytes(From);
            Relax(library);
            Directory.CreateDirectory(Path.GetDirectoryName(To)!);
            File.Delete(To);
            File.WriteAllBytes(To, library);
            File.SetLastWriteTimeUtc(To, File.GetLastWriteTimeUtc(From));
            return true;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or InvalidDataException or ArgumentException)
        {
            Log.LogError($"{From}: its need of {Version} cannot be relaxed: {e.Message}");
            return false;
        }
    }

    /// <summary>
    /// Marks the version as weak in <paramref name="library"/>; nothing where it is not needed or weak already.
    /// </summary>
    private static void Relax(byte[] library)
    {
        if (library.Length < 64
            || library[0] != 0x7f
            || library[1] != 'E'
            || library[2] != 'L'
            || library[3] != 'F'
            || library[4] != 2
            || library[5] != 1)
            throw new InvalidDataException("not a little-endian 64-bit ELF file");
        var sections = Sections(library);
        var needs = sections.FirstOrDefault(s => s.Type == 0x6ffffffe); // SHT_GNU_verneed
        if (needs.Type == 0)
            return;
        foreach (var entry in Needs(library, needs, sections[needs.Link]))
        {
            if (entry.Name != Version)
                continue;
            var others = SymbolsOf(library, sections, entry.Index).Where(name => name != HarmlessSymbol).ToList();
            if (others.Count > 0)
                throw new InvalidDataException($"{string.Join(", ", others)} of that version is used");
            var flags = BitConverter.ToUInt16(library, entry.FlagsAt) | WeakFlag;
            (library[entry.FlagsAt], library[entry.FlagsAt + 1]) = ((byte)flags, (byte)(flags >> 8));
        }
    }

    private static List<Section> Sections(byte[] library)
    {
        var (at, size, count) = (BitConverter.ToInt64(library, 40), BitConverter.ToUInt16(library, 58), BitConverter.ToUInt16(library, 60));
        var result = new List<Section>();
        for (var i = 0; i < count; i++)
        {
            var header = checked((int)at + (i * size));
            result.Add(new Section(
                BitConverter.ToUInt32(library, header + 4),
                checked((int)BitConverter.ToInt64(library, header + 24)),
                checked((int)BitConverter.ToInt64(library, header + 32)),
                checked((int)BitConverter.ToUInt32(library, header + 40)),
                checked((int)BitConverter.ToUInt32(library, header + 44))));
        }

        return result;
    }

    /// <summary>
    /// Every version that the library needs of any other: its name, its index in the symbols' table, where its flags
    /// lie.
    /// </summary>
    private static IEnumerable<(string Name, int Index, int FlagsAt)> Needs(byte[] library, Section needs, Section strings)
    {
        var file = needs.Offset;
        for (var i = 0; i < needs.Info; i++)
        {
            var entry = file + BitConverter.ToInt32(library, file + 8);
            for (var k = BitConverter.ToUInt16(library, file + 2); k > 0; k--)
            {
                yield return (
                    Text(library, strings.Offset + BitConverter.ToInt32(library, entry + 8)),
                    BitConverter.ToUInt16(library, entry + 6),
                    entry + 4);
                entry += BitConverter.ToInt32(library, entry + 12);
            }

            file += BitConverter.ToInt32(library, file + 12);
        }
    }

    /// <summary>Names of the dynamic symbols that have the version of <paramref name="index"/>.</summary>
    private static IEnumerable<string> SymbolsOf(byte[] library, List<Section> sections, int index)
    {
        var versions = sections.First(s => s.Type == 0x6fffffff); // SHT_GNU_versym
        var symbols = sections[versions.Link];
        var names = sections[symbols.Link];
        for (var i = 0; i < versions.Size / 2; i++)
        {
            if ((BitConverter.ToUInt16(library, versions.Offset + (i * 2)) & 0x7fff) == index)
                yield return Text(library, names.Offset + BitConverter.ToInt32(library, symbols.Offset + (i * 24)));
        }
    }

    private static string Text(byte[] library, int at) => Encoding.ASCII.GetString(library, at, Array.IndexOf(library, (byte)0, at) - at);

    private readonly struct Section(uint type, int offset, int size, int link, int info)
    {
        public uint Type { get; } = type;

        public int Offset { get; } = offset;

        public int Size { get; } = size;

        public int Link { get; } = link;

        public int Info { get; } = info;
    }
}
