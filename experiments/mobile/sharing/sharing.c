#include "sharing.h"

#include "experiments/mobile/shared/exact.h"
#include "experiments/shared/clock.h"
#include "sim/model/inference/inference.h"

#include <string.h>

enum { NONE, IMMEDIATE, REPEAT, REVERSE, DEEP, LONGER, ALL };
static const char *const names[ALL] = {"none", "immediate", "repeat", "reverse", "deep", "longer"};
static const enum sharing maps[ALL] = {sharing_none,    sharing_immediate, sharing_repeat,
                                       sharing_reverse, sharing_none,      sharing_none};

/* A network that is trained. more: updates, as a factor. */
struct pupil {
    const struct shared *p;
    int scheme;
    double more;
};

static enum attndyn_status recipe_of(const struct trial *run, const void *user, double rate,
                                     double seed, struct network_recipe *recipe) {
    const struct pupil *s = user;
    const struct shared *p = s->p;
    const size_t times = (size_t)p->times;
    *recipe = tuning_recipe(run, rate, seed);
    recipe->layers = (size_t)p->blocks * (s->scheme == DEEP ? times : 1);
    recipe->width = (size_t)p->width;
    recipe->hidden = network_gated((size_t)p->width);
    if (p->untrained) recipe->batch = 1;
    recipe->updates = (uint64_t)llround((double)p->updates * s->more);
    return blocks_share(run, maps[s->scheme], times, recipe);
}

static enum attndyn_status row(const struct trial *run, const void *user, double rate, double seed,
                               double loss) {
    const struct pupil *s = user;
    return EMIT(run, trainings, .scheme = names[s->scheme], .rate = rate, .seed = (long)seed,
                .loss = loss);
}

/* ------------------------------------------------------------------ time */

/* CPU milliseconds of a decoded token. */
static enum attndyn_status decode(const struct trial *run, struct attndyn_inference *s, size_t n,
                                  double *ms) {
    attndyn_inference_reset(s, 0);
    double start = clock_seconds();
    for (size_t i = 0; i < n; i++) {
        uint32_t token = (uint32_t)i % NETWORK_TOKENS;
        const struct attndyn_segment g = {0, &token, 1, 0};
        ATTNDYN_TRY(attndyn_inference_feed(run->ctx, s, &g, 1, NULL, NULL));
    }
    *ms = 1e3 * (clock_seconds() - start) / (double)n;
    return ATTNDYN_OK;
}

/* ms: (schemes, rounds). */
static enum attndyn_status take_times(const struct trial *run, const struct shared *p,
                                      const struct network *networks, double *ms) {
    struct attndyn_inference *s[LONGER];
    size_t rounds = (size_t)p->rounds, tokens = (size_t)p->length;
    double unused;
    for (int k = 0; k < LONGER; k++) {
        const struct attndyn_inference_options options = {.capacity = tokens};
        ATTNDYN_TRY(attndyn_inference_create(run->ctx, networks[k].weights, &options, &s[k]));
        ATTNDYN_TRY(decode(run, s[k], tokens, &unused)); /* pages */
    }
    for (size_t r = 0; r < rounds; r++) {
        for (size_t k = 0; k < LONGER; k++)
            ATTNDYN_TRY(decode(run, s[k], tokens, &ms[k * rounds + r]));
        attndyn_progress(run->ctx, "rounds", (double)(r + 1), (double)rounds);
    }
    return ATTNDYN_OK;
}

struct timing {
    double time;
    struct spread over;
};
static enum attndyn_status timing_of(const struct trial *run, size_t rounds, const double *ms,
                                     int scheme, struct timing *t) {
    double *x;
    *t = (struct timing){NAN, {NAN, NAN, NAN}};
    if (rounds == 0 || scheme >= LONGER) return ATTNDYN_OK;
    ATTNDYN_ALLOC(run->ctx, x, rounds);
    for (size_t r = 0; r < rounds; r++)
        x[r] = ms[(size_t)scheme * rounds + r] / ms[DEEP * rounds + r];
    t->over = clock_spread(rounds, x);
    memcpy(x, ms + (size_t)scheme * rounds, rounds * sizeof *x);
    t->time = clock_spread(rounds, x).middle;
    return ATTNDYN_OK;
}

/* ------------------------------------------------------------------ the run */

