using System.Text;

namespace FastDqn.Cli.Completion;

/// <summary>
/// The words of <see cref="CompletionTable"/> in the languages of three shells. They hold all words themselves: no
/// program is started when somebody presses a key.
/// </summary>
internal static class ShellScripts
{
    public static string Bash(IReadOnlyList<VerbWords> verbs) => $$"""
        # Completions of fastdqn for bash: source <(fastdqn completions bash)
        _fastdqn() {
            local cur=${COMP_WORDS[COMP_CWORD]} prev=${COMP_WORDS[COMP_CWORD-1]} verb= i
            for ((i = 1; i < COMP_CWORD; i++)); do
                case "$verb ${COMP_WORDS[i]}" in
                    {{Alternatives(verbs)}}) verb="${verb:+$verb }${COMP_WORDS[i]}" ;;
                esac
            done
            # readline takes --option=value and --set key=value apart.
            if [ "$cur" = = ]; then cur=; elif [ "$prev" = = ]; then prev=${COMP_WORDS[COMP_CWORD-2]}; fi
            case "$prev" in [a-z]*.*) return ;; esac
            local words= options= value=no
            case "$verb" in
        {{Cases(verbs)}}    esac
            case "$verb $prev" in
        {{ValueCases(verbs)}}    esac
            if [ "$value" = no ]; then
                case "$cur" in -*) words=$options ;; esac
            fi
            COMPREPLY=($(compgen -W "$words" -- "$cur"))
            case "${COMPREPLY[0]}" in *=) compopt -o nospace 2>/dev/null ;; esac
            if [ -z "$words" ]; then COMPREPLY=($(compgen -f -- "$cur")); compopt -o filenames 2>/dev/null; fi
        }
        complete -F _fastdqn fastdqn ./fastdqn

        """;

    public static string Zsh(IReadOnlyList<VerbWords> verbs) => $$"""
        #compdef fastdqn
        # Completions of fastdqn for zsh: fastdqn completions zsh >~/.zfunc/_fastdqn (fpath+=~/.zfunc before compinit)
        _fastdqn() {
            local cur=${words[CURRENT]} prev=${words[CURRENT-1]} verb= words_= options= value=no i
            for ((i = 2; i < CURRENT; i++)); do
                case "$verb ${words[i]}" in
                    {{Alternatives(verbs)}}) verb="${verb:+$verb }${words[i]}" ;;
                esac
            done
            case "$verb" in
        {{Cases(verbs, "words_")}}    esac
            case "$verb $prev" in
        {{ValueCases(verbs, "words_")}}    esac
            if [[ $value == no && $cur == -* ]]; then words_=$options; fi
            if [[ -z $words_ ]]; then _files; return; fi
            local -a plain open
            plain=(${${=words_}:#*=}) open=(${(M)${=words_}:#*=})
            (( ${#plain} )) && compadd -- $plain
            (( ${#open} )) && compadd -S '' -- $open
        }
        if [[ ${funcstack[1]} == _fastdqn ]]; then _fastdqn "$@"; else compdef _fastdqn fastdqn; fi

        """;

    public static string Fish(IReadOnlyList<VerbWords> verbs)
    {
        const string place = "~/.config/fish/completions/fastdqn.fish";
        var text = new StringBuilder($"# Completions of fastdqn for fish: fastdqn completions fish >{place}\ncomplete -c fastdqn -e\n");
        foreach (var verb in verbs)
        {
            var seen = string.Join("; and ", verb.Path.Split(' ').Select(word => $"__fish_seen_subcommand_from {word}"));
            var here = verb.Path.Length == 0 ? "__fish_use_subcommand" : seen;
            if (verb.Verbs.Count > 0)
            {
                var first = verb.Path.Length == 0 ? here : $"{seen}; and not __fish_seen_subcommand_from {string.Join(' ', verb.Verbs)}";
                foreach (var name in verb.Verbs)
                {
                    var inner = verbs.First(v => v.Path == $"{verb.Path} {name}".Trim());
                    text.Append($"complete -c fastdqn -n '{first}' -f -a {name} -d {Quoted(inner.Description)}\n");
                }
            }

            if (verb.Arguments.Count > 0)
                text.Append($"complete -c fastdqn -n '{here}' -f -a {Quoted(string.Join(' ', verb.Arguments))}\n");
            foreach (var option in verb.Options)
            {
                var names = string.Concat(option.Names.Select(n => n[1] == '-' ? $" -l {n[2..]}" : $" -s {n[1..]}"));
                var value = !option.TakesValue ? "" : option.Values.Count > 0 ? $" -x -a {Quoted(string.Join(' ', option.Values))}" : " -r";
                text.Append($"complete -c fastdqn -n '{here}'{names}{value} -d {Quoted(option.Description)}\n");
            }
        }

        return text.ToString();
    }

    // A verb's patterns: what was read so far, and the word that leads on.
    private static string Alternatives(IReadOnlyList<VerbWords> verbs) =>
        string.Join('|', verbs.Where(v => v.Path.Length > 0).Select(v => v.Path.Contains(' ') ? $"\"{v.Path}\"" : $"\" {v.Path}\""));

    private static string Cases(IReadOnlyList<VerbWords> verbs, string words = "words") => string.Concat(
        from verb in verbs
        let own = string.Join(' ', verb.Verbs.Concat(verb.Arguments))
        let options = string.Join(' ', verb.Options.SelectMany(o => o.Names))
        select $"        \"{verb.Path}\") {words}=\"{own}\" options=\"{options}\" ;;\n");

    // After an option that takes a value comes none of the verb's own words.
    private static string ValueCases(IReadOnlyList<VerbWords> verbs, string words = "words") => string.Concat(
        from verb in verbs
        from option in verb.Options
        where option.TakesValue
        let names = string.Join('|', option.Names.Select(n => $"\"{verb.Path} {n}\""))
        select $"        {names}) value=yes {words}=\"{string.Join(' ', option.Values)}\" ;;\n");

    private static string Quoted(string text) =>
        $"'{text.Replace("\\", "\\\\", StringComparison.Ordinal).Replace("'", "\\'", StringComparison.Ordinal)}'";
}
