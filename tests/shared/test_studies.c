/* Studies of networks from the command line: the same bytes on more threads and when they run
 * again, as many rows as were asked for, and what is refused. */
#include "tests/cli/program.h"
#include "tests/support.h"

#include <stdio.h>

TESTS_IN_A_FOLDER("studies");

#define SPARSE "width=16 heads=2 lines=300 "
#define MOBILE "width=16 heads=2 lines=300 updates=3 batch=4 length=16 "

static const struct {
    const char *study, *tables;
    const char *look, *said; /* where there is more to see of the first run, in the folder one */
} small[] = {
    {"cache/cost slots=6,9 length=40", "token totals crossing", NULL, NULL},
    {"cache/recall updates=40 streams=12", "accuracy", NULL, NULL},
    {"cache/backcopy updates=30 batch=8 streams=2 contexts=2 flow_end=10",
     "course parts streams flow", NULL, NULL},
    {"cache/sinks updates=30 width=16 heads=2 lines=200 length=16 streams=3 looks=3 rates=1e-3",
     "course heads norms streams caches networks",
     "cut -d, -f2 one/networks.csv | tr '\\n' ' '; wc -l < one/networks.csv",
     "variant bos plain sink-token lr=0.001 5"},
    /* two networks, two budgets, nine policies; with room for all keys nothing is lost */
    {"cache/heavy-hitters updates=40 width=16 heads=2 lines=300 length=16 streams=4 budgets=0.2,1",
     "losses attention accumulated exact",
     "awk -F, '$4 == 1 && $7 != 0 { bad++ } END { print NR - 1, bad + 0 }' one/losses.csv", "36 0"},
    /* 2 networks, 2 parts, 2 shares, 3 choices */
    {"sparse/contextual updates=40 shares=0.25,0.75 streams=4 " SPARSE,
     "shares units unions networks", "tail -n +2 one/shares.csv | wc -l", "24"},
    {"sparse/predictor updates=40 rank=4 calibration=8 shares=0.2,0.5 streams=4 " SPARSE,
     "losses layers networks", NULL, NULL},
    {"sparse/decode updates=40 rank=4 calibration=8 shares=0.2,0.5 " SPARSE, "read networks", NULL,
     NULL},
    {"mobile/ladder " MOBILE, "rungs trainings", NULL, NULL},
    {"mobile/sharing " MOBILE, "schemes trainings depths", NULL, NULL},
};

TEST(the_same_bytes_again) {
    char line[400];
    snprintf(line, sizeof line, "ATTNDYN_NETWORKS=none $P run %s", small[_i].study);
    program_same_again(folder, line, small[_i].tables);
    if (small[_i].look) shell(small[_i].look, small[_i].said);
}

static const struct {
    const char *study, *said;
} wrong[] = {
    {"cache/backcopy seeds=", "seeds is empty"},
    {"cache/backcopy symbols=4", "expected at least 5"},
    {"cache/cost slots=64 length=100", "expected at least 129"},
    {"cache/cost slots=", "slots is empty"},
    {"cache/heavy-hitters budgets=", "budgets is empty"},
    {"cache/heavy-hitters length=11", "at least 12"},
    {"cache/recall hot=4", "no more of each"},
    {"cache/recall slots=40", "expected at least 96"},
    {"cache/recall seeds=", "seeds is empty"},
    {"cache/sinks seeds=", "seeds is empty"},
    {"cache/sinks model=$P", "model_text=FILE"},
    {"cache/sinks amounts=9000", "fewer than these"},
    {"lowrank/finetuning length=65 updates=1", "the network's context, 64"},
    {"mobile/ladder seeds=", "seeds is empty"},
    {"mobile/ladder width=20", "multiple of 2 x heads"},
    {"mobile/ladder width=16 heads=2 deeper=200", "the rung deeper"},
    {"mobile/sharing rates=", "rates is empty"},
    {"sparse/contextual shares=", "shares is empty"},
    {"sparse/contextual model=$F", "no text"},
    {"sparse/predictor shares=", "shares is empty"},
    {"sparse/decode shares=0.5,0.2", "ascending"},
    {"sparse/decode streams=9", "no parameter 'streams'"},
    {"sparse/training steps=0,10,5", "ascending"},
    {"sparse/decode untrained=true model=$F", "one of them"},
};

TEST(what_is_refused) {
    char line[200];
    snprintf(line, sizeof line, "$P run %s --out o", wrong[_i].study);
    shell_ends(line, 64, wrong[_i].said);
}

TCASE(studies) {
    in_a_folder(tcase, 120);
    tcase_add_each(tcase, the_same_bytes_again, small);
    tcase_add_each(tcase, what_is_refused, wrong);
}
