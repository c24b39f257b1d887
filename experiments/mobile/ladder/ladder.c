#include "ladder.h"

#include "experiments/mobile/shared/exact.h"

#include <string.h>

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

static enum attndyn_status recipe_of(const struct trial *run, const struct ladder *p,
                                     const struct rung *r, bool shared, double updates, double rate,
                                     double seed, struct network_recipe *recipe) {
    *recipe = (struct network_recipe){.text = p->text,
                                      .lines = (size_t)p->lines,
                                      .bos = true,
                                      .attention = ATTNDYN_ATTENTION_SOFTMAX,
                                      .mlp = r->mlp,
                                      .layers = r->layers,
                                      .width = r->width,
                                      .heads = (size_t)p->heads,
                                      .kv_heads = r->kv_heads,
                                      .hidden = r->hidden,
                                      .length = (size_t)p->length,
                                      .untied = r->untied,
                                      .batch = (size_t)p->batch,
                                      .updates = (uint64_t)fmax(1, round(updates)),
                                      .seed = (uint64_t)seed,
                                      .lr = rate,
                                      .decay = p->decay};
    return blocks_share(run, shared ? sharing_immediate : sharing_none, (size_t)p->times, recipe);
}

/* A rung's losses (seeds) at the rate of least mean. */
struct found {
    double rate, *loss;
};

static double mean_of(size_t n, const double *x) {
    double sum = 0;
    for (size_t i = 0; i < n; i++) sum += x[i];
    return sum / (double)n;
}
static double error_of(size_t n, const double *x) {
    double mean = mean_of(n, x), square = 0;
    for (size_t i = 0; i < n; i++) square += pow(x[i] - mean, 2);
    return n > 1 ? sqrt(square / (double)(n - 1) / (double)n) : NAN;
}

static enum attndyn_status tune(const struct trial *run, const struct ladder *p,
                                const struct rung *r, size_t step, bool operations, double updates,
                                struct found *found) {
    size_t n = p->seeds.count;
    double best = INFINITY, *loss;
    ATTNDYN_ALLOC(run->ctx, loss, n);
    ATTNDYN_ALLOC(run->ctx, found->loss, n);
    for (size_t i = 0; i < p->rates.count; i++) {
        for (size_t k = 0; k < n; k++) {
            struct network_recipe recipe;
            struct network network;
            uint64_t mark = attndyn_memory_mark(run->ctx);
            ATTNDYN_TRY(recipe_of(run, p, r, step == SHARED, updates, p->rates.at[i],
                                  p->seeds.at[k], &recipe));
            ATTNDYN_TRY(network_obtain(run, &recipe, &network));
            loss[k] = network.valid_loss;
            attndyn_memory_release(run->ctx, mark);
            ATTNDYN_TRY(EMIT(run, trainings, .rung = names[step],
                             .equal = operations ? "operations" : "parameters",
                             .rate = p->rates.at[i], .seed = (long)p->seeds.at[k],
                             .loss = loss[k]));
        }
        if (!(mean_of(n, loss) < best)) continue;
        best = mean_of(n, loss);
        found->rate = p->rates.at[i];
        memcpy(found->loss, loss, n * sizeof *loss);
    }
    if (isfinite(best)) return ATTNDYN_OK;
    return attndyn_fail(run->ctx, ATTNDYN_RUN_FAILED,
                        "no rate gives a loss on the rung %s: lower rates", names[step]);
}

static enum attndyn_status emit(const struct trial *run, const struct ladder *p,
                                const struct rung *r, size_t step, bool operations, double updates,
                                const struct cost *cost, const struct found *all) {
    size_t n = p->seeds.count;
    double *gain, *whole;
    ATTNDYN_ALLOC(run->ctx, gain, n);
    ATTNDYN_ALLOC(run->ctx, whole, n);
    for (size_t k = 0; k < n; k++) {
        gain[k] = step ? all[step - 1].loss[k] - all[step].loss[k] : NAN;
        whole[k] = step ? all[0].loss[k] - all[step].loss[k] : NAN;
    }
    return EMIT(run, rungs, .step = (long)step + 1, .rung = names[step],
                .equal = operations ? "operations" : "parameters",
                .depth = (long)(r->layers * (step == SHARED ? (size_t)p->times : 1)),
                .width = (long)r->width, .hidden = (long)r->hidden, .kv_heads = (long)r->kv_heads,
                .weights = (long)cost->weights, .flops = cost->flops,
                .updates = (long)fmax(1, round(updates)), .rate = all[step].rate,
                .loss = mean_of(n, all[step].loss), .error = error_of(n, all[step].loss),
                .gain = mean_of(n, gain), .gain_error = error_of(n, gain), .all = mean_of(n, whole),
                .all_error = error_of(n, whole));
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
    struct found found[RUNGS_ALL];
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
        ATTNDYN_TRY(
            recipe_of(run, p, &rungs[i], i == SHARED, 1, p->rates.at[0], p->seeds.at[0], &recipe));
        ATTNDYN_TRY(network_start(run, &recipe, &networks[i]));
        cost[i] = blocks_cost(&networks[i]);
    }
    ATTNDYN_TRY(exact(run, networks));
    for (int operations = 0; operations < 2; operations++)
        for (size_t i = 0; i < RUNGS_ALL; i++) {
            double updates = (double)p->updates;
            if (operations) updates *= cost[GELU].flops / cost[i].flops;
            ATTNDYN_TRY(tune(run, p, &rungs[i], i, operations, updates, &found[i]));
            ATTNDYN_TRY(emit(run, p, &rungs[i], i, operations, updates, &cost[i], found));
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
    .params = PARAM_LIST(LADDER),
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
    .tables = (const struct table[]){TABLE_ENTRY(rungs, RUNGS, "each rung at its best rate"),
                                     TABLE_ENTRY(trainings, TRAININGS, "every training"),
                                     {0}},
    .scalars = SCALAR_LIST(SUMMARY),
    .figures = (const struct figure[]){{"ladder", "mobile/ladder/ladder.gp",
                                        "Loss rung by rung, at equal parameters and at equal "
                                        "operations (error bars: two standard errors over seeds)."},
                                       {0}},
    .checks = ladder_claims,
    .run = RUN_OF(ladder)};
