#include "decode.h"

#include "experiments/shared/clock.h"
#include "sim/model/inference/inference.h"

#include <string.h>

/* One stream of the first sequence's tokens, fed one at a time. */
struct stepping {
    const struct looked *l;
    struct attndyn_inference *inference;
    size_t tokens;
    attndyn_real *logits; /* (tokens, outputs), or NULL: not kept */
};

static enum attndyn_status keep(void *user, size_t segment, size_t index,
                                const attndyn_real *logits) {
    struct stepping *s = user;
    size_t outputs = s->l->weights->config.outputs;
    (void)segment, (void)index;
    if (s->logits) memcpy(s->logits + s->tokens * outputs, logits, outputs * sizeof *logits);
    return ATTNDYN_OK;
}

/* CPU milliseconds of a step, the mean over the sequence. */
static enum attndyn_status step_through(const struct trial *run, struct stepping *s,
                                        const struct attndyn_inference_hooks *hooks, double *ms) {
    size_t n = s->l->length - 1;
    attndyn_inference_watch(s->inference, hooks);
    attndyn_inference_reset(s->inference, 0);
    double start = clock_seconds();
    for (s->tokens = 0; s->tokens < n; s->tokens++) {
        const struct attndyn_segment g = {0, looked_stream(s->l, 0) + s->tokens, 1, 0};
        ATTNDYN_TRY(attndyn_inference_feed(run->ctx, s->inference, &g, 1, keep, s));
    }
    *ms = 1e3 * (clock_seconds() - start) / (double)n;
    return ATTNDYN_OK;
}

/* The largest difference of two sets of logits, infinite where a bit differs and no number does. */
static double apart(size_t n, const attndyn_real *x, const attndyn_real *y) {
    double most = 0;
    for (size_t i = 0; i < n; i++) worst(&most, (double)x[i] - (double)y[i]);
    return most == 0 && memcmp(x, y, n * sizeof *x) != 0 ? INFINITY : most;
}

struct looking {
    const struct decode *p;
    const struct looked *l;
    struct stepping s;
    struct attndyn_gathered *gathered;
    double per_layer, layers; /* numbers of a layer's MLP */
};

/* A choice that is made before the units are computed: its hooks read the chosen ones alone;
 * `zeroed`: they are computed and made 0. */
static enum attndyn_status choice_of(const struct trial *run, const struct looking *k,
                                     enum attndyn_sparse_choice choice,
                                     struct attndyn_sparse **sparse,
                                     struct attndyn_inference_hooks *zeroed,
                                     struct attndyn_inference_hooks *hooks) {
    const struct attndyn_sparse_options options = {.mlp = true,
                                                   .choice = choice,
                                                   .share = k->p->shares.at[0],
                                                   .rank = (size_t)k->p->rank,
                                                   .seed = k->l->seed};
    size_t leaked;
    ATTNDYN_TRY(looked_choice(run, k->l, &options, sparse, zeroed, &leaked));
    return attndyn_sparse_gather(run->ctx, *sparse, k->gathered, hooks);
}

/* ------------------------------------------------------------------ exact */

/* all: every unit gathered; zeros: the share of them that a ReLU made 0, NAN without one. */
static enum attndyn_status exact(const struct trial *run, struct looking *k, double *whole,
                                 double *chosen, double *zeros) {
    const struct attndyn_transformer_config *c = &k->l->weights->config;
    size_t n = (k->l->length - 1) * c->outputs;
    struct attndyn_sparse *sparse;
    struct attndyn_inference_hooks zeroed, hooks;
    attndyn_real *kept[2];
    double ms;
    for (int i = 0; i < 2; i++) ATTNDYN_ALLOC(run->ctx, kept[i], n);
    ATTNDYN_TRY(choice_of(run, k, ATTNDYN_SPARSE_PREDICTOR, &sparse, &zeroed, &hooks));
    k->s.logits = kept[0];
    ATTNDYN_TRY(step_through(run, &k->s, &zeroed, &ms));
    ATTNDYN_TRY(attndyn_sparse_keep(run->ctx, sparse, k->p->shares.at[0]));
    k->s.logits = kept[1];
    ATTNDYN_TRY(step_through(run, &k->s, &hooks, &ms));
    *chosen = apart(n, kept[0], kept[1]);
    ATTNDYN_TRY(attndyn_sparse_keep(run->ctx, sparse, 1));
    uint64_t before = attndyn_gathered_read(k->gathered);
    ATTNDYN_TRY(step_through(run, &k->s, &hooks, &ms));
    double read =
        (double)(attndyn_gathered_read(k->gathered) - before) / (double)(k->l->length - 1);
    /* what was left out are rows of the second map, of d numbers */
    *zeros = c->mlp == ATTNDYN_MLP_RELU
                 ? (k->layers * k->per_layer - read) / (k->layers * (double)(c->width * c->hidden))
                 : NAN;
    k->s.logits = kept[0];
    ATTNDYN_TRY(step_through(run, &k->s, NULL, &ms));
    *whole = apart(n, kept[0], kept[1]);
    k->s.logits = NULL;
    return ATTNDYN_OK;
}

