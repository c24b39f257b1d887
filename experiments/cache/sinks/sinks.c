#include "sinks.h"

#include "experiments/shared/training.h"
#include "sim/num/optim/schedule.h"

#include <string.h>

/* One thing that is another than with `bos`. */
struct variant {
    const char *name;
    bool sink, bos;
    bool caches; /* what stands first is another: caches that keep few are tried */
    enum attndyn_attention attention;
    double lr, decay;
    size_t lines;
};

struct study {
    const struct sinks *p;
    struct variant *variants;
    size_t count;
    struct attndyn_schedule schedule;
    /* of the training at hand */
    struct learner learner; /* an interrupted run saves it when one() has returned */
    struct network network;
    struct network_feed feed;
    uint64_t drawn;
    const struct variant *variant;
    long seed;
    struct attndyn_transformer *forward; /* over its weights, one sequence */
    struct sight sight;
    uint32_t *tokens; /* (streams, T + 1) */
};

static enum attndyn_status list(const struct trial *run, const struct sinks *p,
                                struct study *study) {
    const struct network_recipe r = network_recipe_of(run);
    const enum attndyn_attention one = ATTNDYN_ATTENTION_OFF_BY_ONE;
    const struct variant base = {"bos", false, true, false, r.attention, r.lr, r.decay, r.lines};
    const struct variant first[] = {
        {"bos", false, true, true, r.attention, r.lr, r.decay, r.lines},
        {"plain", false, false, true, r.attention, r.lr, r.decay, r.lines},
        {"sink-token", true, false, true, r.attention, r.lr, r.decay, r.lines},
        /* kinds */
        {"sink-and-bos", true, true, true, r.attention, r.lr, r.decay, r.lines},
        {"zero-sink", false, false, true, one, r.lr, r.decay, r.lines},
        {"off-by-one", false, true, false, one, r.lr, r.decay, r.lines},
        {"sigmoid", false, true, false, ATTNDYN_ATTENTION_SIGMOID, r.lr, r.decay, r.lines},
        {"relu", false, true, false, ATTNDYN_ATTENTION_RELU, r.lr, r.decay, r.lines}};
    size_t n = p->kinds ? sizeof first / sizeof *first : 3;
    struct variant *v;
    ATTNDYN_ALLOC(run->ctx, v, n + p->rates.count + p->decays.count + p->amounts.count);
    memcpy(v, first, n * sizeof *v);
    const struct {
        const char *what;
        struct reals values;
    } lists[] = {{"lr", p->rates}, {"decay", p->decays}, {"lines", p->amounts}};
    for (size_t i = 0; i < 3; i++)
        for (size_t k = 0; k < lists[i].values.count; k++) {
            const double x = lists[i].values.at[k];
            v[n] = base;
            v[n].name = attndyn_format(run->ctx, "%s=%g", lists[i].what, x);
            if (!v[n].name) return ATTNDYN_NO_MEMORY;
            if (i == 0) v[n].lr = x;
            if (i == 1) v[n].decay = x;
            if (i == 2) v[n].lines = (size_t)x;
            n++;
        }
    study->variants = v;
    study->count = n;
    return ATTNDYN_OK;
}

/* Batches follow each other: those of a training that is taken up are drawn again up to it. */
static struct attndyn_batch batch(struct training *t) {
    struct study *s = t->with;
    for (; s->drawn <= t->learner->step; s->drawn++) network_feed_next(&s->feed);
    t->learner->lr = s->variant->lr * attndyn_schedule_factor(&s->schedule, t->learner->step);
    return s->feed.batch;
}

static enum attndyn_status look(struct training *t) {
    struct study *s = t->with;
    const uint64_t step = t->learner->step,
                   every = t->steps / (uint64_t)s->p->looks ? t->steps / (uint64_t)s->p->looks : 1;
    const size_t T = s->network.recipe.length;
    if (step % every != 0 && step != t->steps) return ATTNDYN_OK;
    ATTNDYN_TRY(sinks_look(t->run, s->forward, T, s->tokens, T + 1, s->p->threshold, &s->sight));
    for (size_t l = 0; l < s->sight.layers; l++)
        ATTNDYN_TRY(EMIT(t->run, course, .seed = s->seed, .variant = s->variant->name,
                         .update = (long)step, .layer = (long)l, .first = s->sight.first[l],
                         .most = s->sight.most[l], .share = s->sight.share[l]));
    return ATTNDYN_OK;
}

