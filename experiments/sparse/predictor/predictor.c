/* Can the units that a token needs be known before they are computed: from what enters the layer,
 * and from what entered the one before? */
#include "experiments/sparse/shared/looked.h"
#include "sim/model/inference/evaluate.h"

#include <string.h>

#define PREDICTOR(X)                                                                               \
    LOOKED(X)                                                                                      \
    X(REALS, shares, "0.1,0.2,0.3,0.5", "shares of the hidden units that are kept", IN(1e-6, 1))   \
    X(REAL, target, "0.2",                                                                         \
      "share of a token's units, the heaviest, that the predictors learn and that recall is of",   \
      IN(1e-6, 1))                                                                                 \
    X(INT, rank, "16", "of the predictors", IN(1, 65536))
PARAMS(predictor, PREDICTOR)
#define PARAMETERS predictor

#define LOSSES(X)                                                                                  \
    X(TEXT, network, "swiglu, relu (-2 ...: other seeds), model")                                  \
    X(TEXT, choose, "contextual (an oracle), static, random, predictor, predictor-ahead")          \
    X(REAL, share, "of the hidden units that are kept")                                            \
    X(REAL, excess, "loss less that of all units, paired by sequence", .unit = "nat")              \
    X(REAL, error, "its standard error", .unit = "nat")                                            \
    X(REAL, over_static, "static's excess less this one, paired", .unit = "nat")                   \
    X(REAL, over_static_error, "its standard error", .unit = "nat")                                \
    X(REAL, recall, "share of the heaviest (`target`) that were among the chosen")                 \
    X(REAL, precision, "share of the chosen that were among the heaviest")
TABLE(losses, LOSSES)

#define LAYERS(X)                                                                                    \
    X(TEXT, network, "swiglu, relu, model")                                                          \
    X(TEXT, choose, "contextual, static, random, predictor, predictor-ahead")                        \
    X(INT, layer, "from the lowest, 0")                                                              \
    X(REAL, share, "kept: the one next to `target`")                                                 \
    X(REAL, recall, "of that layer")                                                                 \
    X(REAL, precision, "of that layer")                                                              \
    X(OPTIONAL, cosine,                                                                              \
      "of what enters the layer and what entered the one before, mean over tokens, with all units; " \
      "empty at the lowest")
TABLE(layers, LAYERS)

#define NETWORKS(X)                                                                                \
    X(TEXT, network, "swiglu, relu, model")                                                        \
    X(REAL, dense, "loss with all units", .unit = "nat")                                           \
    X(REAL, reads, "numbers of a layer's predictor over those of its MLP")                         \
    X(INT, leaked, "evaluated sequences found in the calibration text")
TABLE_AS(network_row, "networks", NETWORKS)

/* ------------------------------------------------------------------ cosines */

struct turning {
    size_t width, layers;
    double *cosine; /* (layers): sums over tokens */
    attndyn_real *before;
    size_t tokens;
};

static double dot(size_t n, const attndyn_real *x, const attndyn_real *y) {
    double sum = 0;
    for (size_t j = 0; j < n; j++) sum += (double)x[j] * (double)y[j];
    return sum;
}

static void see_stream(void *user, size_t layer, size_t rows, const attndyn_real *stream) {
    struct turning *t = user;
    size_t d = t->width;
    for (size_t r = 0; r < rows && layer > 0; r++) {
        const attndyn_real *x = stream + r * d, *y = t->before + r * d;
        t->cosine[layer] += dot(d, x, y) / sqrt(dot(d, x, x) * dot(d, y, y));
    }
    if (layer == 0) t->tokens += rows;
    memcpy(t->before, stream, rows * d * sizeof *stream);
}

static enum attndyn_status turning_of(const struct trial *run, const struct looked *l,
                                      struct turning *t) {
    const struct attndyn_inference_hooks hooks = {.user = t, .layer = see_stream};
    struct looked_losses losses;
    *t = (struct turning){.width = l->weights->config.width, .layers = l->weights->config.layers};
    ATTNDYN_ALLOC(run->ctx, t->cosine, t->layers);
    ATTNDYN_ALLOC(run->ctx, t->before, (l->length > 512 ? l->length : 512) * t->width);
    ATTNDYN_TRY(looked_evaluate(run, l, &hooks, &losses));
    for (size_t i = 0; i < t->layers; i++) t->cosine[i] /= (double)t->tokens;
    return ATTNDYN_OK;
}

