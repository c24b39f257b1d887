#include "training.h"

#include "experiments/shared/learner.h"
#include "sim/model/inference/evaluate.h"
#include "sim/num/optim/schedule.h"
#include "sim/num/stats.h"

#include <stdlib.h>
#include <string.h>

/* ------------------------------------------------------------------ a look at the units */

struct look {
    const struct attndyn_weights *w;
    size_t stream;
    double *norm;   /* (blocks, h): of the columns of W_down */
    double *active; /* (layers, streams): sums over tokens of the share */
    double *heavy;  /* (layers): sums over all tokens */
    double *weight; /* (h) */
};

static int descending(const void *a, const void *b) {
    double x = *(const double *)a, y = *(const double *)b;
    return (x < y) - (x > y);
}

struct looks {
    struct look look;
    size_t streams;
};

static void see_hidden(void *user, size_t layer, size_t rows, attndyn_real *hidden) {
    struct looks *s = user;
    struct look *k = &s->look;
    size_t h = k->w->config.hidden, block = k->w->layer_map[layer];
    for (size_t r = 0; r < rows; r++) {
        double all = 0, part = 0;
        size_t active = 0, n = 0;
        for (size_t i = 0; i < h; i++) {
            active += hidden[r * h + i] != 0;
            k->weight[i] = fabs((double)hidden[r * h + i]) * k->norm[block * h + i];
            all += k->weight[i];
        }
        qsort(k->weight, h, sizeof *k->weight, descending);
        while (n < h && part < 0.95 * all) part += k->weight[n++];
        k->active[layer * s->streams + k->stream] += (double)active / (double)h;
        k->heavy[layer] += (double)n / (double)h;
    }
}

static enum attndyn_status norms(const struct trial *run, struct look *k) {
    size_t h = k->w->config.hidden, d = k->w->config.width;
    attndyn_real *row;
    ATTNDYN_ALLOC(run->ctx, row, h);
    ATTNDYN_ALLOC(run->ctx, k->norm, k->w->blocks * h);
    for (size_t b = 0; b < k->w->blocks; b++) {
        for (size_t j = 0; j < d; j++) {
            attndyn_matrix_widen(&k->w->block[b].down.weight, j, 1, row);
            for (size_t i = 0; i < h; i++) k->norm[b * h + i] += (double)row[i] * (double)row[i];
        }
        for (size_t i = 0; i < h; i++) k->norm[b * h + i] = sqrt(k->norm[b * h + i]);
    }
    return ATTNDYN_OK;
}

/* A network in training. */
struct trained {
    struct network network;
    struct learner learner;
    bool gated;
    const uint32_t *tokens; /* (streams, T + 1) */
    double *first;          /* (layers, streams): the active share at the first look */
};

static enum attndyn_status emit_look(const struct trial *run, const struct training *p,
                                     struct trained *t, bool first) {
    size_t T = t->network.recipe.length, layers = t->network.recipe.layers;
    struct looks s = {.look = {.w = t->network.weights}, .streams = (size_t)p->streams};
    const struct attndyn_inference_hooks hooks = {.user = &s, .hidden = see_hidden};
    const struct attndyn_evaluation e = {.hooks = &hooks};
    double *nll, loss = 0, n = (double)p->streams;
    ATTNDYN_TRY(norms(run, &s.look));
    ATTNDYN_ALLOC(run->ctx, s.look.active, layers * s.streams);
    ATTNDYN_ALLOC(run->ctx, s.look.heavy, layers);
    ATTNDYN_ALLOC(run->ctx, s.look.weight, t->network.recipe.hidden);
    ATTNDYN_ALLOC(run->ctx, nll, T);
    for (s.look.stream = 0; s.look.stream < s.streams; s.look.stream++) {
        ATTNDYN_TRY(attndyn_evaluate(run->ctx, s.look.w, &e, t->tokens + s.look.stream * (T + 1),
                                     T + 1, nll, NULL));
        for (size_t i = 0; i < T; i++) loss += nll[i] / (double)T / n;
    }
    for (size_t i = 0; i < layers * s.streams; i++) {
        s.look.active[i] /= (double)T;
        if (first) t->first[i] = s.look.active[i];
    }
    for (size_t l = 0; l < layers; l++) {
        double active = 0, change = 0, square = 0;
        const double *now = s.look.active + l * s.streams, *then = t->first + l * s.streams;
        for (size_t i = 0; i < s.streams; i++)
            active += now[i] / n, change += (now[i] - then[i]) / n;
        for (size_t i = 0; i < s.streams; i++) square += pow(now[i] - then[i] - change, 2);
        ATTNDYN_TRY(EMIT(run, step_row, .activation = t->gated ? "swiglu" : "relu",
                         .layers = (long)layers, .width = (long)t->network.recipe.width,
                         .seed = (long)t->network.recipe.seed, .step = (long)t->learner.step,
                         .layer = (long)l, .active = active, .change = change,
                         .change_error = sqrt(square / (n - 1) / n),
                         .heavy = s.look.heavy[l] / (n * (double)T), .loss = loss));
    }
    return ATTNDYN_OK;
}

