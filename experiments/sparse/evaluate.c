/* A trained network with a part of each token's units. */
#include "sim/model/inference/evaluate.h"
#include "experiments/shared/subject.h"
#include "sim/model/inference/sparse.h"

#define PART(C) C(part_mlp, "mlp") C(part_heads, "heads") C(part_both, "both")
CHOICES(part, PART)

#define SPARSE(X)                                                                                  \
    SUBJECT_NETWORK(X)                                                                             \
    SUBJECT_TEXT(X)                                                                                \
    X(CHOICE, part, "mlp", "which units are chosen: the MLP's hidden units, heads, or both")       \
    X(ENUM(attndyn_sparse_choice, ATTNDYN_SPARSE_CHOICES), choose, "contextual",                   \
      "contextual: each token's heaviest (an oracle); static: for all tokens those of greatest "   \
      "mean weight on the calibration text; random: drawn for each token; predictor: what two "    \
      "small maps say from what enters the layer; predictor-ahead: from what enters the one "      \
      "before")                                                                                    \
    X(REAL, keep, "0.5", "share of the units: ceil(keep x units) are kept", IN(1e-6, 1))           \
    X(FILE, calibration, "",                                                                       \
      "a text (with ids=: of ids) for static and the predictors, cut to `limit` as the text is, "  \
      "all of its tokens read; "                                                                   \
      "empty: a generated one, for the small network",                                             \
      .only = "choose=static|predictor|predictor-ahead")                                           \
    X(INT, rank, "32", "rank of the predictors", IN(1, 65536),                                     \
      .only = "choose=predictor|predictor-ahead")                                                  \
    X(INT, seed, "1", "seed of random, and of the predictors' start and order",                    \
      .only = "choose=random|predictor|predictor-ahead")
PARAMS(sparse, SPARSE)
#define PARAMETERS sparse

#define POSITIONS(X)                                                                               \
    X(INT, position, "t")                                                                          \
    X(INT, token, "x_t")                                                                           \
    X(REAL, nll, "-ln p(x_{t+1}) with a part of the units", .unit = "nat")                         \
    X(REAL, dense, "with all", .unit = "nat")                                                      \
    X(INT, agrees, "1 where the most probable next token is dense inference's")
TABLE_AS(position_row, "positions", POSITIONS, "the negative log-likelihood at each position")

#define SUMMARY(X)                                                                                 \
    X(REAL, nll, "mean over positions, with a part of the units", .unit = "nat")                   \
    X(REAL, dense_nll, "with all", .unit = "nat")                                                  \
    X(REAL, agreement, "share of positions whose most probable next token is dense inference's")   \
    X(REAL, tokens, "of the text, that of the beginning included")                                 \
    X(OPTIONAL, mlp_kept, "hidden units of a layer that are kept")                                 \
    X(OPTIONAL, heads_kept, "heads of a layer that are kept")                                      \
    X(REAL, recall, "share of each token's heaviest units that were among the chosen")
SCALARS(summary, SUMMARY)

static double kept(double keep, size_t units) {
    return ceil(keep * (double)units);
}

static bool calibrates(const struct sparse *p) {
    return p->choose == ATTNDYN_SPARSE_STATIC || p->choose == ATTNDYN_SPARSE_PREDICTOR ||
           p->choose == ATTNDYN_SPARSE_PREDICTOR_AHEAD;
}

/* The choice of units, ready to be used. */
static enum attndyn_status prepare(const struct trial *run, const struct sparse *p,
                                   const struct subject *subject, struct attndyn_sparse **sparse,
                                   struct attndyn_inference_hooks *hooks) {
    const struct attndyn_sparse_options options = {.mlp = p->part != part_heads,
                                                   .heads = p->part != part_mlp,
                                                   .choice = p->choose,
                                                   .share = p->keep,
                                                   .rank = (size_t)p->rank,
                                                   .seed = (uint64_t)p->seed};
    struct attndyn_tokens tokens;
    ATTNDYN_TRY(attndyn_sparse_create(run->ctx, subject->weights, &options, sparse));
    if (calibrates(p)) {
        if (subject->model && !*p->calibration)
            return attndyn_fail(run->ctx, ATTNDYN_USAGE,
                                "choose=%s needs a text other than the one that is scored: name it "
                                "by calibration=FILE",
                                p->choose == ATTNDYN_SPARSE_STATIC ? "static" : "predictor");
        ATTNDYN_TRY(
            subject_other_text(run, subject, p->calibration, 16 * SUBJECT_CONTEXT, &tokens));
        ATTNDYN_TRY(attndyn_sparse_calibrate(run->ctx, *sparse, tokens.id, tokens.length));
        ATTNDYN_TRY(NOTE(run, "calibrated on %zu tokens", tokens.length));
    }
    return attndyn_sparse_hooks(run->ctx, *sparse, hooks);
}