/* ------------------------------------------------------------------ choices */

static const char *const choices[] = {"contextual", "static", "random", "predictor",
                                      "predictor-ahead"};
enum { CHOICES_COUNT = 5, STATIC = 1 };

/* The choices in this order: the others are compared with the losses of static. */
static const enum attndyn_sparse_choice in_turn[CHOICES_COUNT] = {
    ATTNDYN_SPARSE_STATIC, ATTNDYN_SPARSE_CONTEXTUAL, ATTNDYN_SPARSE_RANDOM,
    ATTNDYN_SPARSE_PREDICTOR, ATTNDYN_SPARSE_PREDICTOR_AHEAD};

static size_t nearest(struct reals shares, double target) {
    size_t best = 0;
    for (size_t k = 1; k < shares.count; k++)
        if (fabs(shares.at[k] - target) < fabs(shares.at[best] - target)) best = k;
    return best;
}

struct looking {
    const struct looked *l;
    struct looked_losses dense, *fixed; /* fixed: static's, by share */
    struct turning turning;
    double reads;
    size_t leaked;
};

/* One share of a choice that is ready. */
static enum attndyn_status one(const struct trial *run, const struct predictor *p,
                               struct looking *k, enum attndyn_sparse_choice choice, size_t which,
                               struct attndyn_sparse *sparse,
                               const struct attndyn_inference_hooks *hooks) {
    const struct looked *l = k->l;
    struct attndyn_sparse_counts all = {0};
    struct looked_losses part;
    ATTNDYN_TRY(attndyn_sparse_keep(run->ctx, sparse, p->shares.at[which]));
    ATTNDYN_TRY(looked_evaluate(run, l, hooks, &part));
    if (choice == ATTNDYN_SPARSE_STATIC) k->fixed[which] = part;
    for (size_t i = 0; i < l->weights->config.layers; i++) {
        struct attndyn_sparse_counts c = attndyn_sparse_layer(sparse, i);
        all.hits += c.hits, all.wanted += c.wanted, all.chosen += c.chosen;
        if (which != nearest(p->shares, p->target)) continue;
        ATTNDYN_TRY(EMIT(run, layers, .network = l->name, .choose = choices[choice],
                         .layer = (long)i, .share = p->shares.at[which],
                         .recall = c.hits / c.wanted, .precision = c.hits / c.chosen,
                         .cosine = i > 0 ? k->turning.cosine[i] : NAN));
    }
    struct excess e = looked_excess(l, &part, &k->dense),
                  over = looked_excess(l, &k->fixed[which], &part);
    return EMIT(run, losses, .network = l->name, .choose = choices[choice],
                .share = p->shares.at[which], .excess = e.mean, .error = e.error,
                .over_static = over.mean, .over_static_error = over.error,
                .recall = all.hits / all.wanted, .precision = all.hits / all.chosen);
}

static enum attndyn_status look(const struct trial *run, const struct looked *l, void *user) {
    const struct predictor *p = user;
    const struct attndyn_transformer_config *c = &l->weights->config;
    struct looking k = {.l = l};
    double maps = c->mlp == ATTNDYN_MLP_SWIGLU ? 3 : 2;
    ATTNDYN_ALLOC(run->ctx, k.fixed, p->shares.count);
    ATTNDYN_TRY(looked_evaluate(run, l, NULL, &k.dense));
    ATTNDYN_TRY(turning_of(run, l, &k.turning));
    for (size_t i = 0; i < CHOICES_COUNT; i++) {
        const struct attndyn_sparse_options options = {.mlp = true,
                                                       .choice = in_turn[i],
                                                       .share = p->target,
                                                       .target = p->target,
                                                       .rank = (size_t)p->rank,
                                                       .seed = l->seed};
        struct attndyn_sparse *sparse;
        struct attndyn_inference_hooks hooks;
        size_t leaked;
        ATTNDYN_TRY(looked_choice(run, l, &options, &sparse, &hooks, &leaked));
        for (size_t s = 0; s < p->shares.count; s++)
            ATTNDYN_TRY(one(run, p, &k, in_turn[i], s, sparse, &hooks));
        k.leaked += leaked;
        k.reads = (double)attndyn_sparse_predictor_numbers(sparse) /
                  (maps * (double)(c->width * c->hidden));
    }
    return EMIT(run, network_row, .network = l->name, .dense = looked_mean(l, &k.dense),
                .reads = k.reads, .leaked = (long)k.leaked);
}