/* ------------------------------------------------------------------ saliency and change */

enum { OFTEN = 8 }; /* occurrences from which on a mean is taken */

static enum attndyn_status compare(const struct trial *run, const struct trained *t,
                                   const struct salient *from, const struct salient *to,
                                   long step_from) {
    size_t h = t->network.recipe.hidden, often[TRAINING_BYTES], n = 0;
    double *change, own = 0, other = 0, square = 0, difference[TRAINING_BYTES];
    ATTNDYN_ALLOC(run->ctx, change, h);
    for (size_t l = 0; l < TRAINING_BYTES; l++)
        if (from->count[l] >= OFTEN) often[n++] = l;
    for (size_t i = 0; i < n; i++) {
        size_t l = often[i], next = often[(i + 1) % n];
        for (size_t k = 0; k < h; k++)
            change[k] = to->activation[l * h + k] - from->activation[l * h + k];
        double mine = attndyn_pearson(h, from->delta + l * h, change).value,
               its = attndyn_pearson(h, from->delta + next * h, change).value;
        own += mine / (double)n, other += its / (double)n;
        difference[i] = mine - its;
    }
    for (size_t i = 0; i < n; i++) square += pow(difference[i] - (own - other), 2);
    if (n < 3 || !isfinite(own) || !isfinite(other))
        return NOTE(run, "saliency: too few bytes occur %d times, or a unit's numbers are constant",
                    OFTEN);
    return EMIT(run, saliency, .seed = (long)t->network.recipe.seed, .from = step_from,
                .to = (long)t->learner.step, .tokens = (long)n, .own = own, .other = other,
                .error = sqrt(square / (double)(n - 1) / (double)n));
}

/* ------------------------------------------------------------------ trainings */

static enum attndyn_status begin(const struct trial *run, const struct training *p, bool gated,
                                 long layers, long width, long seed, struct trained *t) {
    struct network_recipe recipe = network_recipe_of(run);
    const struct attndyn_optimizer_options options = learner_adamw(p->decay);
    uint32_t *tokens;
    recipe.layers = (size_t)layers, recipe.width = (size_t)width, recipe.seed = (uint64_t)seed;
    recipe.mlp = gated ? ATTNDYN_MLP_SWIGLU : ATTNDYN_MLP_RELU;
    recipe.hidden = gated ? network_gated((size_t)width) : 4 * (size_t)width;
    *t = (struct trained){.gated = gated, .learner = {.rate = "lr"}};
    ATTNDYN_TRY(network_start(run, &recipe, &t->network));
    ATTNDYN_TRY(network_streams(run, &t->network, (size_t)p->streams, recipe.length + 1, &tokens));
    t->tokens = tokens;
    ATTNDYN_ALLOC(run->ctx, t->first, (size_t)layers * (size_t)p->streams);
    t->learner.model = t->network.model;
    return learner_optimise(run->ctx, &t->learner, &options);
}