static enum attndyn_status end(const struct trial *run, struct study *s,
                               const struct network *read) {
    const struct sight *o = &s->sight;
    for (size_t l = 0; l < o->layers; l++)
        ATTNDYN_TRY(EMIT(run, norms, .seed = s->seed, .variant = s->variant->name, .layer = (long)l,
                         .key_first = o->key_first[l], .key_others = o->key_others[l],
                         .value_first = o->value_first[l], .value_others = o->value_others[l]));
    for (size_t i = 0; i < o->layers * o->heads; i++)
        ATTNDYN_TRY(EMIT(run, heads, .seed = s->seed, .variant = s->variant->name,
                         .layer = (long)(i / o->heads), .head = (long)(i % o->heads),
                         .first = o->head[i]));
    for (size_t i = 0; i < o->streams; i++)
        ATTNDYN_TRY(EMIT(run, streams, .seed = s->seed, .variant = s->variant->name,
                         .stream = (long)i, .first = o->stream[i], .second = o->second[i],
                         .uniform = o->uniform));
    if (s->variant->caches)
        ATTNDYN_TRY(sinks_caches(run, s->p, read, s->network.weights, s->seed, s->variant->name));
    ATTNDYN_TRY(network_validate(run->ctx, &s->network));
    return EMIT(run, networks, .seed = s->seed, .variant = s->variant->name,
                .loss = s->network.valid_loss);
}

static enum attndyn_status one(struct training *t) {
    struct study *s = t->with;
    const struct trial *run = t->run;
    struct network_recipe recipe = network_recipe_of(run);
    s->variant = &s->variants[t->number % s->count];
    s->seed = sinks_seed(s->p, t->number / s->count);
    recipe.seed = (uint64_t)s->seed;
    recipe.bos = s->variant->bos;
    recipe.sink = s->variant->sink;
    recipe.attention = s->variant->attention;
    recipe.lr = s->variant->lr;
    recipe.decay = s->variant->decay;
    recipe.lines = s->variant->lines;
    const struct attndyn_optimizer_options options = learner_adamw(recipe.decay);
    ATTNDYN_TRY(network_start(run, &recipe, &s->network));
    s->learner = (struct learner){.rate = "lr", .model = s->network.model};
    ATTNDYN_TRY(learner_optimise(run->ctx, &s->learner, &options));
    ATTNDYN_TRY(
        attndyn_transformer_over(run->ctx, s->network.weights, 1, recipe.length, &s->forward));
    ATTNDYN_TRY(sinks_sight(run, recipe.layers, recipe.heads, (size_t)s->p->streams, &s->sight));
    /* every network reads the same text: that of the run, whatever it was trained on */
    struct network read = s->network;
    if (s->variant->lines != network_recipe_of(run).lines) {
        recipe.lines = network_recipe_of(run).lines;
        ATTNDYN_TRY(network_start(run, &recipe, &read));
    }
    ATTNDYN_TRY(network_streams(run, &read, (size_t)s->p->streams, recipe.length + 1, &s->tokens));
    ATTNDYN_TRY(network_feed_open(run->ctx, &s->network, &s->feed));
    s->drawn = 0;
    t->learner = &s->learner;
    t->data = 0;
    t->batch = batch;
    t->look = look;
    const enum attndyn_status status = training_go(t);
    network_feed_close(&s->feed);
    ATTNDYN_TRY(status);
    return end(run, s, &read);
}

