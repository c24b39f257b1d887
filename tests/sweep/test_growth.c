/* A store that grows: more values, seeds or axes take the runs that are there; the rest is run, and
 * what comes out is, byte for byte, what one sweep in one piece makes. */
#include "tests/cli/program.h"
#include "tests/support.h"
#include "tests/sweep/database.h"

#include <stdio.h>

TESTS_IN_A_FOLDER("growth");

static void change(const char *statements, int rows) {
    database_change(folder, "a.db", statements, rows);
}

#define A "$P sweep lowrank/memory --store a.db "
#define B "$P sweep lowrank/memory --store b.db "

static void grows(const char *words, const char *said) {
    char line[400];
    snprintf(line, sizeof line, A "--csv a.csv --grouped ag.csv --over r %s", words);
    shell(line, said);
}

/* A sweep in one piece into a new store: the grown store must export the same bytes, with and
 * without a design. */
static void equals_one_piece(const char *words) {
    char line[500];
    snprintf(line, sizeof line,
             "rm -f b.db; " B "--csv b.csv --grouped bg.csv --over r %s >/dev/null && cmp "
             "a.csv b.csv && cmp ag.csv bg.csv && $P export a.db | cmp - b.csv "
             "&& echo identical",
             words);
    shell(line, "identical");
}

TEST(values_and_axes_are_added) {
    grows("shape=60M r=2,4", "2 ended now");
    grows("shape=60M r=1:4", "grows from 2 runs to 4\n4 runs: 2 had ended before, 2 ended now");
    equals_one_piece("shape=60M r=1:4");
    grows("shape=130M,60M r=1:4", "8 runs: 4 had ended before, 4 ended now");
    equals_one_piece("shape=130M,60M r=1:4");
    grows("shape=130M,60M r=1:4 f=0,1000,2000", "24 runs: 8 had ended before, 16 ended now");
    equals_one_piece("shape=130M,60M r=1:4 f=0,1000,2000");
    /* the same sweep again, and with its axes in another order */
    grows("shape=130M,60M r=1:4 f=0,1000,2000", "24 had ended before, 0 ended now");
    grows("f=2000,0,1000 shape=130M,60M r=4:1", "24 had ended before, 0 ended now");
    equals_one_piece("f=2000,0,1000 shape=130M,60M r=4:1");
}

TEST(zips_and_samples_grow) {
    grows("shape=60M r=1,2 d=100,200 --zip r,d", "2 ended now");
    grows("shape=60M r=1,2,3 d=100,200,300 --zip r,d", "2 had ended before, 1 ended now");
    equals_one_piece("shape=60M r=1,2,3 d=100,200,300 --zip r,d");
    /* a grid that contains them reuses them */
    grows("shape=60M r=1,2,3 d=100,200,300", "9 runs: 3 had ended before, 6 ended now");
    equals_one_piece("shape=60M r=1,2,3 d=100,200,300");
    shell("rm a.db; " A "shape=60M r=1:60 d=log:100:512 --sample 16", "");
    grows("shape=60M r=1:60 d=log:100:512 --sample 64", "16 had ended before, 48 ended now");
    equals_one_piece("shape=60M r=1:60 d=log:100:512 --sample 64");
}

TEST(values_taken_away_stay) {
    grows("shape=60M r=1:4", "4 ended now");
    grows("shape=60M r=3:6", "grows from 4 runs to 6");
    shell("cut -d, -f1,2 a.csv | tr '\\n' ' '", "run,r 0,1 1,2 2,3 3,4 4,5 5,6");
    grows("shape=60M r=2", "1 run: 1 had ended before, 0 ended now");
    grows("shape=60M r=9", "1 run: 0 had ended before, 1 ended now");
    /* with all of them it is one sweep again */
    grows("shape=60M r=1:9", "7 had ended before, 2 ended now");
    equals_one_piece("shape=60M r=1:9");
}

TEST(conflicts_are_named) {
    grows("shape=60M r=1:3", "3 ended now");
    shell_ends("cp a.db before.db; " A "shape=130M r=1:3", 64,
               "holds another sweep: its runs have shape=60M, which this one has not: "
               "shape=60M,130M has both in it, or name another --store");
    shell_ends(A "shape=130M,350M r=1:3", 64, "shape=60M,130M has both in it");
    shell_ends(A "shape=60M", 64, "r varies in it, and this one leaves it at 0");
    shell_ends("$P sweep domain/context --store a.db seed=1,2", 64,
               "holds a sweep of lowrank/memory, this is one of domain/context");
    shell("cmp a.db before.db && echo untouched", "untouched");
    /* values that hold the separator */
    shell_ends("$P sweep joma/erf delta='1,2' seed=1,2 --store c.db >/dev/null; $P sweep "
               "joma/erf delta='1,3' seed=1,2 --store c.db",
               64, "delta=1,2;1,3 has both");
    shell(A "shape=60M r=1:5 --dry-run", "5 runs");
}

/* A text that has changed counts as another one, for new values and for old ones. */
TEST(inputs_are_joined) {
    shell("for i in 1 2 3; do awk -v n=$i 'BEGIN {for (i = 0; i < 4000; i++) print \"w\" i % "
          "(5 + n), \"w\" i * i % 5, \"w\" i % 3 \" .\"}' > t$i; done; $P sweep "
          "scansnap/text text=t1 seed=1,2 --store a.db >/dev/null && $P sweep "
          "scansnap/text text=t1,t2 seed=1,2 --store a.db",
          "4 runs: 2 had ended before, 2 ended now");
    shell_ends("echo more >> t2; $P sweep scansnap/text text=t1,t2,t3 seed=1,2 "
               "--store a.db",
               64, "holds another sweep: its inputs say");
}

