#!/bin/sh
# embed.sh FILE...: prints C that holds the plot scripts as byte arrays (see plots.h).
echo '#include "experiments/frame/run/plots.h"'
echo '#include <stddef.h>'
n=0
for f; do
    echo "static const char plot_$n[] = {"
    od -An -v -tx1 "$f" | sed 's/ \([0-9a-f][0-9a-f]\)/'"'"'\\x\1'"'"',/g'
    echo '0};'
    n=$((n + 1))
done
echo 'const struct embedded_plot embedded_plots[] = {'
n=0
for f; do
    echo "    {\"${f#plots/}\", plot_$n, sizeof plot_$n - 1},"
    n=$((n + 1))
done
echo '    {NULL, NULL, 0}};'
