#include "ladder.h"

#include "experiments/mobile/shared/exact.h"

enum { GELU, SWIGLU, DEEPER, TIED, GROUPED, SHARED, RUNGS_ALL };
static const char *const names[RUNGS_ALL] = {"gelu", "swiglu",  "deeper",
                                             "tied", "grouped", "shared"};

struct rung {
    enum attndyn_mlp mlp;
    size_t layers, width, hidden, kv_heads; /* layers: blocks */
    bool untied;
};

static double maps_of(const struct rung *r) {
    return r->mlp == ATTNDYN_MLP_SWIGLU ? 3 : 2;
}
/* Weights of a block without its MLP, and of all that is no block. */
static double attention_of(const struct ladder *p, const struct rung *r) {
    double d = (double)r->width;
    return 2 * d * d + 2 * d * d * (double)r->kv_heads / (double)p->heads + 2 * d;
}
static double ends_of(const struct rung *r) {
    return (double)r->width * (1 + NETWORK_TOKENS * (r->untied ? 2. : 1.));
}
static double weights_of(const struct ladder *p, const struct rung *r) {
    double mlp = maps_of(r) * (double)(r->width * r->hidden);
    return ends_of(r) + (double)r->layers * (attention_of(p, r) + mlp);
}
/* The hidden units that bring the weights next to the target. */
static void fill(const struct ladder *p, double target, struct rung *r) {
    double room = target - ends_of(r) - (double)r->layers * attention_of(p, r);
    double h = round(room / ((double)r->layers * maps_of(r) * (double)r->width));
    r->hidden = (size_t)fmax(1, h);
}

/* Every rung is the one below with one thing changed; hidden units take up what is left. */
static void climb(const struct ladder *p, struct rung *rungs) {
    size_t step = 2 * (size_t)p->heads;
    struct rung r = {.mlp = ATTNDYN_MLP_GELU_TANH,
                     .layers = (size_t)p->layers,
                     .width = (size_t)p->width,
                     .hidden = 4 * (size_t)p->width,
                     .kv_heads = (size_t)p->heads,
                     .untied = true};
    double target = weights_of(p, &r);
    rungs[GELU] = r;
    r.mlp = ATTNDYN_MLP_SWIGLU;
    fill(p, target, &r);
    rungs[SWIGLU] = r;
    r.layers = (size_t)p->deeper;
    /* 12 L d^2 + 2 V d = target, to the next width whose pairs turn */
    double L = 12 * (double)r.layers;
    double d = (sqrt((double)NETWORK_TOKENS * NETWORK_TOKENS + L * target) - NETWORK_TOKENS) / L;
    r.width = step * (size_t)fmax(1, round(d / (double)step));
    fill(p, target, &r);
    rungs[DEEPER] = r;
    r.untied = false;
    double block = attention_of(p, &r) + 3 * (double)(r.width * r.hidden);
    r.layers += (size_t)round((double)(r.width * NETWORK_TOKENS) / block);
    fill(p, target, &r);
    rungs[TIED] = r;
    r.kv_heads = (size_t)p->kv_heads;
    fill(p, target, &r);
    rungs[GROUPED] = r;
    rungs[SHARED] = r;
}

/* A training on a rung. */
struct pupil {
    const struct ladder *p;
    const struct rung *rung;
    size_t step;
    bool operations;
    double updates;
};

static const char *equal_of(const struct pupil *s) {
    return s->operations ? "operations" : "parameters";
}

static enum attndyn_status recipe_of(const struct trial *run, const void *user, double rate,
                                     double seed, struct network_recipe *recipe) {
    const struct pupil *s = user;
    const struct rung *r = s->rung;
    *recipe = tuning_recipe(run, rate, seed);
    recipe->mlp = r->mlp;
    recipe->layers = r->layers;
    recipe->width = r->width;
    recipe->kv_heads = r->kv_heads;
    recipe->hidden = r->hidden;
    recipe->untied = r->untied;
    recipe->updates = (uint64_t)fmax(1, round(s->updates));
    return blocks_share(run, s->step == SHARED ? sharing_immediate : sharing_none,
                        (size_t)s->p->times, recipe);
}

static enum attndyn_status row(const struct trial *run, const void *user, double rate, double seed,
                               double loss) {
    const struct pupil *s = user;
    return EMIT(run, trainings, .rung = names[s->step], .equal = equal_of(s), .rate = rate,
                .seed = (long)seed, .loss = loss);
}

static enum attndyn_status emit(const struct trial *run, const struct pupil *s,
                                const struct cost *cost, const struct tuned *all) {
    const struct rung *r = s->rung;
    const size_t n = s->p->seeds.count, step = s->step;
    const struct tuned *own = &all[step];
    struct paired gain = {NAN, NAN}, whole = gain;
    if (step > 0) {
        gain = paired_of(n, all[step - 1].loss, own->loss);
        whole = paired_of(n, all[0].loss, own->loss);
    }
    return EMIT(run, rungs, .step = (long)step + 1, .rung = names[step], .equal = equal_of(s),
                .depth = (long)(r->layers * (step == SHARED ? (size_t)s->p->times : 1)),
                .width = (long)r->width, .hidden = (long)r->hidden, .kv_heads = (long)r->kv_heads,
                .weights = (long)cost->weights, .flops = cost->flops,
                .updates = (long)fmax(1, round(s->updates)), .rate = own->rate,
                .loss = own->mean.mean, .error = own->mean.error, .gain = gain.mean,
                .gain_error = gain.error, .all = whole.mean, .all_error = whole.error);
}

