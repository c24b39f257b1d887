/* The caller's environment and files have no say in results and figures: rc files, locales,
 * variables of gnuplot, getopt, OpenMP and OpenBLAS. */
#include "tests/cli/program.h"
#include "tests/support.h"

#include <stdio.h>

TESTS_IN_A_FOLDER("cli-environment");

/* A user's gnuplot settings, each of which would spoil a figure: one that the program draws, one
 * drawn from the scripts that it leaves, or a chart. */
#define GNUPLOTRC                                                                                            \
    "mkdir -p home/.config/gnuplot; printf '%s\\n' 'set logscale xy' 'set decimalsign \",\"' 'set datafile " \
    "separator whitespace' 'set linetype 1 dashtype 3 linewidth 9' 'set encoding iso_8859_1' 'set title "    \
    "\"mine\"' 'set dummy q' 'set samples 7' 'set format x \"%e\"' 'set style data boxes' 'set key off' > "  \
    "home/.gnuplot; cp home/.gnuplot home/.config/gnuplot/gnuplotrc; "
#define MINE "env HOME=$PWD/home XDG_CONFIG_HOME=$PWD/home/.config GNUTERM=x11 GNUPLOT_LIB=/ "

TEST(figures_are_drawn_without_the_users_files) {
    shell(
        "mkdir -p home; printf 'set terminal x11\\n' > home/.gnuplot; " MINE
        "$P run joma/erf --preset quick --out a > /dev/null && $P run joma/erf --preset quick --out b > /dev/null; "
        "ls a/*.svg > /dev/null && diff -r -x timing.json a b && echo the same",
        "the same");
    shell(
        GNUPLOTRC MINE
        "$P run joma/erf --preset quick --out c > /dev/null; diff -r -x timing.json b c && echo the "
        "same",
        "the same");
    shell(
        "cp -r b d; rm d/*.svg; cd d; for f in *.gp; do env HOME=$PWD/../home XDG_CONFIG_HOME=$PWD/../home/.config "
        "gnuplot $f || exit 1; done; cd ..; diff -r b d && echo by hand, too",
        "by hand, too");
    shell(
        "$P sweep joma/erf t_end=0.25,0.5 seed=1,2 --store s.db > /dev/null; " MINE
        "$P plot s.db --out f > /dev/null 2>&1; $P plot s.db --out g > /dev/null 2>&1; diff -r f g && ls f",
        ".svg");
}

/* A program of that name that does nothing, and says that all is well. */
TEST(a_figure_that_is_not_drawn_is_told) {
    shell_ends("mkdir bin; printf '#!/bin/sh\nexit 0\n' > bin/gnuplot; chmod +x bin/gnuplot; "
               "PATH=$PWD/bin:$PATH $P run lowrank/memory --preset quick --out a 2>&1 > /dev/null",
               74, "and drew nothing");
    shell("test -e a/run.json && $P run lowrank/memory --preset quick --out a --resume && ls a",
          "memory.svg");
    shell_ends("PATH=$PWD/bin:$PATH $P plot a --out f", 74, "and drew nothing");
    shell_ends("printf '#!/bin/sh\nexit 3\n' > bin/gnuplot; PATH=$PWD/bin:$PATH $P plot a --out f",
               2, "failed with status 3");
    shell_ends(
        "printf '#!/bin/sh\nkill -9 $$\n' > bin/gnuplot; PATH=$PWD/bin:$PATH $P plot a --out f", 2,
        "was ended by signal 9");
}

TEST(words_and_options_in_any_order) {
    shell(
        "POSIXLY_CORRECT=1 $P run lowrank/memory --no-plot r=3 --out a && grep '^r = 3' a/params.conf",
        "r = 3");
    shell(
        "ARGP_HELP_FMT=nonsense,rmargin=20 $P run --help > h 2>&1; $P run --help | cmp h - && echo as ever",
        "as ever");
}

/* Each of these variables asks for more threads, but only --threads may set them. An OpenBLAS that
 * uses OpenMP is tested too, if it is installed (libopenblas0-openmp). */
#define TRAINING "$P run lm/wikitext-attention --preset quick --no-plot --threads 1 --out "
TEST(blas_stays_on_one_thread) {
    shell(
        TRAINING
        "a > /dev/null; for v in OMP OPENBLAS GOTO; do env ${v}_NUM_THREADS=4 " TRAINING
        "$v > /dev/null; diff -r -x timing.json a $v || exit 1; done; grep -h blas_threads */run.json | "
        "sort | uniq -c",
        "4   \"blas_threads\": 1,");
    /* Waiting threads spin, so the processor time shows them even on a busy machine. */
    shell(
        "l=$(ls -d /usr/lib/*/openblas-openmp 2>/dev/null | head -n 1); [ -n \"$l\" ] || { echo "
        "'\"blas_threads\": 1,\nthe same work, skipped: no libopenblas0-openmp'; exit 0; }; export P LD_LIBRARY_PATH=$l; "
        "export TIMEFORMAT='%U %S'; for n in 1 4; do env OMP_NUM_THREADS=$n bash -c 'time ( " TRAINING
        "openmp'$n' > /dev/null )' 2>> t || exit 1; done; grep -q OPENMP openmp4/run.json || { echo not that "
        "library; exit 1; }; diff -r -x timing.json openmp1 openmp4; grep -h blas_threads openmp4/run.json; awk "
        "'{s[NR] = $1 + $2} END {print s[2] < 1.5 * s[1] + 0.5 ? \"the same work\" : s[1] \" s, then \" s[2] "
        "\" s\"}' t",
        "\"blas_threads\": 1,\nthe same work");
}

TCASE(cli_environment) {
    in_a_folder(tcase, 120);
    tcase_add_tests(tcase, figures_are_drawn_without_the_users_files,
                    a_figure_that_is_not_drawn_is_told, words_and_options_in_any_order,
                    blas_stays_on_one_thread);
}
