/* One run of SGD on sampled contexts: a cell of the paper's figure 6. */
#include "experiments/frame/contract/check.h"
#include "experiments/frame/contract/results.h"

#include "experiments/scansnap/shared/data_params.h"
#include "experiments/scansnap/shared/sgd_params.h"

#include <math.h>
#include <string.h>

static const struct param params[] = {
    DATA_PARAMS("3", "2", "vocabulary"),
    SGD_PARAMS("1", "2", "uniform"),
    {"every", PARAM_INT, "5", 1, 1000000, .doc = "updates between two rows of the table attention"},
    {"classes_shown", PARAM_INT, "1", 0, 100000, .doc = "classes there, from the first"},
    {0}};

static const struct preset presets[] = {
    {"quick", "", "a cell of figure 6: num_last = 3, lr_z = 1, lr_Y/lr_Z = 2"},
    {"paper", "num_last=10", "the largest set of figure 6"},
    {"figure4", "num_last=2 num_next_per_last=1 init=zero", "the data and the start of figure 4"},
    {0}};

static const struct column loss_columns[] = {
    {"step", COLUMN_INT, .doc = "updates done before"},
    {"loss", COLUMN_REAL, "nat", "mean cross-entropy of the batch", false},
    {0}};
static const struct column attention_columns[] = {
    {"step", COLUMN_INT, .doc = "updates done"},
    {"class", COLUMN_INT, .doc = "n"},
    {"token", COLUMN_INT, .doc = "l"},
    {"kind", COLUMN_TEXT, .doc = "distinct or common"},
    {"p", COLUMN_REAL, .doc = "P(l|n)"},
    {"c", COLUMN_REAL, .doc = "c_nl, expected attention"},
    {"z", COLUMN_REAL, .doc = "z_ml"},
    {0}};
static const struct column course_columns[] = {
    {"step", COLUMN_INT, .doc = "updates done"},
    {"entropy_distinct", COLUMN_REAL, "nat",
     "of c_n on the distinct tokens, renormalised, mean over classes", true},
    {"entropy_support", COLUMN_REAL, "nat", "of c_n, mean over classes", false},
    {"common_mass", COLUMN_REAL, .doc = "of c_n, mean over classes"},
    {"loss_population", COLUMN_REAL, "nat", "expected loss at T to infinity", false},
    {0}};
static const struct table tables[] = {
    {"loss", "the loss of every batch", loss_columns},
    {"course", "what attention is worth over training", course_columns},
    {"attention", "the attention of the first classes", attention_columns},
    STATE_TABLE,
    {0}};

static const struct scalar scalars[] = {
    {"entropy_distinct", "nat",
     "entropy of c_n on the class's distinct tokens, renormalised, mean over classes, after the "
     "last update: the paper's 'average entropy of c_n'",
     true},
    {"entropy_support", "nat", "entropy of c_n over its support, mean over classes", false},
    {"common_mass", NULL, "of c_n, mean over classes", false},
    {"loss", "nat", "of the last batch, before its update", false},
    {"loss_first", "nat", "of the first batch", false},
    {"loss_population", "nat", "expected loss of the trained Y and Z at T to infinity", false},
    {"entropy_distinct_start", "nat", "before the first update", true},
    {"loss_population_start", "nat", "before the first update", false},
    {"repeats", NULL, "1 if a second run of the same seed gave the same bits", false},
    {0}};

static const struct figure figures[] = {
    {"sgd", "scansnap/sgd/sgd.gp",
     "SGD on sampled contexts. (a) Loss of every batch, and the expected loss of long contexts. "
     "(b) "
     "Entropy of the attention, over the support and over the distinct tokens alone (the paper's "
     "'average entropy of c_n'). (c) Attention of class 0."},
    {0}};