/* ------------------------------------------------------------------ time */

enum { DENSE, GIVEN, PREDICTED, WAYS };

/* One share: what is read, and the rounds of dense, given and predicted. */
static enum attndyn_status one(const struct trial *run, struct looking *k, double share,
                               struct attndyn_sparse *sparse[WAYS],
                               const struct attndyn_inference_hooks hooks[WAYS], double *faster) {
    const struct decode *p = k->p;
    size_t rounds = (size_t)p->rounds;
    double *ms, *ratio, unused, tokens = (double)(k->l->length - 1);
    double predictor = k->layers * (double)attndyn_sparse_predictor_numbers(sparse[PREDICTED]);
    double all = k->layers * k->per_layer;
    for (int way = GIVEN; way < WAYS; way++)
        ATTNDYN_TRY(attndyn_sparse_keep(run->ctx, sparse[way], share));
    uint64_t before = attndyn_gathered_read(k->gathered);
    ATTNDYN_TRY(step_through(run, &k->s, &hooks[PREDICTED], &unused));
    double maps = (double)(attndyn_gathered_read(k->gathered) - before) / tokens;
    ATTNDYN_TRY(EMIT(run, read_row, .network = k->l->name, .share = share, .maps = maps,
                     .predictor = predictor, .whole = all, .fewer = all / (maps + predictor)));
    *faster = NAN;
    if (rounds == 0) return ATTNDYN_OK;
    ATTNDYN_ALLOC(run->ctx, ms, WAYS * rounds);
    ATTNDYN_ALLOC(run->ctx, ratio, rounds);
    for (size_t r = 0; r < rounds; r++) {
        for (int way = 0; way < WAYS; way++)
            ATTNDYN_TRY(step_through(run, &k->s, way == DENSE ? NULL : &hooks[way],
                                     &ms[(size_t)way * rounds + r]));
        ratio[r] = ms[r] / ms[PREDICTED * rounds + r];
        attndyn_progress(run->ctx, "rounds", (double)(r + 1), (double)rounds);
    }
    struct spread s = clock_spread(rounds, ratio), time[WAYS];
    for (size_t way = 0; way < WAYS; way++) time[way] = clock_spread(rounds, ms + way * rounds);
    *faster = s.middle;
    return EMIT(run, times, .network = k->l->name, .share = share, .dense = time[DENSE].middle,
                .given = time[GIVEN].middle, .predicted = time[PREDICTED].middle,
                .faster = s.middle, .faster_low = s.low, .faster_high = s.high);
}

static enum attndyn_status all_shares(const struct trial *run, struct looking *k, double *even) {
    struct attndyn_sparse *sparse[WAYS];
    struct attndyn_inference_hooks hooks[WAYS], zeroed;
    double before = NAN, share_before = NAN;
    ATTNDYN_TRY(choice_of(run, k, ATTNDYN_SPARSE_STATIC, &sparse[GIVEN], &zeroed, &hooks[GIVEN]));
    ATTNDYN_TRY(choice_of(run, k, ATTNDYN_SPARSE_PREDICTOR, &sparse[PREDICTED], &zeroed,
                          &hooks[PREDICTED]));
    *even = NAN;
    for (size_t i = 0; i < k->p->shares.count; i++) {
        double share = k->p->shares.at[i], faster;
        ATTNDYN_TRY(one(run, k, share, sparse, hooks, &faster));
        if (faster < 1 && isnan(*even)) /* the first one that is slower */
            *even = isnan(before)
                        ? 0
                        : share_before + (share - share_before) * (before - 1) / (before - faster);
        before = faster, share_before = share;
    }
    return ATTNDYN_OK;
}

static enum attndyn_status look(const struct trial *run, const struct looked *l, void *user) {
    const struct attndyn_transformer_config *c = &l->weights->config;
    double maps = c->mlp == ATTNDYN_MLP_SWIGLU ? 3 : 2, whole, chosen, zeros, even, cache = NAN;
    struct looking k = {.p = user,
                        .l = l,
                        .s = {.l = l},
                        .per_layer = maps * (double)(c->width * c->hidden),
                        .layers = (double)c->layers};
    const struct attndyn_inference_options options = {.capacity = l->length};
    ATTNDYN_TRY(attndyn_inference_create(run->ctx, l->weights, &options, &k.s.inference));
    ATTNDYN_TRY(attndyn_gathered_create(run->ctx, l->weights, &k.gathered));
    ATTNDYN_TRY(exact(run, &k, &whole, &chosen, &zeros));
    if (k.p->rounds > 0) {
        ATTNDYN_TRY(clock_last_cache(run, &cache));
        cache *= 1e-6;
    }
    ATTNDYN_TRY(all_shares(run, &k, &even));
    double predictor = (double)k.p->rank * (double)(c->width + c->hidden) + (double)c->hidden;
    return EMIT(run, network_row, .network = l->name,
                .megabytes = 1e-6 * sizeof(attndyn_real) * k.layers * k.per_layer, .whole = whole,
                .chosen = chosen, .zeros = zeros,
                .even_bytes = fmax(0, 1 - predictor / k.per_layer), .even_time = even,
                .cache = cache);
}

