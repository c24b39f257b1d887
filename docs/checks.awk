# From `attndyn verify --list` to docs/checks.md (`make checks`).
BEGIN {
    print "# Checks\n"
    print "Every claim that `attndyn verify` judges, by its id, in the order of the experiments. Written by `make checks`."
    print "An id is stable: it means the same claim in every later version. A test fails when one that stands here disappears;"
    print "an id that is withdrawn or renamed is named in CHANGELOG.md."
}
{
    experiment = $1; id = $2
    claim = $0
    sub(/^[^ ]+ +[^ ]+ +/, "", claim)
    gsub(/\|/, "\\|", claim)
    gsub(/</, "\\&lt;", claim)
    gsub(/\*/, "\\*", claim)
    if (experiment != last) printf "\n## %s\n\n| check | claim |\n| --- | --- |\n", experiment
    last = experiment
    printf "| `%s` | %s |\n", id, claim
}