static enum attndyn_status emit(struct attndyn_context *ctx, const struct params *p,
                                struct attndyn_sgd *sgd, struct results *results, double *c) {
    const struct attndyn_distribution *d = sgd->distribution;
    struct attndyn_sgd_outcome o;
    attndyn_sgd_see(sgd, &o);
    ATTNDYN_TRY(EMIT(ctx, results, "course", I((long)sgd->steps), R(o.entropy_distinct),
                     R(o.entropy_support), R(o.common_mass), R(o.loss_population)));
    size_t shown = (size_t)param_int(p, "classes_shown");
    for (size_t n = 0; n < shown && n < d->classes; n++) {
        attndyn_sgd_attention(sgd, n, c);
        for (size_t e = d->start[n]; e < d->start[n + 1]; e++)
            ATTNDYN_TRY(EMIT(
                ctx, results, "attention", I((long)sgd->steps), I((long)n), I((long)d->token[e]),
                S(sgd->flow->entry_distinct[e] ? "distinct" : "common"), R(d->probability[e]),
                R(c[e - d->start[n]]), R(sgd->z[sgd->flow->entry_z[e]])));
    }
    return ATTNDYN_OK;
}

/* Y (M, V) and z (L, M); what never moves is given as 0 (rows and entries outside all supports). */
static enum attndyn_status emit_state(struct attndyn_context *ctx, const struct attndyn_sgd *sgd,
                                      struct results *results) {
    const struct attndyn_flow *flow = sgd->flow;
    const struct attndyn_distribution *d = sgd->distribution;
    double *Y, *Z;
    ATTNDYN_ALLOC(ctx, Y, d->tokens * d->columns);
    ATTNDYN_ALLOC(ctx, Z, d->last_tokens * d->tokens);
    for (size_t r = 0; r < flow->rows; r++)
        memcpy(Y + flow->row_token[r] * d->columns, sgd->Y + r * sgd->stride,
               d->columns * sizeof *Y);
    for (size_t m = 0; m < d->last_tokens; m++)
        for (size_t z = flow->z_start[m]; z < flow->z_start[m + 1]; z++)
            Z[m * d->tokens + flow->z_token[z]] = sgd->z[z];
    ATTNDYN_TRY(results_emit_state(ctx, results, "Y", Y, d->tokens * d->columns));
    return results_emit_state(ctx, results, "z", Z, d->last_tokens * d->tokens);
}

static enum attndyn_status run(struct attndyn_context *ctx, const struct params *p,
                               struct results *results) {
    struct attndyn_distribution *d;
    struct attndyn_sgd *sgd;
    struct attndyn_sgd_options options = sgd_from_params(p);
    size_t steps = (size_t)param_int(p, "steps"), every = (size_t)param_int(p, "every");
    ATTNDYN_TRY(data_from_params(ctx, p, &d));
    ATTNDYN_TRY(attndyn_sgd_create(ctx, d, &options, &sgd));
    double *c;
    size_t widest = 0;
    for (size_t n = 0; n < d->classes; n++)
        if (d->start[n + 1] - d->start[n] > widest) widest = d->start[n + 1] - d->start[n];
    ATTNDYN_ALLOC(ctx, c, widest);
    struct attndyn_sgd_outcome before, once, again;
    attndyn_sgd_see(sgd, &before);
    ATTNDYN_TRY(results_scalar(ctx, results, "loss_population_start", before.loss_population));
    if (!isnan(before.entropy_distinct))
        ATTNDYN_TRY(
            results_scalar(ctx, results, "entropy_distinct_start", before.entropy_distinct));
    for (size_t k = 0; k < steps; k++) {
        if (k % every == 0) {
            ATTNDYN_TRY(emit(ctx, p, sgd, results, c));
            ATTNDYN_TRY(attndyn_check_interrupt(ctx));
            attndyn_progress(ctx, "updates", (double)k, (double)steps);
        }
        attndyn_sgd_step(sgd);
        if (!isfinite(sgd->loss))
            return attndyn_fail(ctx, ATTNDYN_RUN_FAILED,
                                "the loss is not finite at update %zu: lower lr_z or lr_ratio", k);
        ATTNDYN_TRY(EMIT(ctx, results, "loss", I((long)k), R(sgd->loss)));
        if (k == 0) ATTNDYN_TRY(results_scalar(ctx, results, "loss_first", sgd->loss));
    }
    ATTNDYN_TRY(emit(ctx, p, sgd, results, c));
    ATTNDYN_TRY(emit_state(ctx, sgd, results));
    attndyn_sgd_see(sgd, &once);
    if (!isnan(once.entropy_distinct))
        ATTNDYN_TRY(results_scalar(ctx, results, "entropy_distinct", once.entropy_distinct));
    ATTNDYN_TRY(results_scalar(ctx, results, "entropy_support", once.entropy_support));
    ATTNDYN_TRY(results_scalar(ctx, results, "common_mass", once.common_mass));
    ATTNDYN_TRY(results_scalar(ctx, results, "loss", once.loss));
    ATTNDYN_TRY(results_scalar(ctx, results, "loss_population", once.loss_population));

    ATTNDYN_TRY(attndyn_sgd_runs(ctx, d, &options, 1, steps, &again));
    return results_scalar(ctx, results, "repeats", memcmp(&once, &again, sizeof once) == 0);
}