/* An untrained network of the given shape. */
static enum attndyn_status untrained(const struct trial *run, struct decode *p) {
    struct network_recipe recipe = network_recipe_of(run);
    struct network network;
    struct looked l;
    recipe.mlp = ATTNDYN_MLP_RELU;
    recipe.hidden = 4 * recipe.width;
    recipe.batch = 1;
    ATTNDYN_TRY(network_start(run, &recipe, &network));
    ATTNDYN_TRY(looked_take(run, &network, "untrained", 1, &l));
    return look(run, &l, p);
}

RUN(decode) {
    struct decode copy = *p;
    ATTNDYN_TRY(NOT_EMPTY(run, p, shares));
    for (size_t i = 1; i < p->shares.count; i++)
        if (!(p->shares.at[i] > p->shares.at[i - 1]))
            return attndyn_fail(run->ctx, ATTNDYN_USAGE,
                                "shares: %g after %g: expected ascending ones", p->shares.at[i],
                                p->shares.at[i - 1]);
    if (p->untrained && *p->model)
        return attndyn_fail(run->ctx, ATTNDYN_USAGE,
                            "untrained=true and model=%s: expected one of them", p->model);
    return p->untrained ? untrained(run, &copy) : looked_each(run, 1, look, &copy);
}

/* What a sweep draws. */
#define TAKEN(X)                                                                                   \
    X(OPTIONAL, fewer, "how many times fewer numbers are read, last share",                        \
      LAST_OF(read_row, fewer))                                                                    \
    X(OPTIONAL, faster, "how many times faster a step is, last share (rounds > 0)",                \
      LAST_OF(times, faster))                                                                      \
    X(OPTIONAL, chosen, "megabytes of the chosen units, last network", LAST_OF(network_row, chosen))
SCALARS(taken, TAKEN)

const struct experiment experiment_sparse_decode = {
    .id = "sparse/decode",
    .title = "What is read, and how long it takes, with a part of the units",
    .source = "Deja Vu (arXiv 2310.17157), sections 4.3 and 4.4",
    .doc =
        "A stream is decoded token by token: with all hidden units; with those that are given (the same "
        "for all tokens, as if known for nothing); with those that a predictor says, its own products and "
        "the choice included. Only the rows of the chosen units are read, those of the last map as copies "
        "in which a unit's numbers lie together; a unit that a ReLU makes 0 is not read the second time. "
        "Without a clock (rounds=0, the default) this counts numbers; with one, rounds alternate between "
        "the three, and ratios are taken within a round.\n\n"
        "Time speaks of memory only where the MLPs are larger than twice the last cache, which is "
        "measured: small networks live in the cache, and there fewer numbers are not less time. The "
        "preset `beyond` has a network of that size, untrained.",
    .presets =
        (const struct preset[]){
            {"quick", "", "two small networks, no clock: some seconds"},
            {"timed", "rounds=9", "the same with a clock"},
            {"beyond",
             "untrained=true width=1024 layers=12 heads=16 length=16 calibration=4 "
             "rounds=9 rank=32",
             "400 MB of MLPs, random: a minute, two gigabytes"},
            {"short",
             "layers=3 width=48 length=48 batch=16 updates=500 networks=2 calibration=128 rounds=9",
             "four networks of 95,000 weights, two seeds, with a clock: a minute or two"},
            {"paper",
             "layers=6 width=192 heads=12 length=256 updates=12000 lr=1e-3 lines=40000 "
             "networks=3 calibration=400 rank=64 rounds=25",
             "six networks of 2.7 million weights, with a clock: a day"},
            {0}},
    .tables = TABLES(read_row, times, network_row),
    .figures =
        (const struct figure[]){
            {"decode", "sparse/decode/decode.gp",
             "How many times fewer numbers of the MLPs a token reads, the predictor's included, against "
             "the share of units that is kept (lines), beside that of a published predictor of rank "
             "1000 in a block of width 1024 (dashed). Below 1 the predictor does not pay."},
            {0}},
    PARTS_OF(decode, taken)};
