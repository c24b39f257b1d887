/* Can the units that a token needs be known before they are computed: from what enters the layer,
 * and from what entered the one before? */
#include "predictor.h"

#include "sim/model/inference/evaluate.h"

#include <string.h>

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
    return looked_each(run, (size_t)p->streams, look, &copy);
}

/* What a sweep draws. */
#define TAKEN(X)                                                                                   \
    X(OPTIONAL, excess, "largest excess of the loss with chosen units",                            \
      LARGEST_OF(losses, excess))                                                                  \
    X(OPTIONAL, recall, "mean recall over shares and choices", MEAN_OF(losses, recall))            \
    X(OPTIONAL, precision, "mean precision over shares and choices", MEAN_OF(losses, precision))   \
    X(OPTIONAL, dense, "loss with all units, last network", LAST_OF(network_row, dense))
SCALARS(taken, TAKEN)

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
    .tables = TABLES(losses, layers, network_row),
    .figures =
        (const struct figure[]){
            {"predictor", "sparse/predictor/predictor.gp",
             "Left: the excess of the loss against the share of hidden units that is kept, chosen by "
             "the oracle, by predictors, once for all, at random (error bars: two standard errors). "
             "Right: recall by layer, and the cosine of a layer's input with the one before."},
            {0}},
    PARTS_OF(predictor, taken)};
