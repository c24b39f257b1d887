/* One run of SGD on sampled contexts: a cell of the paper's figure 6. */
#include "experiments/scansnap/shared/sgd.h"
#include "experiments/scansnap/shared/data.h"
#include "experiments/statements/statements.h"

#include <string.h>

#define SGD(X)                                                                                     \
    SCANSNAP_DATA(X, "3", "2", "vocabulary")                                                       \
    SCANSNAP_SGD(X, "1", "2", "uniform")                                                           \
    X(INT, every, "5", "updates between two rows of the table attention", IN(1, 1000000))          \
    X(INT, classes_shown, "1", "classes in that table, from the first", IN(0, 100000))
PARAMS(sgd, SGD)

#define LOSS(X)                                                                                    \
    X(INT, step, "updates made before it")                                                         \
    X(REAL, loss, "mean cross-entropy of the batch, before its update", .unit = "nat")
TABLE(loss, LOSS, "the loss of every batch")

#define COURSE(X)                                                                                  \
    X(INT, step, "updates made")                                                                   \
    X(OPTIONAL, entropy_distinct,                                                                  \
      "entropy of the attention c_n on the class's distinct tokens, renormalised, mean over "      \
      "classes",                                                                                   \
      .unit = "nat")                                                                               \
    X(REAL, entropy_support, "entropy of c_n over its support, mean over classes", .unit = "nat")  \
    X(REAL, common_mass, "share of c_n on the common tokens, mean over classes")                   \
    X(REAL, loss_population, "expected loss with infinitely long contexts", .unit = "nat")
TABLE(course, COURSE, "entropies of the attention and loss along the training")

#define ATTENTION(X)                                                                               \
    X(INT, step, "updates made")                                                                   \
    X(INT, class, "class n")                                                                       \
    X(INT, token, "token l")                                                                       \
    X(TEXT, kind, "distinct or common")                                                            \
    X(REAL, p, "P(l|n), its share of the class's contexts")                                        \
    X(REAL, c, "c_nl, its expected share of the attention")                                        \
    X(REAL, z, "attention logit z_ml, m the class's last token")
TABLE(attention, ATTENTION, "the attention of the first classes")

#define FOUND(X)                                                                                   \
    X(OPTIONAL, entropy_distinct,                                                                  \
      "entropy of c_n on the class's distinct tokens, renormalised, mean over classes, after "     \
      "the last update: the paper's 'average entropy of c_n'",                                     \
      .unit = "nat")                                                                               \
    X(REAL, entropy_support, "entropy of c_n over its support, mean over classes", .unit = "nat")  \
    X(REAL, common_mass, "share of c_n on the common tokens, mean over classes")                   \
    X(REAL, loss, "loss of the last batch, before its update", .unit = "nat")                      \
    X(REAL, loss_first, "loss of the first batch", .unit = "nat")                                  \
    X(REAL, loss_population, "expected loss of the trained Y and Z with infinitely long contexts", \
      .unit = "nat")                                                                               \
    X(OPTIONAL, entropy_distinct_start, "entropy_distinct before the first update", .unit = "nat") \
    X(REAL, loss_population_start, "loss_population before the first update", .unit = "nat")       \
    X(OPTIONAL, entropy_distinct_weights,                                                          \
      "entropy of P(l|n) itself on the distinct tokens: that of c_n where z = 0", .unit = "nat")   \
    X(REAL, entropy_labels,                                                                        \
      "entropy of P(n): the loss where only the frequencies of the next tokens are known",         \
      .unit = "nat")                                                                               \
    X(REAL, loss_decoder_alone,                                                                    \
      "expected loss after the same training with the attention at rest, lr_z = 0", .unit = "nat") \
    X(REAL, repeats, "1 if a second run of the same seed gave the same bits")
SCALARS(found, FOUND)

static const struct preset presets[] = {
    {"quick", "", "a cell of figure 6: num_last = 3, lr_z = 1, lr_Y/lr_Z = 2"},
    {"paper", "num_last=10", "the largest set of figure 6"},
    {"figure4", "num_last=2 num_next_per_last=1 init=zero", "the data and the start of figure 4"},
    {0}};

static const struct figure figures[] = {
    {"sgd", "scansnap/sgd/sgd.gp",
     "SGD on sampled contexts. (a) Loss of every batch, and the expected loss for infinitely long "
     "contexts: both fall. (b) Entropy of the attention c_n, over the support and over the "
     "distinct tokens alone (the paper's 'average entropy of c_n'), mean over classes: the latter "
     "falls as attention gets sparser. (c) Attention of class 0 over its tokens."},
    {0}};

