#include "heavy_hitters.h"

#include "experiments/cache/shared/pairs.h"
#include "experiments/cache/shared/task.h"
#include "sim/model/inference/evaluate.h"

#include <string.h>

static const struct {
    const char *name;
    enum attndyn_cache_policy policy;
    bool half; /* half of the slots heavy, half recent */
} policies[] = {{"h2o", ATTNDYN_CACHE_H2O, true},         {"recent", ATTNDYN_CACHE_WINDOW, false},
                {"sink", ATTNDYN_CACHE_STREAMING, false}, {"random", ATTNDYN_CACHE_RANDOM, true},
                {"least", ATTNDYN_CACHE_LEAST, true},     {"tova", ATTNDYN_CACHE_TOVA, false},
                {"keynorm", ATTNDYN_CACHE_KEYNORM, true}, {"mean", ATTNDYN_CACHE_MEAN, true},
                {"oracle", ATTNDYN_CACHE_ORACLE, false}};
enum { POLICIES = sizeof policies / sizeof *policies };

struct subject {
    const struct network *network;
    const char *trained;
    long seed;
    size_t streams, length; /* tokens read of each */
    const uint32_t *tokens; /* (streams, length + 1) */
};

/* What the oracle knows of each sequence: the attention that all keys would get from the queries to
 * come, had none left. sums: (layers, G, T, T). */
static void attention_to_come(struct attndyn_transformer *model, size_t T, const uint32_t *tokens,
                              double *sums) {
    const struct attndyn_transformer_config *c = attndyn_transformer_config_of(model);
    const struct attndyn_batch batch = {.sequences = 1, .length = T, .tokens = tokens};
    const size_t each = c->heads / c->kv_heads;
    attndyn_transformer_loss(model, &batch);
    for (size_t l = 0; l < c->layers; l++)
        for (size_t g = 0; g < c->kv_heads; g++) {
            size_t stride;
            const attndyn_real *w =
                attndyn_transformer_view(model, ATTNDYN_VIEW_ATTENTION, l, &stride);
            double *to = sums + (l * c->kv_heads + g) * T * T;
            for (size_t t = T; t-- > 0;)
                for (size_t j = 0; j < T; j++) {
                    to[t * T + j] = t + 1 < T ? to[(t + 1) * T + j] : 0;
                    for (size_t e = 0; e < each; e++)
                        to[t * T + j] += (double)w[((g * each + e) * T + t) * stride + j];
                }
        }
}

/* Mean losses of the sequences, behind the first quarter; nll: (streams, length), or NULL. */
static enum attndyn_status evaluate(const struct trial *run, const struct subject *s,
                                    const struct attndyn_cache *cache, double *mean, double *nll) {
    struct attndyn_evaluation e = {.cache = *cache};
    const bool oracle = cache->policy == ATTNDYN_CACHE_ORACLE;
    const struct network_recipe *r = &s->network->recipe;
    const size_t skip = s->length / 4, T = s->length;
    struct attndyn_transformer *forward = NULL;
    double *one, *future = NULL;
    const uint64_t mark = attndyn_memory_mark(run->ctx);
    if (oracle) {
        ATTNDYN_ALLOC(run->ctx, future, r->layers * r->kv_heads * T * T);
        ATTNDYN_TRY(attndyn_transformer_over(run->ctx, s->network->weights, 1, T, &forward));
        e.cache.future = future;
        e.cache.length = T;
    }
    ATTNDYN_ALLOC(run->ctx, one, s->length);
    for (size_t i = 0; i < s->streams; i++) {
        double sum = 0;
        if (oracle) attention_to_come(forward, T, s->tokens + i * (T + 1), future);
        ATTNDYN_TRY(attndyn_evaluate(run->ctx, s->network->weights, &e,
                                     s->tokens + i * (s->length + 1), s->length + 1, one, NULL));
        for (size_t t = skip; t < s->length; t++) sum += one[t];
        mean[i] = sum / (double)(s->length - skip);
        if (nll) memcpy(nll + i * s->length, one, s->length * sizeof *one);
    }
    attndyn_memory_release(run->ctx, mark);
    return ATTNDYN_OK;
}