static enum attndyn_status check_repeats(struct attndyn_context *ctx, const struct params *p,
                                         const struct results *r, struct verdict *v) {
    (void)ctx;
    return verdict_at_least(v, results_scalar_value(r, "repeats"), 1, "seed %ld, %ld updates",
                            param_int(p, "seed"), param_int(p, "steps"));
}

static enum attndyn_status check_sparser(struct attndyn_context *ctx, const struct params *p,
                                         const struct results *r, struct verdict *v) {
    (void)ctx;
    double start = results_scalar_value(r, "entropy_distinct_start");
    if (isnan(start) || !param_is(p, "data", "authors"))
        return verdict_skip(v, "stated for the authors' data with distinct tokens");
    if (param_real(p, "lr_z") == 0)
        return verdict_skip(v, "lr_z = 0: the attention is not trained");
    if (!(start > 0)) return verdict_skip(v, "one distinct token a class has no entropy to lose");
    double end = results_scalar_value(r, "entropy_distinct");
    return verdict_at_most(v, end / start, 1, "entropy on distinct tokens %.5f, at the start %.5f",
                           end, start);
}

static enum attndyn_status check_learns(struct attndyn_context *ctx, const struct params *p,
                                        const struct results *r, struct verdict *v) {
    (void)ctx;
    /* lr_Y = lr_ratio lr_Z */
    if (param_real(p, "lr_z") * param_real(p, "lr_ratio") == 0)
        return verdict_skip(v, "lr_z lr_ratio = 0: the decoder is not trained");
    double start = results_scalar_value(r, "loss_population_start");
    return verdict_at_most(v, results_scalar_value(r, "loss_population") / start, 1,
                           "expected loss after training over that before, %.4f", start);
}

static const struct check *const checks[] = {
    &(const struct check){"SGD.repeats", CHECK_CLAIM, "The same seed gives the same bits.", "the program's contract",
     "a second run of the seed ends elsewhere", check_repeats},
    &(const struct check){"SGD.sparser", CHECK_CLAIM,
     "Training makes the attention sparser: the entropy of c_n on the distinct tokens falls.",
     "Scan&Snap, figure 6", "it ends above its value at the start", check_sparser},
    &(const struct check){"SGD.learns", CHECK_CLAIM, "Training lowers the loss.", "Scan&Snap, section 6",
     "the expected loss ends above that at the start", check_learns},
    NULL};

const struct experiment experiment_scansnap_sgd = {
    .id = "scansnap/sgd",
    .title = "One run of SGD on sampled contexts",
    .source = "Scan&Snap (arXiv 2305.16380), section 6 and figure 6",
    .doc =
        "A sample is a class n by P(n), T - 1 context tokens drawn independently from P(.|n), and "
        "the last token psi(n); the label is n. Attention is a softmax over the T - 1 positions "
        "of the logits z_ml, the weighted bag of words is normalised to length one, Y decodes "
        "it; cross-entropy, two SGD optimisers with PyTorch's momentum for Y and Z, both "
        "gradients taken before either moves. c_n is the expected attention, P(l|n) exp(z_ml) "
        "normalised.\n"
        "The scalars are what figure 6 of the paper averages: its 'average entropy of c_n' is "
        "over the class's distinct tokens alone, renormalised, in natural logarithms; the "
        "entropy over the whole support, given beside it, is 0.4 to 0.8 higher. State: Y (M x "
        "V) and z (L x M), with 0 for what lies outside all supports and never moves.",
    .params = params,
    .presets = presets,
    .tables = tables,
    .scalars = scalars,
    .figures = figures,
    .checks = checks,
    .run = run,
};