/* What must hold exactly, of networks as they start. */
static enum attndyn_status exact(const struct trial *run, const struct network *networks) {
    struct difference plain, grouped, tied, shared;
    ATTNDYN_TRY(exact_grouped(run, networks[TIED].weights, &plain));
    ATTNDYN_TRY(exact_grouped(run, networks[GROUPED].weights, &grouped));
    ATTNDYN_TRY(exact_tied(run, networks[TIED].weights, &tied));
    ATTNDYN_TRY(exact_shared(run, networks[SHARED].weights, &shared));
    return SET(run, summary, .plain = difference_relative(&plain),
               .grouped = difference_relative(&grouped), .tied = difference_relative(&tied),
               .shared = difference_relative(&shared));
}

RUN(ladder) {
    struct rung rungs[RUNGS_ALL];
    struct network networks[RUNGS_ALL];
    struct cost cost[RUNGS_ALL];
    struct tuned tuned[RUNGS_ALL];
    ATTNDYN_TRY(NOT_EMPTY(run, p, rates));
    ATTNDYN_TRY(NOT_EMPTY(run, p, seeds));
    if (p->heads % p->kv_heads || p->width % (2 * p->heads))
        return attndyn_fail(run->ctx, ATTNDYN_USAGE,
                            "width=%ld must be a multiple of 2 x heads=%ld, and heads one of "
                            "kv_heads=%ld",
                            p->width, p->heads, p->kv_heads);
    climb(p, rungs);
    for (size_t i = 0; i < RUNGS_ALL; i++) {
        double off = weights_of(p, &rungs[i]) / weights_of(p, &rungs[GELU]) - 1;
        struct network_recipe recipe;
        if (fabs(off) > 0.03)
            return attndyn_fail(run->ctx, ATTNDYN_USAGE,
                                "the rung %s: %zu layers of width %zu have %.0f weights, not %.0f: "
                                "raise width, or lower deeper or heads",
                                names[i], rungs[i].layers, rungs[i].width, weights_of(p, &rungs[i]),
                                weights_of(p, &rungs[GELU]));
        const struct pupil start = {p, &rungs[i], i, .updates = 1};
        ATTNDYN_TRY(recipe_of(run, &start, p->rates.at[0], p->seeds.at[0], &recipe));
        ATTNDYN_TRY(network_start(run, &recipe, &networks[i]));
        cost[i] = blocks_cost(&networks[i]);
    }
    ATTNDYN_TRY(exact(run, networks));
    for (int operations = 0; operations < 2; operations++)
        for (size_t i = 0; i < RUNGS_ALL; i++) {
            struct pupil pupil = {p, &rungs[i], i, operations, (double)p->updates};
            const struct tuning tuning = {p->rates, p->seeds, recipe_of, row, &pupil};
            const char *what = attndyn_format(run->ctx, "on the rung %s", names[i]);
            if (!what) return ATTNDYN_NO_MEMORY;
            if (operations) pupil.updates *= cost[GELU].flops / cost[i].flops;
            ATTNDYN_TRY(tuning_run(run, &tuning, what, &tuned[i]));
            ATTNDYN_TRY(emit(run, &pupil, &cost[i], tuned));
        }
    return ATTNDYN_OK;
}

const struct experiment experiment_mobile_ladder = {
    .id = "mobile/ladder",
    .title = "MobileLLM's choices, one after the other",
    .source = "MobileLLM (arXiv 2402.14905), section 2",
    .doc =
        "Six networks, each the one below with one thing changed: an MLP of 4 d with GELU (its tanh form), a "
        "gated one, more layers of less width, a tied decoder whose weights become layers, grouped "
        "queries whose weights become hidden units, and each block used `times` in a row. All have as many "
        "weights as the first, embedding and decoder included (within 3 %). Once all are trained for as "
        "many updates; once for as many operations as the first. Every rung is trained at every rate with "
        "every seed and stands at its own best rate; gains are paired by seed.\n\n"
        "A vocabulary of 257 makes the decoder a smaller part than a real one's 32,000 do.",
    .presets =
        (const struct preset[]){
            {"quick", "", "six shapes of 27,000 weights, two seeds: seconds"},
            {"short", "width=48 layers=2 deeper=4 rates=4e-3,8e-3 updates=400 batch=16",
             "six shapes of 80,000 weights, two rates, two seeds: some minutes"},
            {"paper",
             "width=192 layers=6 deeper=16 heads=4 rates=1e-3,2e-3,4e-3 seeds=1,2,3 updates=5000 "
             "length=128 lines=200000",
             "six shapes of 2.8 million weights; text=PATH: days"},
            {0}},
    .tables = TABLES(rungs, trainings),
    .figures = (const struct figure[]){{"ladder", "mobile/ladder/ladder.gp",
                                        "Loss rung by rung, at equal parameters and at equal "
                                        "operations (error bars: two standard errors over seeds)."},
                                       {0}},
    PARTS_OF(ladder, summary)};