static enum attndyn_status describe(const struct trial *run, int scheme, const struct network *n,
                                    const struct tuned *q, const struct paired *gain,
                                    const struct timing *t) {
    struct cost cost = blocks_cost(n);
    struct difference gradient;
    const struct attndyn_transformer_config *c = &n->weights->config;
    for (size_t l = 0; l < c->layers && scheme < LONGER; l++)
        ATTNDYN_TRY(EMIT(run, depths, .scheme = names[scheme], .depth = (long)l,
                         .block = (long)n->weights->layer_map[l]));
    ATTNDYN_TRY(exact_shared(run, n->weights, &gradient));
    return EMIT(run, schemes, .scheme = names[scheme], .depth = (long)c->layers,
                .weights = cost.weights, .bytes = cost.bytes,
                .flops = 3 * cost.flops * (double)n->recipe.updates *
                         (double)(n->recipe.batch * n->recipe.length),
                .gradient = difference_relative(&gradient), .rate = q->rate, .loss = q->mean.mean,
                .gain = gain->mean, .gain_error = gain->error, .time = t->time,
                .over_deep = t->over.middle, .over_low = t->over.low, .over_high = t->over.high);
}

RUN(shared) {
    struct network networks[ALL];
    struct tuned q[ALL];
    struct paired gain[ALL];
    double *ms, cache = NAN;
    size_t rounds = (size_t)p->rounds;
    ATTNDYN_TRY(NOT_EMPTY(run, p, rates));
    ATTNDYN_TRY(NOT_EMPTY(run, p, seeds));
    ATTNDYN_ALLOC(run->ctx, ms, ALL * (rounds + 1));
    for (int k = 0; k < ALL; k++) {
        struct network_recipe recipe;
        /* as many operations as immediate's, which has been by then */
        double more = k != LONGER ? 1
                                  : blocks_cost(&networks[IMMEDIATE]).flops /
                                        blocks_cost(&networks[NONE]).flops;
        const struct pupil pupil = {p, k, more};
        const struct tuning tuning = {p->rates, p->seeds, recipe_of, row, &pupil};
        const char *what = attndyn_format(run->ctx, "with %s", names[k]);
        if (!what) return ATTNDYN_NO_MEMORY;
        q[k] = (struct tuned){.rate = NAN, .mean = {NAN, NAN}};
        gain[k] = q[k].mean;
        if (!p->untrained) ATTNDYN_TRY(tuning_run(run, &tuning, what, &q[k]));
        if (!p->untrained && k != NONE)
            gain[k] = paired_of(p->seeds.count, q[NONE].loss, q[k].loss);
        ATTNDYN_TRY(recipe_of(run, &pupil, p->rates.at[0], p->seeds.at[0], &recipe));
        ATTNDYN_TRY(network_start(run, &recipe, &networks[k]));
    }
    if (rounds > 0) {
        ATTNDYN_TRY(clock_last_cache(run, &cache));
        cache *= 1e-6;
        ATTNDYN_TRY(take_times(run, p, networks, ms));
    }
    for (int k = 0; k < ALL; k++) {
        struct timing t;
        ATTNDYN_TRY(timing_of(run, rounds, ms, k, &t));
        ATTNDYN_TRY(describe(run, k, &networks[k], &q[k], &gain[k], &t));
    }
    return SET(run, summary, .working = 4e-6 * blocks_cost(&networks[IMMEDIATE]).body,
               .cache = cache);
}

const struct experiment experiment_mobile_sharing = {
    .id = "mobile/sharing",
    .title = "Blocks used twice: quality and latency together",
    .source = "MobileLLM (arXiv 2402.14905), section 2.3 and figure 6; the talk's table",
    .doc =
        "L blocks are used once; `times` in a row (immediate), all over (repeat), back again "
        "(reverse); beside them L `times` different ones (deep), and L trained for as many operations "
        "as the shared ones (longer). Every scheme is trained at every rate with every seed and "
        "stands at its own best rate; gains are paired by seed.\n\n"
        "With a clock (rounds > 0) the schemes take turns decoding. Sharing saves time where blocks come "
        "from memory and one of them stays in the cache: a verdict is given only where the L blocks are "
        "larger than twice the last cache, which is measured, and a block is not half of it. The preset `beyond` has such networks, untrained; bench/latency has the "
        "talk's shape in BF16.",
    .presets =
        (const struct preset[]){
            {"quick", "", "two blocks of width 32, two seeds, no clock: seconds"},
            {"short", "width=48 rates=4e-3,8e-3 updates=400 batch=16 rounds=9",
             "two blocks of width 48, two rates, two seeds, with a clock: some minutes"},
            {"beyond", "untrained=true width=256 blocks=96 length=16 rounds=9",
             "96 blocks of 3 MB, random: a minute, three gigabytes"},
            {"paper",
             "width=256 blocks=8 heads=8 rates=1e-3,2e-3,4e-3 seeds=1,2,3 updates=5000 length=128 "
             "lines=200000 rounds=25",
             "eight blocks of width 256; text=PATH: days"},
            {0}},
    .tables = TABLES(schemes, trainings, depths),
    .figures =
        (const struct figure[]){
            {"sharing", "mobile/sharing/sharing.gp",
             "Loss of every training (dots), and of each scheme at its best rate. Shared blocks cost "
             "the operations and the reads of different ones: what they save is memory, and time "
             "where a block stays in the cache."},
            {0}},
    PARTS_OF(shared, summary)};