static enum attndyn_status emit(const struct trial *run, const struct sgd *p,
                                struct attndyn_sgd *sgd, double *c) {
    const struct attndyn_distribution *d = sgd->distribution;
    struct attndyn_sgd_outcome o;
    attndyn_sgd_see(sgd, &o);
    ATTNDYN_TRY(EMIT(run, course, .step = (long)sgd->steps, .entropy_distinct = o.entropy_distinct,
                     .entropy_support = o.entropy_support, .common_mass = o.common_mass,
                     .loss_population = o.loss_population));
    for (size_t n = 0; n < (size_t)p->classes_shown && n < d->classes; n++) {
        attndyn_sgd_attention(sgd, n, c);
        for (size_t e = d->start[n]; e < d->start[n + 1]; e++)
            ATTNDYN_TRY(EMIT(run, attention, .step = (long)sgd->steps, .class = (long)n,
                             .token = (long)d->token[e],
                             .kind = sgd->flow->entry_distinct[e] ? "distinct" : "common",
                             .p = d->probability[e], .c = c[e - d->start[n]],
                             .z = sgd->z[sgd->flow->entry_z[e]]));
    }
    return ATTNDYN_OK;
}

/* Y (M, V) and z (L, M), with 0 for what never moves (rows and entries outside all supports). */
static enum attndyn_status emit_state(const struct trial *run, const struct attndyn_sgd *sgd) {
    const struct attndyn_flow *flow = sgd->flow;
    const struct attndyn_distribution *d = sgd->distribution;
    double *Y, *Z;
    ATTNDYN_ALLOC(run->ctx, Y, d->tokens * d->columns);
    ATTNDYN_ALLOC(run->ctx, Z, d->last_tokens * d->tokens);
    for (size_t r = 0; r < flow->rows; r++)
        memcpy(Y + flow->row_token[r] * d->columns, sgd->Y + r * sgd->stride,
               d->columns * sizeof *Y);
    for (size_t m = 0; m < d->last_tokens; m++)
        for (size_t z = flow->z_start[m]; z < flow->z_start[m + 1]; z++)
            Z[m * d->tokens + flow->z_token[z]] = sgd->z[z];
    ATTNDYN_TRY(STATE(run, Y, Y, d->tokens * d->columns));
    return STATE(run, z, Z, d->last_tokens * d->tokens);
}

RUN(sgd) {
    struct attndyn_distribution *d;
    struct attndyn_sgd *sgd;
    struct attndyn_sgd_options options = scansnap_sgd_options(run);
    size_t steps = (size_t)p->steps;
    ATTNDYN_TRY(scansnap_distribution(run, &d));
    ATTNDYN_TRY(attndyn_sgd_create(run->ctx, d, &options, &sgd));
    double *c;
    size_t widest = 0;
    for (size_t n = 0; n < d->classes; n++)
        if (d->start[n + 1] - d->start[n] > widest) widest = d->start[n + 1] - d->start[n];
    ATTNDYN_ALLOC(run->ctx, c, widest);
    struct attndyn_sgd_outcome before, once, again, weights, alone;
    double labels = 0;
    attndyn_sgd_see(sgd, &before);
    double loss_first = NAN;
    for (size_t k = 0; k < steps; k++) {
        if (k % (size_t)p->every == 0) {
            ATTNDYN_TRY(emit(run, p, sgd, c));
            ATTNDYN_TRY(attndyn_check_interrupt(run->ctx));
            attndyn_progress(run->ctx, "updates", (double)k, (double)steps);
        }
        attndyn_sgd_step(sgd);
        if (!isfinite(sgd->loss))
            return attndyn_fail(run->ctx, ATTNDYN_RUN_FAILED,
                                "the loss is not finite at update %zu: lower lr_z or lr_ratio", k);
        ATTNDYN_TRY(EMIT(run, loss, .step = (long)k, .loss = sgd->loss));
        if (k == 0) loss_first = sgd->loss;
    }
    ATTNDYN_TRY(emit(run, p, sgd, c));
    ATTNDYN_TRY(emit_state(run, sgd));
    attndyn_sgd_see(sgd, &once);
    ATTNDYN_TRY(attndyn_sgd_runs(run->ctx, d, &options, 1, steps, &again));
    struct attndyn_sgd_options at_rest = options;
    at_rest.lr_z = 0;
    ATTNDYN_TRY(attndyn_sgd_runs(run->ctx, d, &at_rest, 1, steps, &alone));
    options.init = ATTNDYN_SGD_ZERO;
    attndyn_sgd_restart(sgd, &options);
    attndyn_sgd_see(sgd, &weights);
    for (size_t n = 0; n < d->classes; n++)
        labels -= d->class_probability[n] * log(d->class_probability[n]);
    return SET(run, found, .entropy_distinct = once.entropy_distinct,
               .entropy_support = once.entropy_support, .common_mass = once.common_mass,
               .loss = once.loss, .loss_first = loss_first, .loss_population = once.loss_population,
               .entropy_distinct_start = before.entropy_distinct,
               .loss_population_start = before.loss_population,
               .loss_decoder_alone = alone.loss_population,
               .entropy_distinct_weights = weights.entropy_distinct, .entropy_labels = labels,
               .repeats = memcmp(&once, &again, sizeof once) == 0);
}

