# Completion of attndyn's commands, experiments and parameters for bash.
_attndyn() {
    local word=${COMP_WORDS[COMP_CWORD]} command=${COMP_WORDS[1]}
    COMPREPLY=()
    if [ "$COMP_CWORD" -eq 1 ]; then
        COMPREPLY=($(compgen -W "list describe run sweep verify report plot --help --version" -- "$word"))
        return
    fi
    case $word in
    -*)
        COMPREPLY=($(compgen -W "$(attndyn "$command" --help 2>/dev/null | grep -o -- '--[a-z-]*')" -- "$word"))
        ;;
    *)
        if [ "$COMP_CWORD" -eq 2 ] || [ "$command" = verify ] || [ "$command" = report ]; then
            COMPREPLY=($(compgen -W "$(attndyn list 2>/dev/null | cut -d' ' -f1)" -- "$word"))
        elif [ "$command" = run ] || [ "$command" = sweep ]; then
            compopt -o nospace
            COMPREPLY=($(compgen -W "$(attndyn describe "${COMP_WORDS[2]}" 2>/dev/null |
                sed -n '/^Parameters/,/^Presets/s/^  \([a-z_0-9A-Z]*\)=.*/\1=/p')" -- "$word"))
        fi
        ;;
    esac
}
complete -F _attndyn attndyn
