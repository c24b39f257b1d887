#include "backcopy.h"

#include "sim/model/inference/evaluate.h"

#include <string.h>

static const struct variant {
    const char *name;
    bool self, bos;
    enum attndyn_attention attention;
} variants[] = {{"excluded", false, true, ATTNDYN_ATTENTION_SOFTMAX},
                {"no-bos", false, false, ATTNDYN_ATTENTION_SOFTMAX},
                {"included", true, true, ATTNDYN_ATTENTION_SOFTMAX},
                {"off-by-one", false, true, ATTNDYN_ATTENTION_OFF_BY_ONE},
                {"relu", false, true, ATTNDYN_ATTENTION_RELU}};
enum { VARIANTS = sizeof variants / sizeof *variants, PLAIN = 3 /* without `more` */ };

/* What is looked at: one variant of one seed. */
struct subject {
    const struct trial *run;
    const struct backcopy *p;
    const struct variant *variant;
    struct chain chain;
    long seed;
    uint32_t *tokens, *targets; /* (batch, length): the probe */
};

/* Means over the queries of the probe behind the middle. */
struct sight {
    double other, trigger; /* how many */
    double other_first, trigger_first, trigger_back, other_self, uniform;
    double other_loss, trigger_loss;
    double output_trigger, output_other;
    double value_first, value_others, key_first, key_others;
};

static double norm(size_t n, const attndyn_real *x) {
    double sum = 0;
    for (size_t i = 0; i < n; i++) sum += (double)x[i] * (double)x[i];
    return sqrt(sum);
}

/* Norm of sum_j w_j v_j. */
static double output(size_t T, size_t a, const attndyn_real *w, const attndyn_real *v,
                     size_t stride) {
    double sum = 0;
    for (size_t x = 0; x < a; x++) {
        double of = 0;
        for (size_t j = 0; j < T; j++) of += (double)w[j] * (double)v[j * stride + x];
        sum += of * of;
    }
    return sqrt(sum);
}

/* -ln p of the chain itself, behind no trigger. */
static double own(const struct chain *c, uint32_t token, uint32_t target) {
    return -log(token == c->symbols ? c->start[target] : c->next[token * c->symbols + target]);
}

static void see(const struct subject *s, struct attndyn_transformer *model, struct sight *o) {
    const struct attndyn_transformer_config *c = attndyn_transformer_config_of(model);
    const size_t T = (size_t)s->p->length, B = (size_t)s->p->batch, a = c->head_width;
    const struct attndyn_batch batch = {
        .sequences = B, .length = T, .tokens = s->tokens, .targets = s->targets};
    size_t stride, ld;
    attndyn_transformer_loss(model, &batch);
    const double *losses = attndyn_transformer_losses(model);
    const attndyn_real *w = attndyn_transformer_view(model, ATTNDYN_VIEW_ATTENTION, 0, &stride),
                       *k = attndyn_transformer_view(model, ATTNDYN_VIEW_KEY, 0, &ld),
                       *v = attndyn_transformer_view(model, ATTNDYN_VIEW_VALUE, 0, &ld);
    *o = (struct sight){0};
    for (size_t b = 0; b < B; b++) {
        const attndyn_real *keys = k + b * T * ld, *values = v + b * T * ld;
        o->value_first += norm(a, values) / (double)B;
        o->key_first += norm(a, keys) / (double)B;
        for (size_t t = 1; t < T; t++) {
            o->value_others += norm(a, values + t * ld) / (double)(B * (T - 1));
            o->key_others += norm(a, keys + t * ld) / (double)(B * (T - 1));
        }
        for (size_t t = T / 2; t < T; t++) {
            const uint32_t token = s->tokens[b * T + t];
            const attndyn_real *row = w + (b * T + t) * stride;
            if (token < s->chain.triggers) {
                o->trigger++;
                o->trigger_first += (double)row[0];
                o->trigger_back += (double)row[t - 1];
                o->trigger_loss += losses[b * T + t];
                o->output_trigger += output(T, a, row, values, ld);
            } else {
                o->other++;
                o->other_first += (double)row[0];
                o->other_self += (double)row[t];
                o->uniform += 1 / (double)(s->variant->self ? t + 1 : t);
                o->other_loss += losses[b * T + t] - own(&s->chain, token, s->targets[b * T + t]);
                o->output_other += output(T, a, row, values, ld);
            }
        }
    }
}

static enum attndyn_status look(void *user, struct attndyn_transformer *model, uint64_t done) {
    const struct subject *s = user;
    const uint64_t updates = (uint64_t)s->p->updates,
                   every = updates / (uint64_t)s->p->looks ? updates / (uint64_t)s->p->looks : 1;
    struct sight o;
    if (done % every != 0 && done != updates) return ATTNDYN_OK;
    see(s, model, &o);
    if (o.other == 0 || o.trigger == 0)
        return attndyn_fail(s->run->ctx, ATTNDYN_USAGE,
                            "batch=%ld sequences of length=%ld have no trigger, or nothing else: "
                            "take more",
                            s->p->batch, s->p->length);
    ATTNDYN_TRY(
        EMIT(s->run, course, .seed = s->seed, .variant = s->variant->name, .update = (long)done,
             .other_first = o.other_first / o.other, .trigger_first = o.trigger_first / o.trigger,
             .trigger_back = o.trigger_back / o.trigger, .other_self = o.other_self / o.other,
             .other_loss = o.other_loss / o.other, .trigger_loss = o.trigger_loss / o.trigger));
    if (done != updates) return ATTNDYN_OK;
    return EMIT(s->run, parts, .seed = s->seed, .variant = s->variant->name,
                .uniform = o.uniform / o.other, .value_first = o.value_first,
                .value_others = o.value_others, .key_first = o.key_first,
                .key_others = o.key_others, .output_trigger = o.output_trigger / o.trigger,
                .output_other = o.output_other / o.other);
}