/* Positions are the stream's: within the training length they need not move. */
static struct attndyn_cache keeping(size_t k, size_t slots, long seed) {
    return (struct attndyn_cache){.policy = policies[k].policy,
                                  .slots = slots,
                                  .sinks = 1,
                                  .recent = policies[k].half ? slots - slots / 2 : 0,
                                  .positions = ATTNDYN_CACHE_ORIGINAL,
                                  .seed = (uint64_t)seed};
}

static enum attndyn_status compare(const struct trial *run, const struct heavy_hitters *p,
                                   const struct subject *s) {
    double *dense, *h2o, *mean;
    ATTNDYN_ALLOC(run->ctx, dense, s->streams);
    ATTNDYN_ALLOC(run->ctx, h2o, s->streams);
    ATTNDYN_ALLOC(run->ctx, mean, s->streams);
    ATTNDYN_TRY(evaluate(run, s, &(struct attndyn_cache){0}, dense, NULL));
    for (size_t b = 0; b < p->budgets.count; b++) {
        size_t slots = (size_t)(p->budgets.at[b] * (double)s->length + 0.5);
        if (slots < 2) slots = 2;
        for (size_t k = 0; k < POLICIES; k++) {
            const struct attndyn_cache cache = keeping(k, slots, s->seed);
            double nll = 0;
            ATTNDYN_TRY(evaluate(run, s, &cache, k == 0 ? h2o : mean, NULL));
            const double *m = k == 0 ? h2o : mean;
            const struct paired excess = paired_of(s->streams, m, dense),
                                over = paired_of(s->streams, m, h2o);
            for (size_t i = 0; i < s->streams; i++) nll += m[i] / (double)s->streams;
            ATTNDYN_TRY(EMIT(
                run, losses, .seed = s->seed, .trained = s->trained, .policy = policies[k].name,
                .budget = p->budgets.at[b], .slots = (long)slots, .nll = nll, .excess = excess.mean,
                .error = excess.error, .over_h2o = over.mean, .over_h2o_error = over.error));
        }
        attndyn_progress(run->ctx, "budgets", (double)(b + 1), (double)p->budgets.count);
    }
    return ATTNDYN_OK;
}

static enum attndyn_status no_eviction(const struct trial *run, const struct subject *s,
                                       double *most) {
    struct subject few = *s;
    few.streams = s->streams < 4 ? s->streams : 4;
    size_t n = few.streams * s->length;
    double *mean, *dense, *roomy;
    const struct attndyn_cache cache = keeping(0, s->length, s->seed);
    ATTNDYN_ALLOC(run->ctx, mean, few.streams);
    ATTNDYN_ALLOC(run->ctx, dense, n);
    ATTNDYN_ALLOC(run->ctx, roomy, n);
    ATTNDYN_TRY(evaluate(run, &few, &(struct attndyn_cache){0}, mean, dense));
    ATTNDYN_TRY(evaluate(run, &few, &cache, mean, roomy));
    *most = 0;
    for (size_t i = 0; i < n; i++) worst(most, roomy[i] - dense[i]);
    return ATTNDYN_OK;
}

static enum attndyn_status of_network(const struct trial *run, const void *user,
                                      const struct member *m) {
    const struct heavy_hitters *p = user;
    uint32_t *tokens;
    double most, greedy, greedy_mean, modular;
    struct subject s = {.network = &m->network,
                        .trained = m->trained,
                        .seed = m->seed,
                        .streams = (size_t)p->streams,
                        .length = m->network.recipe.length};
    ATTNDYN_TRY(network_streams(run, s.network, s.streams, s.length + 1, &tokens));
    s.tokens = tokens;
    ATTNDYN_TRY(compare(run, p, &s));
    ATTNDYN_TRY(heavy_hitters_look(run, s.network, s.seed, s.trained, m->first, s.streams, tokens,
                                   &greedy, &greedy_mean, &modular));
    if (m->control) return ATTNDYN_OK;
    ATTNDYN_TRY(no_eviction(run, &s, &most));
    return EMIT(run, exact, .seed = s.seed, .no_eviction = most, .greedy = greedy,
                .greedy_mean = greedy_mean, .modular = modular);
}

