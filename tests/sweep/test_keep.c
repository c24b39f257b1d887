/* Tables that a sweep keeps beside its scalars: what a run itself writes, whole or not at all. */
#include "tests/cli/program.h"
#include "tests/support.h"
#include "tests/sweep/database.h"

#include <stdio.h>

TESTS_IN_A_FOLDER("keep");

static void change(const char *statements, int rows) {
    database_change(folder, "a.db", statements, rows);
}

/* A run of some milliseconds with tables of numbers, integers and texts. */
#define FLOW "scansnap/flow data=random validate=false t_end=1 points=6 "
#define SWEEP "$P sweep " FLOW "--store a.db "
#define OTHER "$P sweep " FLOW "--store b.db "

TEST(kept_rows_are_those_of_the_run) {
    shell(SWEEP "num_last=2,3 --keep classes --keep state -j 2", "2 ended now");
    shell("$P export a.db --table classes --where num_last=3 --csv k.csv && $P run " FLOW
          "num_last=3 --no-plot --out o >/dev/null; cut -d, -f3- k.csv | cmp - "
          "o/classes.csv && $P export a.db --table state --where num_last=3 | cut -d, "
          "-f3- | cmp - o/state.csv && echo identical",
          "identical");
    shell("$P export a.db --table state --where quantity=z --where num_last=2 | "
          "cut -d, -f1-3 | sort -u | tr '\\n' ' '",
          "0,2,z run,num_last,quantity");
    shell_ends("$P export a.db --table class", 64, "it keeps classes, state");
}

TEST(what_cannot_be_kept_is_named) {
    shell_ends(SWEEP "num_last=2,3 --keep class", 64, "emits no table 'class'");
    shell_ends(SWEEP "num_last=2,3 --keep classes:tt", 64, "has no column 'tt'");
    shell_ends(SWEEP "num_last=2,3 --keep classes:", 64, "no column behind the colon");
    shell_ends(SWEEP "num_last=2,3 && $P export a.db --table classes", 64, "it keeps none");
}

/* A table that is asked for later: runs that lack it are run again; otherwise the store just
 * continues. */
TEST(a_store_goes_on_keeping) {
    shell(SWEEP "num_last=2,3 --keep classes:t", "2 ended now");
    shell(SWEEP "num_last=2,3 --keep classes:t", "2 had ended before, 0 ended now");
    shell(SWEEP "num_last=2:4 --keep state",
          "2 runs that had ended lack what --keep asks for: run again\n3 runs: 0 "
          "had ended before, 3 ended now");
    shell(SWEEP "num_last=2:5", "3 had ended before, 1 ended now");
    shell(OTHER
          "num_last=2:5 --keep state --keep classes:t >/dev/null && for t in classes state; do $P "
          "export a.db --table $t --csv a.csv && $P export b.db --table $t "
          "--csv b.csv && cmp a.csv b.csv || exit 1; done; head -1 a.csv; "
          "wc -l < a.csv",
          "run,num_last,quantity,index,value\n");
    shell(SWEEP "num_last=2:5 --keep classes", "4 runs that had ended lack");
}

TEST(killed_merged_and_in_shards) {
    shell(
        OTHER
        "num_last=2:9 data_seed=1:4 --keep classes >/dev/null; i=0; while [ $i -lt 8 ]; do "
        "i=$((i+1)); " SWEEP "num_last=2:9 data_seed=1:4 --keep classes >/dev/null 2>&1 & p=$!; "
        "sleep 0.0$((i * 3 % 10)); kill -9 $p 2>/dev/null; wait $p; done 2>/dev/null; " SWEEP
        "num_last=2:9 data_seed=1:4 --keep classes >/dev/null && $P export a.db --table classes --csv "
        "a.csv && $P export b.db --table classes | cmp - a.csv && echo identical",
        "identical");
    shell("for i in 1 2; do $P sweep " FLOW
          "num_last=2:9 data_seed=1:4 --keep classes --shard $i/2 "
          "--store p$i.db >/dev/null || exit 1; done; $P sweep " FLOW
          "num_last=2:9 data_seed=1:4 --keep classes --store c.db --merge p1.db --merge "
          "p2.db >/dev/null && $P export c.db --table classes | cmp - a.csv && echo "
          "identical",
          "identical");
}