/* Killed at random moments while it keeps growing: no run is lost or made twice. */
TEST(kill_nine_while_it_grows) {
    shell("i=0; while [ $i -lt 20 ]; do i=$((i+1)); " A
          "shape=60M,130M r=1:$((20 * i)) >/dev/null 2>&1 & p=$!; sleep 0.0$((i % 7))$((i * 7 "
          "% 10)); kill -9 $p 2>/dev/null; wait $p; done 2>/dev/null; " A
          "shape=60M,130M r=1:400 --csv a.csv --grouped ag.csv --over r",
          "ended now");
    equals_one_piece("shape=60M,130M r=1:400");
}

TEST(shards_and_merges_grow) {
    shell("for i in 1 2; do " A "shape=60M r=1:9 --shard $i/2 --store p$i.db || exit 1; "
          "done; " A "shape=60M r=1:20 --merge p1.db --merge p2.db",
          "p1.db\n4 runs from ");
    grows("shape=60M r=1:20", "9 had ended before, 11 ended now");
    equals_one_piece("shape=60M r=1:20");
    shell_ends(A "shape=60M r=1:20 --merge none.db", 66, "none.db");
}

/* A damaged row is found before it gets another number. */
TEST(damage_is_not_renumbered) {
    grows("shape=60M r=2,3", "2 ended now");
    change("UPDATE scalar SET value = value + 1 WHERE idx = 1 AND name = 'galore_bytes'", 1);
    shell_ends(A "shape=60M r=1:3", 74, "the row of run 1 is damaged");
}

TEST(rows_say_which_build_made_them) {
    grows("shape=60M r=1:3", "3 ended now");
    shell("head -1 a.csv | cut -d, -f1-7", "run,r,status,message,steps,rhs,full_bytes");
    change("UPDATE build SET identity = replace(identity, 'sim/base ', 'sim/base x'); UPDATE meta "
           "SET value = replace(value, 'sim/base ', 'sim/base x') WHERE key = 'build'",
           1);
    shell_ends(A "shape=60M r=1:4", 64, "begun by another build of the program (sim/base)");
    grows("shape=60M r=1:4 --accept-version", "3 had ended before, 1 ended now");
    shell("head -1 a.csv | cut -d, -f1-7", "run,r,status,message,steps,rhs,build");
    shell("cut -d, -f7 a.csv | sed 1d | uniq -c | awk '{print $1, length($2)}' | tr '\\n' "
          "' '",
          "3 16 1 16");
    /* the build that began the store counts as well */
    change("UPDATE meta SET value = (SELECT identity FROM build WHERE id = 2) WHERE key = 'build'",
           1);
    shell_ends(A "shape=60M r=1:4", 64, "holds runs of another build of the program");
    /* through a merge */
    shell(B "shape=60M r=1:4 --merge a.db --accept-version --csv b.csv >/dev/null && "
            "cmp a.csv b.csv && echo identical",
          "identical");
}

/* The form of stores before builds were told apart. */
TEST(an_older_store_is_brought_up_to_date) {
    grows("shape=60M r=1:3", "3 ended now");
    change("ALTER TABLE run DROP COLUMN build; DROP TABLE build; DROP TABLE kept; UPDATE meta SET "
           "value = '2' WHERE key = 'schema'",
           1);
    shell("$P export a.db | cmp - a.csv && echo identical", "identical");
    shell_ends(B "shape=60M r=1:3 --merge a.db", 64, "has an older form");
    grows("shape=60M r=1:4", "3 had ended before, 1 ended now");
    equals_one_piece("shape=60M r=1:4");
    change("UPDATE meta SET value = '9' WHERE key = 'schema'", 1);
    shell_ends(A "shape=60M r=1:4", 64, "the form '9', which this program does not know");
}

TEST(grown_stores_are_drawn) {
    grows("shape=60M r=1:3 layers=2,4", "6 ended now");
    grows("shape=60M r=1:5 layers=2", "grows from 6 runs to 8");
    shell("$P plot a.db --scalar galore_bytes --out f 2>&1", "1 figure");
    shell("sed 1d f/galore_bytes.csv | cut -d, -f1,2 | tr '\\n' ' '",
          "\"4\",\"2\" \"5\",\"2\" \"1\",\"4\"");
    shell_ends("$P plot a.db --scalar galore_bytes --heatmap r,layers --out f", 64,
               "8 points, no grid of 5 by 2");
}

/* Scalars that are taken from a run's tables are what these say. */
TEST(scalars_of_tables) {
    shell("$P sweep scansnap/growth ratios=1,2 sigma_end=1000 per_decade=4 num_last=5,6 --keep "
          "curves:ratio,B --store a.db --csv a.csv >/dev/null && $P export a.db --table "
          "curves --where num_last=6 --where ratio=2 | tail -1 | cut -d, -f4 > last && awk -F, "
          "'NR == 1 {for (i = 1; i <= NF; i++) if ($i == \"B_end\") c = i} $2 == 6 {print $c}' "
          "a.csv | cmp - last && echo identical",
          "identical");
}

TCASE(growth) {
    in_a_folder(tcase, 120);
    tcase_add_tests(tcase, values_and_axes_are_added, zips_and_samples_grow, values_taken_away_stay,
                    conflicts_are_named, inputs_are_joined, kill_nine_while_it_grows,
                    shards_and_merges_grow, damage_is_not_renumbered,
                    rows_say_which_build_made_them, an_older_store_is_brought_up_to_date,
                    grown_stores_are_drawn, scalars_of_tables);
}