#define PARAMETERS sgd

CLAIM(repeats, "SGD.repeats", CONTRACT, "The same seed gives the same bits.",
      "a second run of the same seed ends with other entropies or losses") {
    return verdict_at_least(v, SCALAR_OF(run, found, repeats), 1, "seed %ld, %ld updates", p->seed,
                            p->steps);
}

/* Control: how far the entropy is from that of P before any training. */
CLAIM(sparser, "SGD.sparser", OF(S_F6),
      "Training makes the attention sparser: the entropy of c_n over the distinct tokens, "
      "renormalised, falls below that of P(l|n), which it has at z = 0.",
      "it falls by less than ten times what the random start has moved it, or by less than "
      "{bound} nat",
      .bound = 0.01) {
    double weights = SCALAR_OF(run, found, entropy_distinct_weights);
    if (isnan(weights) || p->data != data_authors)
        return verdict_skip(v, "stated for the authors' data with distinct tokens");
    if (p->lr_z == 0) return verdict_skip(v, "lr_z = 0: the attention is not trained");
    if (!(weights > 0)) return verdict_skip(v, "one distinct token a class has no entropy to lose");
    double start = fabs(SCALAR_OF(run, found, entropy_distinct_start) - weights);
    double end = SCALAR_OF(run, found, entropy_distinct);
    return verdict_at_least(v, weights - end, larger_of(10 * start, v->bound),
                            "entropy on distinct tokens %.5f, of P %.5f; the start is %.1g from it",
                            end, weights, start);
}

/* Two controls: who knows the labels' frequencies alone, and the same batches with an attention
 * that is not trained. */
CLAIM(
    learns, "SGD.learns", OF(S_X),
    "The one-layer model is trained: its expected loss falls below that of a predictor that knows "
    "the labels' frequencies P(n) alone and, by its attention, below that of the same training "
    "with the attention at rest.",
    "the expected loss after training is above either") {
    /* lr_Y = lr_ratio lr_Z */
    if (p->lr_z * p->lr_ratio == 0)
        return verdict_skip(v, "lr_z lr_ratio = 0: the decoder is not trained");
    double labels = SCALAR_OF(run, found, entropy_labels),
           alone = SCALAR_OF(run, found, loss_decoder_alone);
    return verdict_at_most(v, SCALAR_OF(run, found, loss_population), smaller_of(labels, alone),
                           "expected loss after training; the decoder alone %.4g, the labels' "
                           "entropy %.4f",
                           alone, labels);
}

static const struct check *const sgd_claims[] = {&repeats, &sparser, &learns, NULL};

const struct experiment experiment_scansnap_sgd = {
    .id = "scansnap/sgd",
    .title = "One run of SGD on sampled contexts",
    .source = "Scan&Snap (arXiv 2305.16380), section 8 and figure 6",
    .doc =
        "A sample is a class n by P(n), T - 1 context tokens drawn independently from P(.|n), "
        "and the last token psi(n); the label is n. Attention is a softmax over the T - 1 "
        "positions of the logits z_ml, the weighted bag of words is normalised to length one, Y "
        "decodes it; cross-entropy, two SGD optimisers with PyTorch's momentum for Y and Z, both "
        "gradients taken before either moves. c_n is the expected attention, P(l|n) exp(z_ml) "
        "normalised.\n"
        "The scalars are what figure 6 of the paper averages: its 'average entropy of c_n' is "
        "over the class's distinct tokens alone, renormalised, in natural logarithms; the "
        "entropy over the whole support, given beside it, is 0.4 to 0.8 higher. State: Y (M x V) "
        "and z (L x M), with 0 for what lies outside all supports and never moves.",
    .presets = presets,
    .tables = TABLES(loss, course, attention, the_state),
    .figures = figures,
    PARTS_OF(sgd, found)};