RUN(sparse) {
    struct subject subject;
    struct attndyn_tokens tokens;
    struct attndyn_sparse *sparse;
    struct attndyn_inference_hooks hooks;
    double *nll, *dense, sum = 0, dense_sum = 0, agree = 0;
    uint32_t *best, *dense_best;
    ATTNDYN_TRY(subject_open(run, !*p->ids, &subject));
    const struct attndyn_transformer_config *c = &subject.weights->config;
    ATTNDYN_TRY(subject_text(run, &subject, c->context + 1, &tokens));
    size_t n = tokens.length;
    ATTNDYN_ALLOC(run->ctx, nll, n);
    ATTNDYN_ALLOC(run->ctx, dense, n);
    ATTNDYN_ALLOC(run->ctx, best, n);
    ATTNDYN_ALLOC(run->ctx, dense_best, n);
    struct attndyn_evaluation e = {.bounded = true};
    ATTNDYN_TRY(attndyn_evaluate(run->ctx, subject.weights, &e, tokens.id, n, dense, dense_best));
    ATTNDYN_TRY(prepare(run, p, &subject, &sparse, &hooks));
    e.hooks = &hooks;
    ATTNDYN_TRY(attndyn_evaluate(run->ctx, subject.weights, &e, tokens.id, n, nll, best));
    for (size_t t = 0; t + 1 < n; t++) {
        ATTNDYN_TRY(EMIT(run, position_row, .position = (long)t, .token = (long)tokens.id[t],
                         .nll = nll[t], .dense = dense[t], .agrees = best[t] == dense_best[t]));
        sum += nll[t], dense_sum += dense[t], agree += best[t] == dense_best[t];
    }
    double count = (double)(n - 1);
    agree /= count;
    ATTNDYN_TRY(STATE(run, nll, nll, n - 1));
    ATTNDYN_TRY(STATE(run, agreement, &agree, 1));
    ATTNDYN_TRY(subject_note(run, &subject, &(struct attndyn_cache){0}, 1, n - 1));
    return SET(run, summary, .nll = sum / count, .dense_nll = dense_sum / count, .agreement = agree,
               .tokens = (double)n,
               .mlp_kept = p->part != part_heads ? kept(p->keep, c->hidden) : NAN,
               .heads_kept = p->part != part_mlp ? kept(p->keep, c->heads) : NAN,
               .recall = attndyn_sparse_recall(sparse));
}

CLAIM(whole, "SPARSE.evaluate-whole", CONTRACT,
      "With all units kept, and with the heaviest chosen by the token, the choice is what it says: "
      "keep=1 is dense inference bit for bit, contextual finds every one of the heaviest.",
      "a loss differs at keep=1, or contextual misses a unit") {
    struct summary s = summary_of(run);
    double off = NOTHING_YET;
    if (p->keep < 1 && p->choose != ATTNDYN_SPARSE_CONTEXTUAL)
        return verdict_skip(v, "of keep=1 and of choose=contextual alone");
    if (p->choose == ATTNDYN_SPARSE_CONTEXTUAL) off = 1 - s.recall;
    if (p->keep >= 1)
        EACH_ROW (run, position_row, r) worst(&off, r->nll - r->dense);
    return verdict_at_most(v, off, 0, "%g tokens, recall %g", s.tokens, s.recall);
}

CLAIM(better, "SPARSE.evaluate-contextual", CONTRACT,
      "Half of the hidden units of a token, its heaviest, leave the loss of the small network "
      "within a tenth of a nat.",
      "it moves by more than {bound} nat", .bound = 0.1) {
    struct summary s = summary_of(run);
    if (*p->model || p->part != part_mlp || p->choose != ATTNDYN_SPARSE_CONTEXTUAL || p->keep < 0.5)
        return verdict_skip(v, "of the small network with at least half of its hidden units");
    return verdict_at_most(v, fabs(s.nll - s.dense_nll), v->bound, "%g tokens, agreement %g",
                           s.tokens, s.agreement);
}

static const struct check *const sparse_claims[] = {&whole, &better, NULL};

const struct experiment experiment_sparse_evaluate = {
    .id = "sparse/evaluate",
    .title = "A trained network with a part of each token's units",
    .source = "Deja Vu (arXiv 2310.17157)",
    .doc = "Unit i of a token's MLP weighs |h_i| ||W_down[:, i]||, h after activation and gate; a "
           "head weighs the norm of its output after its slice of the output map. ceil(keep x "
           "units) are kept, ties by index, in every layer and at every token; the others put out "
           "0. What is computed from the weights themselves is an oracle: it says what could be "
           "left out, and saves nothing; predictors choose before the units are computed.",
    .presets = (const struct preset[]){{"quick", "",
                                        "a small network, half of its hidden units: a second"},
                                       {"static", "choose=static", "the same units for all tokens"},
                                       {"predictor", "choose=predictor", "what two small maps say"},
                                       {"heads", "part=heads", "half of the heads"},
                                       {0}},
    .tables = TABLES(position_row, the_state),
    .figures =
        (const struct figure[]){
            {"evaluate", "sparse/evaluate/evaluate.gp",
             "What a part of the units costs at each position: above the line the loss is higher than with all."},
            {0}},
    PARTS_OF(sparse, summary)};