TEST(changed_cells_are_found) {
    shell(SWEEP "num_last=2,3 --keep classes", "2 ended now");
    change("UPDATE kept_classes SET t = t + 1 WHERE idx = 1 AND row = 2", 1);
    shell_ends(SWEEP "num_last=2,3 --csv a.csv", 74, "the row of run 1 is damaged");
    shell("rm a.db; " SWEEP "num_last=2,3 --keep classes", "2 ended now");
    change("DELETE FROM kept_classes WHERE idx = 0 AND row = 5", 1);
    shell_ends(SWEEP "num_last=2:4", 74, "the row of run 0 is damaged");
}

/* A failed run keeps no table and is not run again for lack of one. */
TEST(failed_runs_keep_nothing) {
    shell_ends("$P sweep lowrank/memory shape=60M r=500,600 --keep counts --store a.db", 2,
               "1 of 2 runs failed");
    shell_ends("$P sweep lowrank/memory shape=60M r=500,600 --store a.db", 2,
               "2 had ended before, 0 ended now");
    shell("$P export a.db --table counts | cut -d, -f1,2 | sort -u | tr '\\n' ' '", "0,500 run,r");
}

/* Against awk: the mean and the deviation of B, row by row, by the names that a row has. */
TEST(a_table_is_averaged) {
    shell(SWEEP "num_last=2,3 data_seed=1:3 --keep classes --keep state", "6 ended now");
    shell(
        "$P export a.db --table classes:B >/dev/null 2>&1; $P export a.db --table classes --csv k.csv "
        "--grouped g.csv --over data_seed && awk -F, 'NR == 1 {for (i = 1; i <= NF; i++) at[$i] = i; next} "
        "FNR == NR {k = $at[\"num_last\"] \",\" $at[\"t\"] \",\" $at[\"name\"]; n[k]++; s[k] += $at[\"xi\"]; "
        "q[k] += $at[\"xi\"] ^ 2; next} FNR == 1 {for (i = 1; i <= NF; i++) to[$i] = i; next} {k = $to[\"num_last\"] "
        "\",\" $to[\"t\"] \",\" $to[\"name\"]; m = s[k] / n[k]; v = (q[k] - n[k] * m * m) / (n[k] - 1); d = m - "
        "$to[\"xi_mean\"]; e = v - $to[\"xi_sd\"] ^ 2; if (n[k] != $to[\"xi_n\"] || d * d > 1e-24 * m * m + 1e-40 || e * e "
        "> 1e-12 * v * v + 1e-30) bad++; rows++} END {print rows, bad + 0, length(n)}' k.csv g.csv",
        "28 0 28");
    shell("$P export a.db --table classes --grouped - --over data_seed | head -1 | cut -d, "
          "-f1-6",
          "num_last,t,class_mean,class_sd,class_n,name\n");
    shell("$P export a.db --table state --grouped - --over data_seed --where quantity=z | cut "
          "-d, -f1,2 | sort -u | tr '\\n' ' '",
          "2,z 3,z num_last,quantity");
    /* other horizons, more classes: no rows in common, and nothing is written */
    shell_ends("$P export a.db --table classes --grouped - --over num_last; c=$?; $P export "
               "a.db --table classes --grouped n.csv --over num_last 2>/dev/null; ls; exit $c",
               64, "the rows of table classes do not match: run 0 has '");
    shell_ends("ls n.csv 2>&1", 2, "");
}

TEST(a_table_is_drawn_against_a_column) {
    shell(SWEEP "num_last=2,3 data_seed=1:2 --keep classes", "4 ended now");
    shell("$P plot a.db --over data_seed --table classes --scalar B --where class=0 --out f "
          "2>&1",
          "1 figure");
    shell("sed -n '1p;2p;$p' f/B.csv | cut -d, -f1-3,6", "x,series,panel,n\n");
    shell_ends("$P plot a.db --table classes --x what", 64, "no kept column of numbers 'what'");
    shell_ends("$P plot a.db --table classes --where no=1", 64, "has no 'no'");
}

TCASE(keep) {
    in_a_folder(tcase, 120);
    tcase_add_tests(tcase, kept_rows_are_those_of_the_run, what_cannot_be_kept_is_named,
                    a_store_goes_on_keeping, killed_merged_and_in_shards, changed_cells_are_found,
                    failed_runs_keep_nothing, a_table_is_averaged,
                    a_table_is_drawn_against_a_column);
}