static enum attndyn_status train(const struct trial *run, const struct training *p, bool gated,
                                 long layers, long width, long seed, double *off) {
    struct trained t;
    struct network_feed feed;
    uint64_t updates = (uint64_t)p->updates;
    const struct attndyn_schedule schedule = learner_cosine(updates, learner_warmup(updates));
    struct salient before = {0}, now;
    ATTNDYN_TRY(begin(run, p, gated, layers, width, seed, &t));
    ATTNDYN_TRY(network_feed_open(run->ctx, &t.network, &feed));
    enum attndyn_status status = ATTNDYN_OK;
    for (size_t i = 0; i < p->steps.count && !status; i++) {
        uint64_t from = t.learner.step;
        while (t.learner.step < (uint64_t)p->steps.at[i] && !status) {
            network_feed_next(&feed);
            t.learner.lr = p->lr * attndyn_schedule_factor(&schedule, t.learner.step);
            status = learner_update(run->ctx, &t.learner, &feed.batch);
            attndyn_progress(run->ctx, "updates", (double)t.learner.step, (double)updates);
        }
        if (!status) status = emit_look(run, p, &t, i == 0);
        if (status || layers != 1 || gated) continue;
        status = training_salient(run, t.network.weights, (size_t)p->streams, (size_t)p->length + 1,
                                  t.tokens, &now, isnan(*off) ? off : NULL);
        if (!status && i > 0) status = compare(run, &t, &before, &now, (long)from);
        before = now;
    }
    network_feed_close(&feed);
    return status;
}

RUN(training) {
    double off = NAN;
    ATTNDYN_TRY(NOT_EMPTY(run, p, steps));
    for (size_t i = 0; i < p->steps.count; i++)
        if (p->steps.at[i] > (double)p->updates || p->steps.at[i] != floor(p->steps.at[i]) ||
            (i > 0 && p->steps.at[i] <= p->steps.at[i - 1]))
            return attndyn_fail(run->ctx, ATTNDYN_USAGE,
                                "steps: %g: expected whole numbers, ascending, at most updates=%ld",
                                p->steps.at[i], p->updates);
    for (long i = 0; i < p->networks; i++) {
        uint64_t mark = attndyn_memory_mark(run->ctx);
        long seed = p->seed + i;
        ATTNDYN_TRY(train(run, p, false, p->layers, p->width, seed, &off));
        ATTNDYN_TRY(train(run, p, true, p->layers, p->width, seed, &off));
        for (size_t k = 0; k < p->depths.count; k++)
            ATTNDYN_TRY(train(run, p, false, (long)p->depths.at[k], p->width, seed, &off));
        for (size_t k = 0; k < p->widths.count; k++)
            ATTNDYN_TRY(train(run, p, false, p->layers, (long)p->widths.at[k], seed, &off));
        attndyn_memory_release(run->ctx, mark);
    }
    return SET(run, summary, .off = off);
}

const struct experiment experiment_sparse_training = {
    .id = "sparse/training",
    .title = "How sparse units become in training, and which units a token gets",
    .source = "Deja Vu (arXiv 2310.17157), section 3; JoMA (arXiv 2310.00535)",
    .doc =
        "Networks with ReLU and SwiGLU, of several depths and widths, are looked at while they are trained: "
        "the share of a token's hidden units that are not exactly 0, and the smallest share that carries "
        "95 % of the weight |h_i| ||W_down[:, i]||.\n\n"
        "In the network of one layer the saliency of a token for a unit is what Part I's dynamics are "
        "driven by: Delta_lk = E[-dl/du_k | token l], u_k before the ReLU, l the token's own loss. If it "
        "rules which units a token activates, the change of activation up to the next look goes with it: "
        "the correlation over units, token by token, beside that with another token's saliency, which "
        "has what units do whatever the token. Part I's flow is gradient ascent at fixed "
        "back-propagated gradients; here AdamW moves all weights at once.",
    .presets =
        (const struct preset[]){
            {"quick", "", "four small networks, 200 updates: seconds"},
            {"short",
             "layers=3 width=48 length=48 batch=16 updates=500 networks=2 steps=0,10,50,150,300,500 depths=1 widths=24",
             "eight networks of up to 95,000 weights, two seeds: a minute or two"},
            {"paper",
             "layers=6 width=192 heads=12 length=256 updates=12000 lr=1e-3 lines=40000 "
             "steps=0,100,1000,4000,12000 depths=1,3 widths=96 streams=64 networks=3",
             "fifteen networks of up to 2.7 million weights: two days"},
            {0}},
    .tables = TABLES(step_row, saliency),
    .figures =
        (const struct figure[]){
            {"training", "sparse/training/training.gp",
             "Left: the share of units that are not 0 behind a ReLU, by layer, against the updates made. "
             "Right: correlation of a token's saliency with the change of its activations up to the next "
             "look, and of another token's (error bars: two standard errors of the difference)."},
            {0}},
    PARTS_OF(training, summary)};