RUN(sinks) {
    struct study study = {.p = p};
    ATTNDYN_TRY(NOT_EMPTY(run, p, seeds));
    for (size_t i = 0; i < p->amounts.count; i++) /* then the arm is the network it stands beside */
        if (p->amounts.at[i] >= (double)p->lines)
            return attndyn_fail(run->ctx, ATTNDYN_USAGE,
                                "amounts=%g of lines=%ld: expected fewer than these",
                                p->amounts.at[i], p->lines);
    if (*p->model && !*p->model_text)
        return attndyn_fail(run->ctx, ATTNDYN_USAGE,
                            "model=%s and no text: name one by model_text=FILE", p->model);
    ATTNDYN_TRY(list(run, p, &study));
    const uint64_t updates = (uint64_t)p->updates;
    study.schedule = learner_cosine(updates, learner_warmup(updates));
    struct training training = {.run = run,
                                .last = study.count * p->seeds.count - 1,
                                .steps = updates,
                                .what = "updates",
                                .each = 1,
                                .with = &study};
    ATTNDYN_TRY(training_run(&training, one));
    return sinks_model(run, p);
}

/* What a sweep draws. */
#define TAKEN(X)                                                                                   \
    X(OPTIONAL, first, "attention to the first token, last row of the course",                     \
      LAST_OF(course, first))                                                                      \
    X(OPTIONAL, first_most, "the largest attention to the first token, over variants and layers",  \
      LARGEST_OF(course, first))                                                                   \
    X(OPTIONAL, loss, "mean loss of the networks", MEAN_OF(networks, loss))
SCALARS(taken, TAKEN)

const struct experiment experiment_cache_sinks = {
    .id = "cache/sinks",
    .title = "When a sink appears: attention to the first token over training",
    .source = "StreamingLLM (arXiv 2309.17453), section 3; Gu et al. (arXiv 2410.10781)",
    .doc =
        "Small byte-level language models are trained, and looked at while they are: how much attention the queries "
        "behind the middle of a sequence give its first token, by layer and head, and how long its key and value "
        "are. Varied one at a time: BOS first or not, the kind of attention, the rate, the weight decay, the data. "
        "Attention that does not add up to 1 (sigmoid, ReLU) is divided by its sum.\n\n"
        "BOS stands before windows that begin anywhere in the text, so in function it is StreamingLLM's learnable sink "
        "token; that stands beside it as one of its own (sink-token: trained, in no text, never to be predicted), alone "
        "and before BOS, and so does the zero sink, off-by-one softmax with nothing before the text. Caches of a few "
        "slots that keep 0, 1, 2 or 4 first tokens are that paper's table for them.\n\n"
        "The negative controls stand beside: the same network without BOS, and with model= a published one that was "
        "trained on windows that begin anywhere (stories260K). At this size the sink is a preference for what stands "
        "first in every sequence, in the lowest layers first; the deep sinks of large models, in whatever token comes "
        "first, are not seen.",
    .presets =
        (const struct preset[]){
            {"quick", "", "a small network, its control, and one with a sink token: some seconds"},
            {"short",
             "seeds=1,2 layers=3 width=48 length=48 updates=400 streams=48 kinds=true rates=1e-3 decays=0 "
             "amounts=200",
             "eleven networks of 0.1 million weights, two seeds: some three minutes"},
            {"paper",
             "seeds=1,2,3 layers=6 width=192 heads=6 length=256 updates=12000 lr=1e-3 lines=40000 streams=96 "
             "kinds=true rates=1e-4,3e-4,3e-3 decays=0,0.01,0.5 amounts=1000,4000,10000 looks=60 slots=128 contexts=8",
             "seventeen networks of 2.7 million weights, three seeds: some hundred hours, resumable"},
            {0}},
    .tables = TABLES(course, heads, norms, streams, caches, networks, model_row),
    .figures =
        (const struct figure[]){
            {"sinks", "cache/sinks/sinks.gp",
             "(a) Attention to the first token over training, in each layer, with BOS (full) and in the control without "
             "(dashed); the black line is uniform attention. (b) The same at the end, all layers, for every variant "
             "(error bars: two standard errors over sequences). (c) Norm of the first token's key and value over that of "
             "the others, with BOS and without. (d) What a cache of few slots loses that keeps no first token, or two or four "
             "in place of newer ones, by what stands first in every sequence; the controls, where nothing does, lose nothing."},
            {0}},
    PARTS_OF(sinks, taken)};
