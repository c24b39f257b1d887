/* Checks that have nothing to check are skipped, with the reason, rather than hold on no data; and
 * one must not be skipped: two tokens that blow up together. Parameters are extreme, and within
 * what each experiment documents. */
#include "tests/cli/program.h"
#include "tests/support.h"

#include <stdio.h>
#include <string.h>

TESTS_IN_A_FOLDER("cli-checks");

static const struct {
    const char *run, *said;
} nothing[] = {
    {"scansnap/sgd steps=1 lr_z=0",
     "SGD.sparser                                  skipped: lr_z = 0"},
    {"scansnap/sgd steps=1 lr_z=0",
     "SGD.learns                                   skipped: lr_z lr"},
    {"scansnap/sgd steps=1 num_distinct=1", "skipped: one distinct token a class has no entropy"},
    {"scansnap/overview lr_z=0", "skipped: lr_z = 0: the attention never moves"},
    {"scansnap/overview lr_z=0", "skipped: stated for training with 100 updates"},
    {"scansnap/text", "T7.early-law                                 skipped: the next order"},
    {"scansnap/text common_share=0", "skipped: no class with a distinct token reaches B = 1e-6"},
    {"scansnap/transition classes=2 ratios=0.1 commons=1 horizon=100 num_distinct=1 num_common=1",
     "skipped: needs two values of eta_Z that peak before the horizon"},
    {"scansnap/relative-gain num_distinct=1 num_common=1 closed_r=2",
     "C8.qsd-theorem-3                             skipped: one distinct token"},
    {"scansnap/fates ratios=", "C11.signs                                    skipped: needs lasts"},
    {"scansnap/fates decline_rates=1",
     "C11.turn-at-gain                             skipped: needs two decline_rates"},
    {"joma/erf rtols= trials=0", "J2b.two-integrators                          skipped: rtols is"},
    {"joma/bounce-back rtols=", "J5b.two-integrators                          skipped: rtols is"},
    {"joma/low-rank joint_at=",
     "E3.printed-form                              skipped: joint_at is"},
    {"joma/isotropic theta_n=", "J4.closed-forms                              skipped: theta_r or"},
    {"scansnap/transition rho_sigma2_end=5 classes=20 ratios=1000,10000",
     "C14.two-transitions                          skipped: needs a ratio of at least 10 K"},
    /* (max - min)/xi_n, as scansnap/relative-gain has it at this point */
    {"domain/relative-gain ratio=1 scaled_time=1e6", "xi_spread                57.379"},
    {"scansnap/growth sigma_end=100", "C13.prefactor-coupled                        skipped: late"},
    {"scansnap/relative-gain num_common=1",
     "C10.bounds                                   skipped: D f"},
    {"joma/invariant steps=0 survey=false", "skipped: steps = 0 without the survey"},
    {"joma/scan-vs-joma mu=1,-1",
     "J6d.entropy-falls                            skipped: needs diff"},
    {"domain/relative-gain num_distinct=2 num_common=1 scaled_time=1e-6",
     "D3.first-order                               skipped: the expected error"},
    {"lowrank/stable-rank t_end=0", "skipped: t_end = 0: nothing has moved"},
    {"lm/hierarchical-tree --preset quick rho=0 rho0=0 steps=100 seeds=1", "L2.tree-slow-down"},
    {"lm/joma-real --preset quick minibatches=1 keys=3 queries=1",
     "LM.ladder-one-of-many                        skipped: no query's logits"},
    {"domain/relative-gain --preset quick common_weight=1e-6", "skipped: z = 1.8e-16 of the most"},
    {"domain/embedding --preset quick t_end=1e-6", "skipped: |Z| = "},
    {"joma/hierarchy --preset quick curve_levels=2", "skipped: needs curve_levels of 3 or more"},
    {"joma/low-rank --preset quick train_rate=1e-6", "skipped: train_rate < 0.1: the fixed"},
    {"joma/invariant-softmax --preset one steps=2000", "F2.correlation"},
    {"joma/invariant-softmax --preset one steps=40 t_end=1e-6",
     "skipped: t_end eta_w = 1e-06 < 1e-3"},
    {"joma/invariant-softmax --preset one steps=40 delta=0.001,0.01 flow_N=1",
     "skipped: one sample alone violates nothing"},
    {"lm/hierarchical-tree --preset quick lr_exp=1e-9 seeds=1", "skipped: attention has not moved"},
    {"lowrank/projection t_end=1",
     "E.T38-step                                   skipped: the fast"},
    {"joma/erf delta=1 trials=0", "skipped: every token wins: there is no loser to stop"},
    {"joma/erf delta=1,1 trials=0", "skipped: all |delta| are equal"},
    {"joma/erf t_end=1e-9 t_long=1e-9 trials=0", "skipped: needs t_long beyond |v| = 0.1"},
    {"joma/erf delta=50,-50 trials=0 --strict", "<= 1e-09         holds\nJ2j.normalised-slope"},
    {"joma/erf t_end=1e-9 t_long=1e-9 trials=0", "skipped: |v| stays below 0.1"},
};

TEST(nothing_to_check_is_skipped) {
    char line[300];
    snprintf(line, sizeof line, "$P run %s --no-plot --out a && ! grep -w nan a/run.json",
             nothing[_i].run);
    struct outcome o = shell(line, nothing[_i].said);
    ck_assert_msg(!strstr(o.text, " nan "), "%s: %s", nothing[_i].run, o.text);
}

/* If nothing can be measured at all, that is reported as a mistake in the parameters, before any
 * work. */
TEST(nothing_to_measure_is_refused) {
    shell_ends("$P run domain/commons num_last=1 num_next_per_last=1 --out a", 64,
               "one class alone shares no token");
    shell_ends("$P run domain/context num_last=1 num_next_per_last=1 --out a", 64,
               "of one class nothing is learnt");
    shell_ends("$P run domain/context t_end=0.001 --out a", 64, "less than a step");
}

TCASE(cli_checks) {
    in_a_folder(tcase, 120);
    tcase_add_test(tcase, nothing_to_measure_is_refused);
    tcase_add_each(tcase, nothing_to_check_is_skipped, nothing);
}
