# Completion of attndyn's commands, experiments, checks, parameters and their values, presets and files for bash.
_attndyn_experiments() { attndyn list 2>/dev/null | cut -d' ' -f1; }

# _attndyn_about ID: the section Parameters or Presets of `attndyn describe`.
_attndyn_parameters() {
    attndyn describe "$@" 2>/dev/null | sed -n '/^Parameters/,/^Presets/s/^  \([a-z_0-9A-Z]*\)=.*  (\(.*\))$/\1 \2/p'
}
# _attndyn_given: what stands on the line before the word that is completed: key=value and --preset, --config.
_attndyn_given() {
    local i w value
    for ((i = 2; i < COMP_CWORD; i++)); do
        w=${COMP_WORDS[i]} value=${COMP_WORDS[i + 1]}
        if [ "$value" = = ]; then value=${COMP_WORDS[i + 2]}; [ $((i + 2)) -lt "$COMP_CWORD" ] || continue; fi
        case $w in
        --preset | -p | --config | -c) [ $((i + 1)) -lt "$COMP_CWORD" ] && printf '%s\n%s\n' "$w" "$value" ;;
        -* | = | "") ;;
        *) [ "${COMP_WORDS[i + 1]}" = = ] && printf '%s=%s\n' "$w" "${value//\"/}" ;;
        esac
    done
}
# _attndyn_effective ID: the parameters that have an effect under what is given; all of them where that is no run's
# (a sweep's list of values).
_attndyn_effective() {
    local given
    mapfile -t given < <(_attndyn_given)
    [ ${#given[@]} -gt 0 ] || given=(--config /dev/null)
    attndyn describe "$1" "${given[@]}" >/dev/null 2>&1 || given=()
    attndyn describe "$1" "${given[@]}" 2>/dev/null | awk '
        /^Parameters/ {on = 1; next} /^Presets/ {on = 0}
        !on {next}
        /^  [A-Za-z_0-9]*=/ {if (name != "") print name; name = $0; sub(/^  /, "", name); sub(/=.*/, "=", name)}
        /^      only with .*: no effect here$/ {name = ""}
        END {if (name != "") print name}'
}
_attndyn_presets() {
    if [ -n "$1" ]; then attndyn describe "$1" 2>/dev/null | sed -n '/^Presets/,/^Tables/s/^  \([a-z0-9-]\{1,\}\)  *.*/\1/p'
    else echo quick short paper; fi
}
# _attndyn_store: the sweep's store on the line.
_attndyn_store() {
    local w
    for w in "${COMP_WORDS[@]:2}"; do [ -f "$w" ] && { echo "$w"; return; }; done
}
# _attndyn_columns axes|scalars: of the store on the line, with --table those of that table; without a store what a
# sweep of the experiment may vary.
_attndyn_columns() {
    local store i table=()
    store=$(_attndyn_store)
    if [ -z "$store" ]; then
        [ -n "$id" ] && _attndyn_parameters "$id" | cut -d' ' -f1
        return
    fi
    for ((i = 2; i < COMP_CWORD - 1; i++)); do
        case ${COMP_WORDS[i]} in
        --table | -B) table=(--table "${COMP_WORDS[i + 1]}"); [ "${table[1]}" = = ] && table[1]=${COMP_WORDS[i + 2]} ;;
        esac
    done
    # of runs: the axes stand before their status; of a table's rows: all
    attndyn export "$store" "${table[@]}" --csv - 2>/dev/null | head -n 1 | tr , '\n' | awk -v want="$1" -v rows=${#table[@]} '
        $0 == "run" || $0 ~ /\./ {next}
        $0 == "status" && !rows {behind = 1; next}
        $0 == "message" && !rows {next}
        rows || (want == "axes") != behind'
}
# _attndyn_last WORDS: completes the last name of a comma-separated list.
_attndyn_last() {
    local said=
    [[ $word == *,* ]] && said=${word%,*},
    COMPREPLY=($(compgen -P "$said" -W "$1" -- "${word#"$said"}"))
}

_attndyn() {
    local word=${COMP_WORDS[COMP_CWORD]} before=${COMP_WORDS[COMP_CWORD - 1]} command=${COMP_WORDS[1]} id= key w
    COMPREPLY=()
    # bash cuts words at =
    if [ "$word" = = ]; then word=; elif [ "$before" = = ]; then before=${COMP_WORDS[COMP_CWORD - 2]}; fi
    if [ "$COMP_CWORD" -eq 1 ]; then
        COMPREPLY=($(compgen -W "$(attndyn --help 2>/dev/null | sed -n 's/^  \([a-z]\{3,\}\) .*/\1/p') --help --version" -- "$word"))
        return
    fi
    for w in "${COMP_WORDS[@]:2:COMP_CWORD-2}"; do
        case $w in */*) [ -e "$w" ] || { id=$w; break; } ;; esac
    done
    case $before in
    --preset | -p)
        COMPREPLY=($(compgen -W "$(_attndyn_presets "$id")" -- "$word"))
        return
        ;;
    --config | -c | --out | -o | --store | -s | --csv | -v | --grouped | -g | --json | -J | --junit | -U | --file | -F | --merge | -m | --known | -k | --claims | -L)
        compopt -o filenames
        COMPREPLY=($(compgen -f -- "$word"))
        return
        ;;
    --format | -q)
        COMPREPLY=($(compgen -W "svg pdf png" -- "$word"))
        return
        ;;
    --log | -G)
        COMPREPLY=($(compgen -W "x y xy" -- "$word"))
        return
        ;;
    esac
    # names of the experiment, or of the store
    case $before in
    --keep | -Y)
        [ -n "$id" ] && COMPREPLY=($(compgen -W "$(attndyn describe "$id" 2>/dev/null | sed -n '/^Tables/,/^Scalars/s/^  \([a-z0-9_]*\)\.csv: .*/\1/p')" -- "$word"))
        return
        ;;
    --table | -B)
        COMPREPLY=($(compgen -W "$(attndyn export "$(_attndyn_store)" --table , --csv - 2>&1 | sed -n 's/.*: it keeps \(.*\) (sweep --keep.*/\1/p' | tr -d ,)" -- "$word"))
        return
        ;;
    --scalar | -S)
        _attndyn_last "$(_attndyn_columns scalars)"
        return
        ;;
    --x | -a | --family | -b | --heatmap | -H | --over | -O | --zip | -z)
        _attndyn_last "$(_attndyn_columns axes)"
        return
        ;;
    --where | -w)
        compopt -o nospace
        COMPREPLY=($(compgen -S = -W "$(_attndyn_columns axes)" -- "$word"))
        return
        ;;
    --exclude | -X)
        COMPREPLY=($(compgen -W "$(_attndyn_experiments)" -- "$word"))
        return
        ;;
    --threads | -t | --jobs | -j | --save-every | -V | --tolerance-scale | -T | --seeds | -W | --sample | -N | --shard | -i | --contours | -K)
        return
        ;;
    esac
    case $word in
    -*)
        COMPREPLY=($(compgen -W "$(attndyn "$command" --help 2>/dev/null | grep -o -- '--[a-z][a-z-]*' | sort -u)" -- "$word"))
        return
        ;;
    esac
    # the value of a parameter: its choices, or a file
    if [ -n "$id" ] && { [ "${COMP_WORDS[COMP_CWORD]}" = = ] || [ "${COMP_WORDS[COMP_CWORD - 1]}" = = ]; }; then
        key=$before
        case $(_attndyn_parameters "$id" | sed -n "s/^$key //p") in
        file*) compopt -o filenames; COMPREPLY=($(compgen -f -- "$word")) ;;
        *\|*)
            # the values of an axis: the last one is completed
            local said=
            [ "$command" = sweep ] && [[ $word == *,* ]] && said=${word%,*},
            COMPREPLY=($(compgen -P "$said" -W "$(_attndyn_parameters "$id" | sed -n "s/^$key \([^,]*\).*/\1/p" | tr '|' ' ')" -- "${word#"$said"}"))
            ;;
        esac
        return
    fi
    case $command in
    plot | export)
        compopt -o filenames
        COMPREPLY=($(compgen -f -- "$word"))
        ;;
    describe | verify)
        COMPREPLY=($(compgen -W "$(_attndyn_experiments) $(attndyn verify --list 2>/dev/null | awk '{print $2}')" -- "$word"))
        ;;
    report | list)
        COMPREPLY=($(compgen -W "$(_attndyn_experiments)" -- "$word"))
        ;;
    run | sweep)
        if [ -z "$id" ]; then
            COMPREPLY=($(compgen -W "$(_attndyn_experiments)" -- "$word"))
        else
            compopt -o nospace
            COMPREPLY=($(compgen -W "$(_attndyn_effective "$id")" -- "$word"))
        fi
        ;;
    esac
}
complete -F _attndyn attndyn