RUN(predictor) {
    struct predictor copy = *p;
    ATTNDYN_TRY(NOT_EMPTY(run, p, shares));
    return looked_each(run, look, &copy);
}

/* ------------------------------------------------------------------ claims */

/* A paired effect counts from four standard errors on (by chance one in 15,000). */
#define STANDARD_ERRORS 4
#define DEJA_VU(place) PAPER("Deja Vu (arXiv 2310.17157)", place)

/* The least of over_static in standard errors, at shares up to the target. */
static double least_over_static(const struct trial *run, const struct predictor *p,
                                const char *choose, size_t *n, double *at) {
    double least = INFINITY;
    EACH_ROW (run, losses, r) {
        if (strcmp(r->choose, choose) != 0 || r->share > p->target) continue;
        double x = r->over_static / r->over_static_error;
        if (!(x >= least)) least = x, *at = r->over_static;
        ++*n;
    }
    return least;
}

CLAIM(predicted, "SPARSE.predictor-beats-static", DEJA_VU("section 4.1"),
      "Which units a token needs can be known before they are computed: two small maps of what "
      "enters the layer choose better than the best choice for all tokens.",
      "the difference of the excesses, at a share of at most the target, is below {bound} standard "
      "errors",
      .bound = STANDARD_ERRORS) {
    double at = NAN;
    size_t n = 0;
    double least = least_over_static(run, p, "predictor", &n, &at);
    if (n == 0) return verdict_skip(v, "needs a share of at most target=%g", p->target);
    return verdict_at_least(v, least, v->bound, "%zu shares; the least difference is %.4f nat", n,
                            at);
}

CLAIM(ahead, "SPARSE.ahead-beats-static", DEJA_VU("section 4.3"),
      "What entered the layer before says it, too: one layer ahead still chooses better than the "
      "best choice for all tokens.",
      "the difference of the excesses, at a share of at most the target, is below {bound} standard "
      "errors",
      .bound = STANDARD_ERRORS) {
    double at = NAN;
    size_t n = 0;
    double least = least_over_static(run, p, "predictor-ahead", &n, &at);
    if (n == 0) return verdict_skip(v, "needs a share of at most target=%g", p->target);
    return verdict_at_least(v, least, v->bound, "%zu shares; the least difference is %.4f nat", n,
                            at);
}

CLAIM(oracle, "SPARSE.oracle-bounds-predictor", DERIVED,
      "The oracle stays the oracle: no predictor has a smaller excess than the choice of the "
      "heaviest.",
      "one is smaller by more than {bound} standard errors", .bound = STANDARD_ERRORS) {
    double most = 0;
    size_t n = 0;
    EACH_ROW (run, losses, a) {
        if (strncmp(a->choose, "predictor", 9) != 0) continue;
        EACH_ROW (run, losses, b) {
            if (strcmp(b->choose, "contextual") != 0 || strcmp(a->network, b->network) != 0 ||
                a->share != b->share)
                continue;
            double error = hypot(a->error, b->error);
            keep_larger(&most, error > 0 ? (b->excess - a->excess) / error : 0);
            n++;
        }
    }
    return verdict_at_most(v, most, v->bound, "%zu shares of predictors", n);
}