/* ------------------------------------------------------------------ streams */

enum { SCHEMES = 4, STREAMING = 3 };

/* Mean losses of each stream from the second training length on. */
static enum attndyn_status score(const struct subject *s, const struct attndyn_weights *weights,
                                 const struct attndyn_cache *cache, size_t n,
                                 const uint32_t *tokens, double *nll, double *other,
                                 double *trigger) {
    const struct attndyn_evaluation e = {.cache = *cache};
    double sum[2] = {0, 0}, count[2] = {0, 0};
    ATTNDYN_TRY(attndyn_evaluate(s->run->ctx, weights, &e, tokens, n, nll, NULL));
    for (size_t t = (size_t)s->p->length; t + 1 < n; t++) {
        const bool is = tokens[t] < s->chain.triggers;
        sum[is] += is ? nll[t] : nll[t] - own(&s->chain, tokens[t], tokens[t + 1]);
        count[is]++;
    }
    *other = sum[0] / count[0];
    *trigger = count[1] > 0 ? sum[1] / count[1] : 0;
    return ATTNDYN_OK;
}

static enum attndyn_status streams(const struct subject *s, const struct attndyn_weights *weights) {
    static const char *const names[] = {"dense", "window", "one-sink", "streaming"};
    const struct trial *run = s->run;
    const size_t n = (size_t)(s->p->contexts * s->p->length) + 1, count = (size_t)s->p->streams;
    const struct attndyn_cache caches[SCHEMES] = {
        {.policy = ATTNDYN_CACHE_DENSE},
        {.policy = ATTNDYN_CACHE_WINDOW, .slots = (size_t)s->p->slots},
        {.policy = ATTNDYN_CACHE_STREAMING, .slots = (size_t)s->p->slots, .sinks = 1},
        {.policy = ATTNDYN_CACHE_STREAMING, .slots = (size_t)s->p->slots, .sinks = 4}};
    struct attndyn_random random;
    uint32_t *tokens, *targets;
    double *nll, *other, *trigger;
    ATTNDYN_ALLOC(run->ctx, tokens, n);
    ATTNDYN_ALLOC(run->ctx, targets, n);
    ATTNDYN_ALLOC(run->ctx, nll, n);
    ATTNDYN_ALLOC(run->ctx, other, SCHEMES * count);
    ATTNDYN_ALLOC(run->ctx, trigger, SCHEMES * count);
    ATTNDYN_TRY(attndyn_random_init(run->ctx, &random, ATTNDYN_RANDOM_SPLITMIX,
                                    attndyn_random_derive((uint64_t)s->seed, "streams", 0)));
    enum attndyn_status status = ATTNDYN_OK;
    for (size_t i = 0; i < count && !status; i++) {
        chain_draw(&s->chain, &random, n, tokens, targets);
        for (size_t k = 0; k < SCHEMES && !status; k++)
            status = score(s, weights, &caches[k], n, tokens, nll, &other[k * count + i],
                           &trigger[k * count + i]);
    }
    attndyn_random_done(&random);
    ATTNDYN_TRY(status);
    for (size_t k = 0; k < SCHEMES; k++) {
        const struct paired excess = paired_of(count, other + k * count, other + STREAMING * count);
        double sum = 0, of_triggers = 0;
        for (size_t i = 0; i < count; i++) {
            sum += other[k * count + i] / (double)count;
            of_triggers += trigger[k * count + i] / (double)count;
        }
        ATTNDYN_TRY(EMIT(run, streams, .seed = s->seed, .variant = s->variant->name,
                         .scheme = names[k], .other_loss = sum, .trigger_loss = of_triggers,
                         .excess = excess.mean, .error = excess.error));
    }
    return ATTNDYN_OK;
}

/* ------------------------------------------------------------------ the run */

struct study {
    const struct backcopy *p;
    struct chain chain;
    size_t variants; /* of each seed: those of `more` come last */
};

