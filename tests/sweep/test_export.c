/* attndyn export: the runs of any store, whatever program made it. */
#include "tests/cli/program.h"
#include "tests/support.h"
#include "tests/sweep/database.h"

#include <stdio.h>

TESTS_IN_A_FOLDER("export");

static void change(const char *statements, int rows) {
    database_change(folder, "s.db", statements, rows);
}

TEST(a_store_needs_no_design) {
    shell("$P sweep domain/context dt=0.1 seq_len=32,64 batch=8 seed=1:2 --store s.db --csv "
          "a.csv --grouped ga.csv",
          "");
    shell("$P export s.db --csv b.csv --grouped gb.csv", "4 runs exported");
    shell("cmp a.csv b.csv && cmp ga.csv gb.csv", "");
    /* fixed parameters are the last columns of every row; no column's name has a blank */
    shell("head -1 b.csv | grep -c ' '; for f in b gb; do rev $f.csv | cut -d, -f1,2 | "
          "rev | sort -u; done",
          "0\n");
    shell("awk -F, '{print $(NF - 1), $NF}' b.csv gb.csv | sort | uniq -c | sed 's/^ *//'",
          "6 8 0.1\n2 batch dt");
    /* the store of another version, of an experiment that no longer exists */
    change("UPDATE meta SET value = '0.0.1 elsewhere' WHERE key = 'version';"
           "UPDATE meta SET value = 'gone/away' WHERE key = 'experiment';"
           "UPDATE meta SET value = 'x = 1' WHERE key = 'design'",
           1);
    shell("$P export s.db | wc -l", "5");
    shell("$P export s.db --where seq_len=64.0 --where seed=2 | wc -l", "2");
    shell_ends("$P export s.db --where seqlen=64", 64, "did you mean 'seq_len'");
    shell_ends("$P export s.db --where seq_len", 64, "expected KEY=VALUE");
    shell_ends("$P export s.db --grouped g.csv --over nothing", 64, "'nothing' is no axis");
    shell_ends("$P export s.db --csv s.db", 64, "same file");
    shell_ends("$P export absent.db", 66, "absent.db");
}

TEST(another_build_is_told_from_another_commit) {
    const char *sweep = "$P sweep domain/context dt=0.1 seq_len=32 batch=8 --store s.db";
    char line[256];
    shell(sweep, "1 ended now");
    change("UPDATE meta SET value = '0.0.1 elsewhere' WHERE key = 'version'", 1);
    shell(sweep, "1 had ended before, 0 ended now");
    change("UPDATE meta SET value = replace(value, 'sim/base ', 'sim/base x') WHERE key = 'build'",
           1);
    shell_ends(sweep, 64, "begun by another build of the program (sim/base)");
    snprintf(line, sizeof line, "%s --accept-version", sweep);
    shell(line, "1 had ended before, 0 ended now");
}

/* Values are quoted there as elsewhere; one that no run has is no empty table. */
TEST(values_are_chosen_as_they_are_written) {
    shell("for i in $(seq 400); do echo the w$((i % 7)) of w$((i % 5)) .; done > t && $P sweep "
          "scansnap/text text=t 'last=\"the,of\",of' t_end=1 --store s.db",
          "2 ended now");
    shell("$P export s.db --where 'last=\"the,of\"' | cut -d, -f1-4 | tail -1",
          "0,\"the,of\",done");
    shell("$P export s.db --where last=the,of | cut -d, -f1-4 | tail -1", "0,\"the,of\",done");
    shell("$P export s.db --where 'last=\"of\"' | wc -l", "2");
    shell_ends("$P export s.db --where last=the", 64, "has no such value; it has the,of, of");
    shell_ends("$P plot s.db --x last --where 'last=\"the\"' --out f", 64, "has no such value");
}

TCASE(export) {
    in_a_folder(tcase, 60);
    tcase_add_tests(tcase, a_store_needs_no_design, another_build_is_told_from_another_commit,
                    values_are_chosen_as_they_are_written);
}