RUN(heavy_hitters) {
    if (p->seeds.count == 0 || p->budgets.count == 0)
        return attndyn_fail(run->ctx, ATTNDYN_USAGE, "%s is empty: expected a list of numbers",
                            p->seeds.count == 0 ? "seeds" : "budgets");
    if (p->length < 12)
        return attndyn_fail(run->ctx, ATTNDYN_USAGE,
                            "length=%ld: expected at least 12, the keys that are chosen among",
                            p->length);
    return pairs_run(run, &p->seeds, p->control, of_network, p);
}

/* What a sweep draws. */
#define TAKEN(X)                                                                                   \
    X(OPTIONAL, nll, "mean loss over policies and budgets, trained networks",                      \
      MEAN_OF(losses, nll), AMONG(losses, trained, "bos"))                                         \
    X(OPTIONAL, excess, "the largest excess over the whole cache", LARGEST_OF(losses, excess),     \
      AMONG(losses, trained, "bos"))                                                               \
    X(OPTIONAL, top20, "attention on a fifth of the keys, mean over layers",                       \
      MEAN_OF(attention, top20), AMONG(attention, trained, "bos"))
SCALARS(taken, TAKEN)

const struct experiment experiment_cache_heavy_hitters = {
    .id = "cache/heavy-hitters",
    .title = "Which keys a cache should keep: those that were attended, the newest, the first",
    .source = "the talk; H2O (arXiv 2306.14048), figures 2 to 4; TOVA (2401.06104)",
    .doc =
        "A small byte-level language model reads sequences of its training length with a cache of some share of "
        "it: all positions are known to it, and only eviction is tested. H2O keeps, for each key-value head, the "
        "keys of most attention so far beside the newest; against it the newest alone, the first key and the "
        "newest, random ones, those of least attention, TOVA's (least attended by the last query leaves), key "
        "norms, and H2O's score over the number of queries that saw the key, so that age does not count (mean); and an oracle, which knows how much attention each key would still get, had none left. Excess: "
        "the loss less that with all keys, behind the first quarter, paired by sequence.\n\n"
        "The control is the same network trained without a beginning-of-sequence token. Seen here: with three "
        "tenths of the keys and more H2O beats the newest, random and least attended ones, and has little to gain in "
        "the control; one kept first token beside the newest brings most of it (all in quick, two thirds in short). With fewer (six of 32 keys, three of "
        "them recent) H2O is worse than the newest alone: too few of these are left. By attention a query (mean) as many keys cost a quarter of what H2O costs in quick: its sum counts age.\n\n"
        "Beside it, what attention is like: weights below 1 % of their row's largest; accumulated attention "
        "sorted, with the slope of a power law, how well it fits, and the widest range over which it fits to a tenth; "
        "and the greedy choice of keys by coverage "
        "against the best of all subsets, which it reaches to 1 - 1/e at least, whatever the attention.",
    .presets =
        (const struct preset[]){
            {"quick", "", "a small network and its control: some seconds"},
            {"short",
             "seeds=1,2 layers=3 width=48 length=48 updates=800 streams=96 budgets=0.05,0.1,0.2,0.3,0.5,0.8",
             "two networks of 0.1 million weights and their controls: some minutes"},
            {"paper",
             "seeds=1,2,3 layers=6 width=192 heads=6 length=256 updates=12000 lr=1e-3 lines=40000 streams=96 "
             "budgets=0.05,0.1,0.2,0.3,0.5,0.8",
             "three networks of 2.7 million weights: some ten hours"},
            {0}},
    .tables = TABLES(losses, attention, accumulated, exact),
    .figures =
        (const struct figure[]){
            {"heavy_hitters", "cache/heavy_hitters/heavy_hitters.gp",
             "The excess of the loss against the keys kept (error bars: two standard errors), for the network "
             "trained with BOS (left) and its control (middle). Right: accumulated attention by rank; a power "
             "law would be a straight line."},
            {0}},
    PARTS_OF(heavy_hitters, taken)};