static enum attndyn_status one(struct training *t) {
    const struct study *study = t->with;
    const struct backcopy *p = study->p;
    const struct trial *run = t->run;
    const struct variant *variant = &variants[t->number % study->variants];
    struct subject s = {.run = run,
                        .p = p,
                        .variant = variant,
                        .chain = study->chain,
                        .seed = (long)p->seeds.at[t->number / study->variants]};
    const size_t T = (size_t)p->length, B = (size_t)p->batch;
    struct attndyn_transformer_config config;
    struct attndyn_transformer *model;
    struct attndyn_random random;
    s.chain.bos = variant->bos;
    ATTNDYN_TRY(attndyn_transformer_preset(run->ctx, "llama", &config));
    config.vocabulary = s.chain.symbols + 1;
    config.context = T;
    config.layers = config.heads = config.kv_heads = 1;
    config.width = (size_t)p->width;
    config.hidden = ((size_t)p->width * 8 / 3 + 7) / 8 * 8;
    config.self = variant->self;
    config.attention = variant->attention;
    config.init = ATTNDYN_INIT_TORCH_DEFAULT;
    config.tied = false;
    config.mlp = p->mlp ? ATTNDYN_MLP_SWIGLU : ATTNDYN_MLP_NONE;
    ATTNDYN_ALLOC(run->ctx, s.tokens, B * T);
    ATTNDYN_ALLOC(run->ctx, s.targets, B * T);
    ATTNDYN_TRY(attndyn_random_init(run->ctx, &random, ATTNDYN_RANDOM_SPLITMIX,
                                    attndyn_random_derive((uint64_t)s.seed, "probe", 0)));
    for (size_t b = 0; b < B; b++)
        chain_draw(&s.chain, &random, T, s.tokens + b * T, s.targets + b * T);
    attndyn_random_done(&random);
    const struct task_training task = {.task = &s.chain,
                                       .draw = chain_draw,
                                       .batch = B,
                                       .length = T,
                                       .seed = (uint64_t)s.seed,
                                       .lr = p->lr,
                                       .decay = p->decay,
                                       .look = look,
                                       .user = &s};
    ATTNDYN_TRY(task_train(t, &config, &task, &model));
    return streams(&s, attndyn_transformer_weights(model));
}

RUN(backcopy) {
    struct study study = {.p = p, .variants = p->more ? VARIANTS : PLAIN};
    ATTNDYN_TRY(NOT_EMPTY(run, p, seeds));
    if (p->triggers + 2 > p->symbols || p->successors > p->symbols)
        return attndyn_fail(run->ctx, ATTNDYN_USAGE,
                            "symbols=%ld: expected at least %ld, two that are no triggers, and as "
                            "many as successors=%ld",
                            p->symbols, p->triggers + 2, p->successors);
    ATTNDYN_TRY(chain_create(run, p, &study.chain));
    struct training training = {.run = run,
                                .last = p->seeds.count * study.variants - 1,
                                .steps = (uint64_t)p->updates,
                                .what = "updates",
                                .each = 1,
                                .with = &study};
    ATTNDYN_TRY(training_run(&training, one));
    return backcopy_flow(run, p, &study.chain);
}

const struct experiment experiment_cache_backcopy = {
    .id = "cache/backcopy",
    .title = "Bigram-Backcopy: a sink in one layer, and what Scan&Snap says of it",
    .source = "Guo et al. (arXiv 2410.13835); the talk: one layer, StreamingLLM; Scan&Snap "
              "(arXiv 2305.16380)",
    .doc =
        "A chain of symbols, BOS first: behind a trigger the symbol before it comes again, behind any other one "
        "the next follows P(n | m). One layer, one head, RoPE, a linear decoder; a query does not see its own key, "
        "as in the talk's one-layer definition, where the context is t < T. At a trigger the head must look one "
        "token back. At the others it has nothing to give, and softmax must put its weight somewhere: on BOS, "
        "whose value becomes small. A window that has lost BOS fails there, and one kept token cures it. The "
        "control is trained on the same chain without BOS, from any symbol on: no sink, and its window does not "
        "fail. A query that may see itself parks a part there, and the rest still on BOS. Behind an MLP (mlp=true) "
        "the sink is the same, but a window costs some thousandths of a nat: the MLP forgives.\n\n"
        "Part I reads the same chain: its exact statistics (class: a pair of query and next symbol) go into "
        "Scan&Snap's flow. There BOS is a common token of every class. The flow has no value to drain, for its "
        "context is normalised, and no position to look back by.",
    .presets =
        (const struct preset[]){
            {"quick", "", "three small networks, one the control: seconds"},
            {"short",
             "symbols=32 successors=8 width=64 length=64 updates=1000 seeds=1,2 more=true streams=32 "
             "flow_end=300",
             "five networks, two seeds: a minute"},
            {"paper",
             "symbols=64 successors=16 width=256 length=256 slots=32 batch=128 updates=10000 lr=3e-4 decay=1e-4 "
             "seeds=1,2,3 more=true streams=64 flow_end=100",
             "the published width and updates: some forty hours"},
            {0}},
    .tables = TABLES(course, parts, streams, flow),
    .figures =
        (const struct figure[]){
            {"backcopy", "cache/backcopy/backcopy.gp",
             "Left: attention to BOS over training, by queries that have nothing to copy (dormant; also where a token "
             "sees itself) and by triggers (active); the control, without BOS, to its first token. Middle: what a cache of few keys costs behind no trigger "
             "(error bars: two standard errors). Right: the same attention in Scan&Snap's flow on the chain's "
             "statistics."},
            {0}},
    PARTS_OF(backcopy, found)};