/* Both are trained from the same start in the same order, so at the lowest layer they coincide. */
CLAIM(reads, "SPARSE.predictor-reads", CONTRACT,
      "A layer's predictor reads what enters that layer, one ahead what entered the layer before: "
      "at the lowest layer both find the same units, above it they do not.",
      "recalls differ at the lowest layer, or are the same above it") {
    double off = 0;
    size_t n = 0;
    EACH_ROW (run, layers, a) {
        if (strcmp(a->choose, "predictor") != 0) continue;
        EACH_ROW (run, layers, b) {
            if (strcmp(b->choose, "predictor-ahead") != 0 || a->layer != b->layer ||
                strcmp(a->network, b->network) != 0)
                continue;
            off += (a->recall == b->recall) != (a->layer == 0);
            n++;
        }
    }
    return verdict_at_most(v, off, 0, "of %zu layers", n);
}

CLAIM(apart, "SPARSE.predictor-apart", CONTRACT,
      "Predictors learn from other text than they are judged on: no evaluated sequence stands in "
      "it.",
      "one does", .bound = 0) {
    double found = 0;
    EACH_ROW (run, network_row, r) found += (double)r->leaked;
    return verdict_at_most(v, found, v->bound, "sequences, %zu networks", ROWS(run, network_row));
}

static const struct check *const claims[] = {&predicted, &ahead, &oracle, &reads, &apart, NULL};

/* What a sweep draws. */
#define TAKEN(X)                                                                                   \
    X(OPTIONAL, excess, "largest excess of the loss with chosen units",                            \
      LARGEST_OF(losses, excess))                                                                  \
    X(OPTIONAL, recall, "mean recall over shares and choices", MEAN_OF(losses, recall))            \
    X(OPTIONAL, precision, "their mean precision", MEAN_OF(losses, precision))                     \
    X(OPTIONAL, dense, "loss with all units, last network", LAST_OF(network_row, dense))

const struct experiment experiment_sparse_predictor = {
    .id = "sparse/predictor",
    .title = "Which units a token needs, known before they are computed",
    .source = "Deja Vu (arXiv 2310.17157), section 4",
    .doc =
        "For each layer two linear maps, width -> rank -> hidden units, learn by binary cross-entropy "
        "on a calibration text which of a token's units are among its heaviest (`target`): from what "
        "enters the layer, or (predictor-ahead) from what entered the one before. Those of largest "
        "score are then kept on other text, in all layers at once: recall and precision with the "
        "errors of the layers below in them, and the excess of the loss beside that of the oracle, "
        "of one set for all tokens, and of random ones.\n\n"
        "Ahead works as far as the residual stream keeps its direction from layer to layer: the "
        "cosine stands beside the recall. The published predictors learn whether a unit is positive; "
        "a gated unit has no such sign, so here both kinds learn which are heaviest.",
    .params = PARAM_LIST(PREDICTOR),
    .presets =
        (const struct preset[]){
            {"quick", "shares=0.1,0.2,0.5 calibration=48", "two small networks: some seconds"},
            {"short", "layers=3 width=48 length=48 batch=16 updates=500 networks=2 calibration=128",
             "four networks of 95,000 weights, two seeds: a minute or two"},
            {"paper",
             "layers=6 width=192 heads=12 length=256 updates=12000 lr=1e-3 lines=40000 streams=64 "
             "networks=3 calibration=400 rank=64",
             "six networks of 2.7 million weights: a day"},
            {0}},
    .tables = (const struct table[]){TABLE_ENTRY(losses, LOSSES, "the loss with chosen units"),
                                     TABLE_ENTRY(layers, LAYERS,
                                                 "recall by layer, and how far the residual "
                                                 "stream turns"),
                                     TABLE_ENTRY(network_row, NETWORKS, "each network in short"),
                                     {0}},
    .figures =
        (const struct figure[]){
            {"predictor", "sparse/predictor/predictor.gp",
             "Left: the excess of the loss against the share of hidden units that is kept, chosen by "
             "the oracle, by predictors, once for all, at random (error bars: two standard errors). "
             "Right: recall by layer, and the cosine of a layer's input with the one before."},
            {0}},
    .scalars = SCALAR_LIST(TAKEN),
    .checks = claims,
    .run = RUN_OF(predictor)};
