/* Sweeps from outside: the store after kill -9, damage, a full disk and a second process; the same
 * bytes for threads, shards and restarts. */
#include "tests/cli/program.h"

TESTS_IN_A_FOLDER("sweep");

#define SWEEP "$P sweep lowrank/memory shape=60M,130M r=1:300 "

TEST(bytes_do_not_depend_on_threads_or_shards) {
    shell(SWEEP "--store a.db -j 1 --csv a.csv --grouped ag.csv --over r && " SWEEP
                "--store b.db -j 8 --csv b.csv --grouped bg.csv --over r && cmp a.csv b.csv "
                "&& cmp ag.csv bg.csv && for i in 3 1 2; do " SWEEP
                "--store p$i.db --shard $i/3 || "
                "exit 1; done; " SWEEP "--store c.db --merge p2.db --merge p1.db --merge p3.db "
                "--csv c.csv && cmp a.csv c.csv && echo identical",
          "identical");
}

/* Killed twenty times at random moments, started again: nothing lost, nothing run twice. */
TEST(kill_nine_and_go_on) {
    shell(SWEEP
          "--store a.db --csv a.csv >/dev/null || exit 1; i=0; while [ $i "
          "-lt 20 ]; do i=$((i+1)); " SWEEP "--store b.db >/dev/null & p=$!; sleep "
          "0.0$((i % 10))$((i * 7 % 10)); kill -9 $p 2>/dev/null; wait $p; done 2>/dev/null; " SWEEP
          "--store b.db --csv b.csv && cmp a.csv b.csv && echo identical",
          "identical");
}

TEST(nothing_is_run_twice) {
    shell(SWEEP "--store a.db >/dev/null; " SWEEP "--store a.db",
          "600 had ended before, 0 ended now");
}

/* Mean and sample deviation over r, beside awk's. */
TEST(groups_are_averaged) {
    shell(SWEEP "--store a.db --csv a.csv --grouped g.csv --over r >/dev/null; "
                "awk -F, 'NR==1 {for (i=1; i<=NF; i++) if ($i==\"galore_bytes\") c=i} $2==\"60M\" "
                "&& $c!=\"\" {n++; x[n]=$c; s+=$c} END {m=s/n; for (i=1; i<=n; i++) "
                "v+=(x[i]-m)^2; printf \"%.6e %.6e %d\\n\", m, sqrt(v/(n-1)), n}' a.csv > "
                "expected; awk -F, 'NR==1 {for (i=1; i<=NF; i++) if ($i==\"galore_bytes_mean\") "
                "c=i} $1==\"60M\" {printf \"%.6e %.6e %d\\n\", $c, $(c+1), $(c+2)}' g.csv > got; "
                "cat expected got; cmp expected got && echo same averages",
          "same averages");
}

/* A training: text from a folder, scalars, a chart over rates that print without a point; without
 * the text nothing runs, and that is said. */
#define TRAINING                                                                                   \
    "$P sweep --preset lm-figure-8 width=8 hidden=8 minibatches=20 every=10 "                      \
    "dense_until=0 valid_every=20 columns=5 valid_columns=5 window=1 length=8 "
TEST(trainings_on_text) {
    shell(SPLITS("t", "300") TRAINING
          "text=t --store a.db --csv a.csv >/dev/null && " TRAINING
          "text=t --store j.db -j 4 --csv b.csv >/dev/null && cmp a.csv b.csv && " TRAINING
          "text=t --store a.db && [ $(grep -c ,done, a.csv) = 4 ] && $P "
          "plot a.db --out m --scalar entropy_start 2>&1",
          "4 had ended before, 0 ended now");
    shell(TRAINING "--store b.db",
          "4 runs were skipped: stated for a real text: name it with text=PATH");
}

/* A scalar that is the same everywhere (t), and one that no contour crosses. */
TEST(maps_are_drawn) {
    shell("$P sweep scansnap/flow num_last=2 t_end=1 "
          "eta_y=1e-6,0.1 eta_z=1e-6,1 --store a.db >/dev/null && "
          "$P plot a.db --out m --heatmap eta_z,eta_y && "
          "$P plot a.db --out c --heatmap eta_z,eta_y "
          "--contours 1e-9,1e-06 && ls m/*.svg c/*.svg | wc -l",
          "\n26");
}

TEST(another_design_is_refused) {
    shell_ends(SWEEP "--store a.db >/dev/null; $P sweep "
                     "lowrank/memory r=1:3 --store a.db",
               64, "holds another sweep: shape varies in it");
}

TEST(a_second_process_is_refused) {
    shell_ends(HOLD_LOCK("a.db.lock") SWEEP "--store a.db; code=$?; kill $held; (exit $code)", 74,
               "in use by another process");
}

TEST(damage_and_full_disks_are_named) {
    shell_ends("head -c 5000 /dev/urandom > a.db; " SWEEP "--store a.db", 74,
               "store a.db: file is not a database");
    shell_ends(SWEEP "--store b.db >/dev/null; dd if=/dev/zero of=b.db bs=4096 "
                     "seek=3 count=40 conv=notrunc 2>/dev/null; " SWEEP "--store b.db --csv b.csv",
               74, "store b.db:");
    shell_ends(SWEEP "--store /nonexistent/a.db", 74, "/nonexistent/a.db.lock");
    /* a limit on file sizes stands for the full disk; afterwards the store is whole and goes on */
    shell("(trap '' XFSZ; ulimit -f 100; " SWEEP "--store c.db; echo first: "
          "$?); " SWEEP "--store c.db --csv c.csv",
          "first: 74");
}

TEST(failed_runs_are_rows) {
    shell_ends("$P sweep lowrank/memory shape=60M r=500:515 "
               "--store a.db --csv a.csv; echo first: $?; grep -c failed a.csv; "
               "$P sweep lowrank/memory shape=60M r=500:515 --store a.db --retry",
               2, "3 of 16 runs failed");
}

TCASE(sweep) {
    in_a_folder(tcase, 120);
    tcase_add_tests(tcase, bytes_do_not_depend_on_threads_or_shards, kill_nine_and_go_on,
                    nothing_is_run_twice, groups_are_averaged, trainings_on_text, maps_are_drawn,
                    another_design_is_refused, a_second_process_is_refused,
                    damage_and_full_disks_are_named, failed_runs_are_rows);
}
